//! The actor that owns the backend process, its socket and its state. Callers and threads send it a [`Message`]; the
//! labels of the diagram's transitions are method names.
//!
//! ```text
//!  Stopped, Failed, RestartFailed
//!     | start, restart, replace -> stop_current or start_fresh -> spawn_backend        (mod.rs, start.rs)
//!     v
//!  Starting --tick_backend: slow_after--> Slow; either --on_event: progress--> Migrating (tick.rs, start.rs)
//!     | on_event: ready -> verify_ready -> check_health -> on_health_result -> finish_start (start.rs)
//!     |-------------------------------------------------------------------> Ready <-------------------|
//!     |                                                                     |                         |
//!     |                                              tick_backend: start_periodic_check (tick.rs)     |
//!     |                                                -> on_periodic_check_result: kill              |
//!     | on_event: failed; tick_backend: deadline     tick_backend: the process has exited             |
//!     v                                                                     |                         |
//!  on_exit -> on_failure <--------------------------------------------------|          (exit.rs)      |
//!     | restart_after(backoff), within the budget --> Restarting --tick_backend: spawn_backend--------|
//!     | fall_back, if VersionSelector::on_failure allows --> Restarting (if it was Ready), otherwise the same state
//!     | check_runtime -> on_runtime_checked --------> Failed (never ready) or RestartFailed (was ready)
//!
//!  Ready --replace: start_candidate -> on_candidate_event: ready -> verify_candidate   (handover.rs)
//!        -> check_candidate -> on_candidate_health_result -> on_candidate_event: serving
//!        -> promote_candidate --> Ready -> on_draining -> finish_handover
//!        fail_candidate: the current backend keeps serving
//!
//!  any --replace, restart: stop_current--> Starting -> on_exit: Restart -> start_fresh
//!  any --suspend: begin_shutdown--> Stopping -> on_exit: Shutdown -> finish_suspend--> Stopped
//!  any --stop:    begin_shutdown--> Stopping -> on_exit: Shutdown -> finish_stop-----> Stopped, the actor exits
//! ```

mod exit;
mod handover;
mod start;
mod tick;

