//! The one owner of the child, its socket and its state. This file is its mailbox; `birth` and `watching` are what
//! a child goes through, `loss` is what follows its end, `overlap` has another take over.

mod birth;
mod loss;
mod overlap;
mod watching;

use std::{
    net::SocketAddr,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use super::{
    Backend, BackendError, Failure, Launch, State, Version, Versions,
    fuse::Fuse,
    health::Miss,
    lock::Lock,
    ready::Line,
    running::{Ending, Running},
    socket::Socket,
};
use overlap::{Candidate, Handover};

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
    Rest(Sender<()>),
    Stop(Sender<()>),
    /// A line of the contract, from the child with this process id.
    Said(u32, Line),
    /// One of that child's two pipes has ended.
    PipeEnded(u32),
    /// The outcome of that child's first health check.
    Checked(u32, SocketAddr, Result<(), Miss>),
    /// The outcome of a later one, and which.
    Rechecked(u32, u32, Result<(), Miss>),
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
    fuse: Fuse,
    /// Whether the backend under way is to take the place of one that was lost.
    recovering: bool,
    restart_at: Option<Instant>,
    waiting: Vec<Answer>,
    stopping: Vec<Sender<()>>,
    /// Nothing is to run until a start is asked for.
    idle: bool,
    resting: Vec<Sender<()>>,
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
            fuse: Fuse::new(launch.limits.restarts, launch.limits.steady_after),
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
            idle: false,
            resting: Vec::new(),
        }
    }

    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        loop {
            let message = match self.until_next_look() {
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
            self.look_after();
            if self.is_alone() && !self.resting.is_empty() {
                self.settle_down();
            }
            if self.is_alone() && !self.stopping.is_empty() {
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
                process.forgive(overslept);
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
            Message::Rest(done) => self.rest(done),
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
                    self.hear_drained(pid);
                } else if self.is_starting(pid) {
                    self.hear(line);
                } else if self.is_on_trial(pid) {
                    self.hear_candidate(line);
                }
            }
            Message::PipeEnded(pid) => {
                if let Some(process) = self.processes().find(|it| it.pid == pid) {
                    process.open_pipes -= 1;
                }
            }
            Message::Checked(pid, address, result) => {
                if self.is_starting(pid) {
                    self.settle(address, result);
                } else if self.is_on_trial(pid) {
                    self.settle_candidate(address, result);
                }
            }
            Message::Rechecked(pid, round, result) => self.heed(pid, round, result),
            Message::Examined(error, damage) => self.settle_loss(error, damage),
        }
    }

    fn start(&mut self, answer: Answer) {
        if !self.stopping.is_empty() || !self.resting.is_empty() {
            let _ = answer.send(Err(Failure::Stopping.into()));
        } else if let Some(backend) = self.backend() {
            let _ = answer.send(Ok(backend));
        } else {
            self.waiting.push(answer);
            if self.is_at_rest() {
                self.start_anew();
            }
        }
    }

    fn is_at_rest(&self) -> bool {
        matches!(
            self.state,
            State::Stopped | State::Failed { .. } | State::GivenUp { .. }
        )
    }

    fn restart(&mut self, answer: Answer) {
        if !self.stopping.is_empty() {
            return self.start(answer);
        }
        if self.idle {
            let _ = answer.send(Err(Failure::Stopping.into()));
            return;
        }
        self.fail_candidate(&Failure::Superseded);
        self.waiting.push(answer);
        self.make_way();
    }

    /// What runs, if anything does, ends for what is to run now.
    fn make_way(&mut self) {
        if self.running.is_some() {
            self.recovering = false;
            self.enter(State::Starting);
            self.end(Ending::ForAnother);
        } else {
            self.start_anew();
        }
    }

    /// Because somebody wants it, not because one was lost.
    fn start_anew(&mut self) {
        self.idle = false;
        self.fuse.mend();
        self.recovering = false;
        self.restart_at = None;
        self.socket.follow_config();
        self.enter(State::Starting);
        self.attempt();
    }

    fn stop(&mut self, done: Sender<()>) {
        self.stopping.push(done);
        self.wind_down();
    }

    fn rest(&mut self, done: Sender<()>) {
        self.resting.push(done);
        self.idle = true;
        self.wind_down();
    }

    /// Nothing runs any more, and is not to for the time being.
    fn settle_down(&mut self) {
        self.restart_at = None;
        self.enter(State::Stopped);
        self.socket.answer_unavailable();
        self.lock.hold();
        for done in self.resting.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// Whatever runs is asked to end.
    fn wind_down(&mut self) {
        self.restart_at = None;
        self.answer_all(&Err(Failure::Stopping.into()));
        self.fail_candidate(&Failure::Stopping);
        self.dismiss_standby();
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

    fn is_on_trial(&self, pid: u32) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| {
            candidate.running.pid == pid && candidate.running.ending.is_none()
        })
    }

    /// Whether there is no process any more.
    fn is_alone(&self) -> bool {
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

    fn until_next_look(&self) -> Option<Duration> {
        let restart = self
            .restart_at
            .map(|at| at.saturating_duration_since(Instant::now()));
        let candidate = self.candidate.as_ref().map(Candidate::until_next_look);
        (self.running.iter())
            .chain(&self.draining)
            .map(Running::until_next_look)
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
