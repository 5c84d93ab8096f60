//! The owner of the backend process, its socket and its state: an actor with a mailbox. Each transition is the method of
//! that name, in the file of that name.
//!
//! ```text
//!  Stopped, Failed, GivenUp
//!     | start, restart, replace -> start_fresh -> spawn_backend                       (start.rs)
//!     v
//!  Starting --tick--> Slow       (tick.rs)          on_line: progress --> Migrating   (start.rs)
//!     |  on_line: ready -> check -> on_health_result -> on_serving                    (start.rs)
//!     |------------------------------------------------------------------> Ready
//!     |                                                                    |     ^
//!     | tick, on_line: deadline exceeded, failed    on_recheck_result, exit|     | on_serving
//!     v                                                                    v     |
//!  on_exit -> on_failure (exit.rs) <--------------------------------- on_exit    |
//!     |  restart_after, while the budget lasts ----> Restarting --tick: spawn_backend
//!     |  fall_back, if the versions name another --> Restarting
//!     |  examine -> on_examined ----> Failed (never served) or GivenUp (served before)
//!
//!  Ready --replace: start_candidate -> on_candidate_line: ready -> verify_candidate     (handover.rs)
//!        -> on_candidate_health_result -> on_candidate_line: serving -> complete_handover --> Ready
//!        fail_candidate: the backend that serves is not affected
//!
//!  any --stop_current--> Starting        ends what runs, then start_fresh
//!  any --stop, suspend -> begin_shutdown--> Stopping --on_exit; finish_suspend--> Stopped
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
    Backend, BackendError, Failure, Launch, State, Version, Versions,
    health::ProbeError,
    lock::Lock,
    ready::Line,
    restart_budget::RestartBudget,
    running::{Ending, Running},
    socket::Socket,
};
use handover::{Candidate, Handover};

pub(super) type Answer = Sender<Result<Backend, BackendError>>;

/// What the keeper is told, by callers and by the threads it starts itself.
#[derive(Debug)]
pub(super) enum Message {
    Start(Answer),
    StartElsewhere(Answer),
    Restart(Answer),
    /// Have this version take over, beside the present one or after its end.
    Replace(Version, bool, Answer),
    /// End what runs, and keep the data dir until a start is asked for.
    Suspend(Sender<()>),
    Stop(Sender<()>),
    /// A line of the contract, from the child with this process id.
    Said(u32, Line),
    /// One of that child's two pipes has ended.
    PipeEnded(u32),
    /// The outcome of that child's first health check.
    Checked(u32, SocketAddr, Result<(), ProbeError>),
    /// The outcome of a later one, and which.
    Rechecked(u32, u32, Result<(), ProbeError>),
    /// What a look at the runtime's files found, after this failure.
    Examined(BackendError, Option<Failure>),
}

pub(super) struct Keeper<F> {
    launch: Launch,
    versions: Box<dyn Versions>,
    on_state: F,
    /// For the threads that watch a child.
    sender: Sender<Message>,
    inbox: Receiver<Message>,
    state: State,
    socket: Socket,
    lock: Lock,
    running: Option<Running>,
    candidate: Option<Candidate>,
    handover: Option<Handover>,
    standby: Option<Running>,
    /// Those that are about to end.
    draining: Vec<Running>,
    /// What the next start runs, instead of what the versions say.
    next: Option<Version>,
    /// Who waits for that, and for no other.
    replacing: Vec<Answer>,
    restart_budget: RestartBudget,
    /// Whether the backend under way is to take the place of one that was lost.
    recovering: bool,
    restart_at: Option<Instant>,
    waiting: Vec<Answer>,
    stopping: Vec<Sender<()>>,
    /// Nothing is to run until a start is asked for.
    suspended: bool,
    suspending: Vec<Sender<()>>,
}