use std::{
    net::SocketAddr,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use super::{
    Backend, BackendError, Failure, LaunchConfig, State, Version, VersionSelector,
    contract::Event,
    health::ProbeError,
    lock::Lock,
    process::{Process, StopReason},
    restart_budget::RestartBudget,
    socket::Socket,
};
use handover::{Candidate, Handover};

pub(super) type Reply = Sender<Result<Backend, BackendError>>;

/// A request of a caller, or a result from one of the actor's own threads.
#[derive(Debug)]
pub(super) enum Message {
    Start(Reply),
    StartOnAnotherPort(Reply),
    Restart(Reply),
    /// Run this version; `true` for a rolling replacement.
    Replace(Version, bool, Reply),
    /// Spawn the standby process.
    PrepareStandby,
    /// Stop the backend and lock the data dir until the next start.
    Suspend(Sender<()>),
    Stop(Sender<()>),
    /// A launch contract event, from the process with this id.
    Event(u32, Event),
    /// Stdout or stderr of that process was closed.
    PipeClosed(u32),
    /// Result of the health check at that process's start, at this address.
    HealthResult(u32, SocketAddr, Result<(), ProbeError>),
    /// Result of a periodic health check, with its number.
    PeriodicCheckResult(u32, u32, Result<(), ProbeError>),
    /// Result of the runtime's file check after this error.
    RuntimeChecked(BackendError, Option<Failure>),
}

pub(super) struct Actor<F> {
    launch: LaunchConfig,
    versions: Box<dyn VersionSelector>,
    on_state: F,
    /// For the threads that read output and check health.
    sender: Sender<Message>,
    inbox: Receiver<Message>,
    state: State,
    socket: Socket,
    lock: Lock,
    /// The process that serves the shared socket, or is about to.
    current: Option<Process>,
    candidate: Option<Candidate>,
    handover: Option<Handover>,
    standby: Option<Process>,
    /// Replaced or stopped processes that have not exited yet.
    draining: Vec<Process>,
    /// Version of the next start; `None` for [`VersionSelector::select`].
    next: Option<Version>,
    /// Callers of `replace` that wait for `next`, or for the end of a handover.
    replacing: Vec<Reply>,
    restart_budget: RestartBudget,
    /// Whether the next process replaces a backend that exited unexpectedly.
    recovering: bool,
    restart_at: Option<Instant>,
    /// Callers that wait for a ready backend.
    waiting: Vec<Reply>,
    /// Callers that wait for the shutdown.
    stopping: Vec<Sender<()>>,
    suspended: bool,
    /// Callers that wait for the suspension.
    suspending: Vec<Sender<()>>,
}

impl<F: FnMut(&State)> Actor<F> {
    pub(super) fn new(
        launch: LaunchConfig,
        versions: Box<dyn VersionSelector>,
        socket: Socket,
        on_state: F,
        sender: Sender<Message>,
        inbox: Receiver<Message>,
    ) -> Self {
        Self {
            socket,
            restart_budget: RestartBudget::new(
                launch.limits.max_restarts,
                launch.limits.steady_after,
            ),
            lock: Lock::new(&launch.data_dir),
            launch,
            versions,
            on_state,
            sender,
            inbox,
            state: State::Stopped,
            current: None,
            candidate: None,
            handover: None,
            standby: None,
            draining: Vec::new(),
            next: None,
            replacing: Vec::new(),
            recovering: false,
            restart_at: None,
            waiting: Vec::new(),
            stopping: Vec::new(),
            suspended: false,
            suspending: Vec::new(),
        }
    }

    /// Handles messages until [`Message::Stop`]. A failed send of a reply means that its caller no longer waits.
    pub(super) fn run(mut self) {
        loop {
            let message = match self.until_next_tick() {
                None => self
                    .inbox
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
                Some(timeout) => self.receive_timeout(timeout),
            };
            match message {
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.tick();
            if self.has_no_process() && !self.suspending.is_empty() {
                self.finish_suspend();
            }
            if self.has_no_process() && !self.stopping.is_empty() {
                return self.finish_stop();
            }
        }
    }

    fn receive_timeout(&mut self, timeout: Duration) -> Result<Message, RecvTimeoutError> {
        let started = Instant::now();
        let message = self.inbox.recv_timeout(timeout);
        let slept = started.elapsed().saturating_sub(timeout);
        if slept >= self.launch.limits.sleep_threshold {
            log::info!("the machine slept for about {} s", slept.as_secs());
            for process in self.processes() {
                process.extend_deadlines(slept);
            }
        }
        message
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Start(reply) => self.start(reply),
            Message::StartOnAnotherPort(reply) => {
                self.socket.ignore_configured_port();
                self.start(reply);
            }
            Message::Restart(reply) => self.restart(reply),
            Message::Replace(version, rolling, reply) => self.replace(version, rolling, reply),
            Message::PrepareStandby => self.ensure_standby(),
            Message::Suspend(done) => self.suspend(done),
            Message::Stop(done) => self.stop(done),
            Message::Event(pid, event @ (Event::Paused | Event::Resumed)) => {
                if let Some(process) = self.processes().find(|it| it.pid == pid) {
                    match event {
                        Event::Paused => process.pause(),
                        _ => process.resume(),
                    }
                }
            }
            Message::Event(pid, event) => {
                if matches!(event, Event::Draining) {
                    self.on_draining(pid);
                } else if self.is_starting(pid) {
                    self.on_event(event);
                } else if self.is_candidate(pid) {
                    self.on_candidate_event(event);
                }
            }
            Message::PipeClosed(pid) => {
                if let Some(process) = self.processes().find(|it| it.pid == pid) {
                    process.open_pipes -= 1;
                }
            }
            Message::HealthResult(pid, address, result) => {
                if self.is_starting(pid) {
                    self.on_health_result(address, result);
                } else if self.is_candidate(pid) {
                    self.on_candidate_health_result(address, result);
                }
            }
            Message::PeriodicCheckResult(pid, check_number, result) => {
                self.on_periodic_check_result(pid, check_number, result);
            }
            Message::RuntimeChecked(error, damage) => self.on_runtime_checked(error, damage),
        }
    }

    fn start(&mut self, reply: Reply) {
        if !self.stopping.is_empty() || !self.suspending.is_empty() {
            let _ = reply.send(Err(Failure::Stopping.into()));
        } else if let Some(backend) = self.backend() {
            let _ = reply.send(Ok(backend));
        } else {
            self.waiting.push(reply);
            if self.is_idle() {
                self.start_fresh();
            }
        }
    }

    fn is_idle(&self) -> bool {
        matches!(
            self.state,
            State::Stopped | State::Failed { .. } | State::RestartFailed { .. }
        )
    }

    fn restart(&mut self, reply: Reply) {
        if !self.stopping.is_empty() {
            return self.start(reply);
        }
        if self.suspended {
            let _ = reply.send(Err(Failure::Stopping.into()));
            return;
        }
        self.fail_candidate(&Failure::Superseded);
        self.supersede_next();
        self.waiting.push(reply);
        self.stop_current();
    }

    /// Stops the current process, then starts the next one.
    fn stop_current(&mut self) {
        if self.current.is_some() {
            self.recovering = false;
            self.enter(State::Starting);
            self.terminate(StopReason::Restart);
        } else {
            self.start_fresh();
        }
    }

    /// Starts the backend at a caller's request. Resets the restart budget.
    fn start_fresh(&mut self) {
        self.suspended = false;
        self.restart_budget.reset();
        self.recovering = false;
        self.restart_at = None;
        self.socket.apply_config();
        self.enter(State::Starting);
        self.spawn_backend();
    }

    fn stop(&mut self, done: Sender<()>) {
        self.stopping.push(done);
        self.begin_shutdown();
    }

    fn suspend(&mut self, done: Sender<()>) {
        self.suspending.push(done);
        self.suspended = true;
        self.begin_shutdown();
    }

    fn finish_suspend(&mut self) {
        self.restart_at = None;
        self.enter(State::Stopped);
        self.socket.respond_unavailable();
        self.lock.acquire();
        for done in self.suspending.drain(..) {
            let _ = done.send(());
        }
    }

    fn finish_stop(&mut self) {
        self.enter(State::Stopped);
        for done in self.stopping.drain(..) {
            let _ = done.send(());
        }
    }

    /// Stops every process and fails all pending calls.
    fn begin_shutdown(&mut self) {
        self.restart_at = None;
        self.next = None;
        self.reply_all(&Err(Failure::Stopping.into()));
        self.fail_candidate(&Failure::Stopping);
        self.stop_standby();
        for process in &mut self.draining {
            process.terminate(StopReason::Shutdown, self.launch.limits.grace_period);
        }
        if self.current.is_some() {
            self.enter(State::Stopping);
            self.terminate(StopReason::Shutdown);
        }
    }

    /// The ready backend; `None` also while it is being stopped.
    fn backend(&self) -> Option<Backend> {
        let process = self
            .current
            .as_ref()
            .filter(|it| it.stop_reason.is_none())?;
        Some(process.service.as_ref()?.backend.clone())
    }

    fn terminate(&mut self, reason: StopReason) {
        if let Some(process) = &mut self.current {
            process.terminate(reason, self.launch.limits.grace_period);
        }
    }

    fn kill(&mut self, failure: Failure) {
        if let Some(process) = &mut self.current {
            process.terminate(StopReason::Failed(failure), Duration::ZERO);
        }
    }

    /// Whether `pid` is the current process, and it is starting.
    fn is_starting(&self, pid: u32) -> bool {
        self.current.as_ref().is_some_and(|process| {
            process.pid == pid && process.service.is_none() && process.stop_reason.is_none()
        })
    }

    fn is_candidate(&self, pid: u32) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| {
            candidate.process.pid == pid && candidate.process.stop_reason.is_none()
        })
    }

    fn has_no_process(&self) -> bool {
        self.current.is_none()
            && self.candidate.is_none()
            && self.standby.is_none()
            && self.draining.is_empty()
    }

    fn processes(&mut self) -> impl Iterator<Item = &mut Process> {
        let candidate = self.candidate.as_mut().map(|it| &mut it.process);
        (self.current.iter_mut())
            .chain(candidate)
            .chain(&mut self.standby)
            .chain(&mut self.draining)
    }

    fn until_next_tick(&self) -> Option<Duration> {
        let restart = self
            .restart_at
            .map(|at| at.saturating_duration_since(Instant::now()));
        let candidate = self.candidate.as_ref().map(Candidate::until_next_tick);
        (self.current.iter())
            .chain(&self.draining)
            .map(Process::until_next_tick)
            .chain(candidate)
            .chain(restart)
            .min()
    }

    fn enter(&mut self, state: State) {
        if self.state != state {
            match &state {
                State::Failed { error } => log::error!("backend: {error}"),
                State::RestartFailed { error } => log::error!("backend: restart failed: {error}"),
                State::Restarting { attempt, of, error } => {
                    log::warn!("backend: restarting, attempt {attempt} of {of}: {error}");
                }
                state => log::info!("backend: {state:?}"),
            }
            (self.on_state)(&state);
            self.state = state;
        }
    }

    fn reply_all(&mut self, result: &Result<Backend, BackendError>) {
        for reply in self.waiting.drain(..).chain(self.replacing.drain(..)) {
            let _ = reply.send(result.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    const SOURCES: [&str; 5] = [
        include_str!("mod.rs"),
        include_str!("exit.rs"),
        include_str!("handover.rs"),
        include_str!("start.rs"),
        include_str!("tick.rs"),
    ];

    #[test]
    fn transitions_of_the_diagram_are_methods() {
        let diagram = SOURCES[0].split("```").nth(1).unwrap();
        let words = diagram.split(|it: char| it != '_' && !it.is_ascii_alphanumeric());
        let transitions: Vec<_> = words.filter(|word| word.contains('_')).collect();
        assert!(transitions.len() > 30);
        for name in transitions {
            let is_defined = |it: &&str| it.contains(&format!("fn {name}("));
            let is_limit = name == "slow_after";
            assert!(is_limit || SOURCES.iter().any(is_defined), "{name}");
        }
    }
}