impl<F: FnMut(&State)> Keeper<F> {
    pub(super) fn new(
        launch: Launch,
        versions: Box<dyn Versions>,
        socket: Socket,
        on_state: F,
        sender: Sender<Message>,
        inbox: Receiver<Message>,
    ) -> Self {
        Self {
            socket,
            restart_budget: RestartBudget::new(launch.limits.restarts, launch.limits.steady_after),
            lock: Lock::new(&launch.data_dir),
            launch,
            versions,
            on_state,
            sender,
            inbox,
            state: State::Stopped,
            running: None,
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

    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        loop {
            let message = match self.until_next_tick() {
                None => self
                    .inbox
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => self.receive_within(wait),
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
                self.enter(State::Stopped);
                for done in self.stopping.drain(..) {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
                return;
            }
        }
    }

    fn receive_within(&mut self, wait: Duration) -> Result<Message, RecvTimeoutError> {
        let began = Instant::now();
        let message = self.inbox.recv_timeout(wait);
        let overslept = began.elapsed().saturating_sub(wait);
        if overslept >= self.launch.limits.asleep_after {
            log::info!("the machine slept for about {} s", overslept.as_secs());
            for process in self.processes() {
                process.extend_deadlines(overslept);
            }
        }
        message
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Start(answer) => self.start(answer),
            Message::StartElsewhere(answer) => {
                self.socket.decline_pinned_port();
                self.start(answer);
            }
            Message::Restart(answer) => self.restart(answer),
            Message::Replace(version, beside, answer) => self.replace(version, beside, answer),
            Message::Suspend(done) => self.suspend(done),
            Message::Stop(done) => self.stop(done),
            Message::Said(pid, line @ (Line::Paused | Line::Resumed)) => {
                if let Some(process) = self.processes().find(|it| it.pid == pid) {
                    match line {
                        Line::Paused => process.pause(),
                        _ => process.resume(),
                    }
                }
            }
            Message::Said(pid, line) => {
                if matches!(line, Line::Draining) {
                    self.on_drained(pid);
                } else if self.is_starting(pid) {
                    self.on_line(line);
                } else if self.is_candidate(pid) {
                    self.on_candidate_line(line);
                }
            }
            Message::PipeEnded(pid) => {
                if let Some(process) = self.processes().find(|it| it.pid == pid) {
                    process.open_pipes -= 1;
                }
            }
            Message::Checked(pid, address, result) => {
                if self.is_starting(pid) {
                    self.on_health_result(address, result);
                } else if self.is_candidate(pid) {
                    self.on_candidate_health_result(address, result);
                }
            }
            Message::Rechecked(pid, round, result) => self.on_recheck_result(pid, round, result),
            Message::Examined(error, damage) => self.on_examined(error, damage),
        }
    }

    fn start(&mut self, answer: Answer) {
        if !self.stopping.is_empty() || !self.suspending.is_empty() {
            let _ = answer.send(Err(Failure::Stopping.into()));
        } else if let Some(backend) = self.backend() {
            let _ = answer.send(Ok(backend));
        } else {
            self.waiting.push(answer);
            if self.is_idle() {
                self.start_fresh();
            }
        }
    }

    fn is_idle(&self) -> bool {
        matches!(
            self.state,
            State::Stopped | State::Failed { .. } | State::GivenUp { .. }
        )
    }

    fn restart(&mut self, answer: Answer) {
        if !self.stopping.is_empty() {
            return self.start(answer);
        }
        if self.suspended {
            let _ = answer.send(Err(Failure::Stopping.into()));
            return;
        }
        self.fail_candidate(&Failure::Superseded);
        self.waiting.push(answer);
        self.stop_current();
    }

    /// What runs, if anything does, ends for what is to run now.
    fn stop_current(&mut self) {
        if self.running.is_some() {
            self.recovering = false;
            self.enter(State::Starting);
            self.end(Ending::ForAnother);
        } else {
            self.start_fresh();
        }
    }

    /// Because somebody wants it, not because one was lost.
    fn start_fresh(&mut self) {
        self.suspended = false;
        self.restart_budget.reset();
        self.recovering = false;
        self.restart_at = None;
        self.socket.follow_config();
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

    /// Nothing runs any more, and is not to for the time being.
    fn finish_suspend(&mut self) {
        self.restart_at = None;
        self.enter(State::Stopped);
        self.socket.answer_unavailable();
        self.lock.hold();
        for done in self.suspending.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// Whatever runs is asked to end.
    fn begin_shutdown(&mut self) {
        self.restart_at = None;
        self.answer_all(&Err(Failure::Stopping.into()));
        self.fail_candidate(&Failure::Stopping);
        self.stop_standby();
        for process in &mut self.draining {
            process.end(Ending::ForGood, self.launch.limits.grace);
        }
        if self.running.is_some() {
            self.enter(State::Stopping);
            self.end(Ending::ForGood);
        }
    }

    /// The one that serves, unless it has been asked to end.
    fn backend(&self) -> Option<Backend> {
        let running = self.running.as_ref().filter(|it| it.ending.is_none())?;
        Some(running.service.as_ref()?.backend.clone())
    }

    fn end(&mut self, ending: Ending) {
        if let Some(running) = &mut self.running {
            running.end(ending, self.launch.limits.grace);
        }
    }

    fn kill(&mut self, failure: Failure) {
        if let Some(running) = &mut self.running {
            running.end(Ending::Failed(failure), Duration::ZERO);
        }
    }

    /// Whether a message of process `pid` still matters: it is the one, and nobody has asked it to end.
    fn is_starting(&self, pid: u32) -> bool {
        self.running.as_ref().is_some_and(|running| {
            running.pid == pid && running.service.is_none() && running.ending.is_none()
        })
    }

    fn is_candidate(&self, pid: u32) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| {
            candidate.running.pid == pid && candidate.running.ending.is_none()
        })
    }

    /// Whether there is no process any more.
    fn has_no_process(&self) -> bool {
        self.running.is_none()
            && self.candidate.is_none()
            && self.standby.is_none()
            && self.draining.is_empty()
    }

    fn processes(&mut self) -> impl Iterator<Item = &mut Running> {
        let candidate = self.candidate.as_mut().map(|it| &mut it.running);
        (self.running.iter_mut())
            .chain(candidate)
            .chain(&mut self.standby)
            .chain(&mut self.draining)
    }

    fn until_next_tick(&self) -> Option<Duration> {
        let restart = self
            .restart_at
            .map(|at| at.saturating_duration_since(Instant::now()));
        let candidate = self.candidate.as_ref().map(Candidate::until_next_tick);
        (self.running.iter())
            .chain(&self.draining)
            .map(Running::until_next_tick)
            .chain(candidate)
            .chain(restart)
            .min()
    }

    fn enter(&mut self, state: State) {
        if self.state != state {
            match &state {
                State::Failed { error } => log::error!("backend: {error}"),
                State::GivenUp { error } => log::error!("backend: given up: {error}"),
                State::Restarting { attempt, of, error } => {
                    log::warn!("backend: restarting, attempt {attempt} of {of}: {error}");
                }
                state => log::info!("backend: {state:?}"),
            }
            (self.on_state)(&state);
            self.state = state;
        }
    }

    fn answer_all(&mut self, result: &Result<Backend, BackendError>) {
        for answer in self.waiting.drain(..).chain(self.replacing.drain(..)) {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(result.clone());
        }
    }
}
