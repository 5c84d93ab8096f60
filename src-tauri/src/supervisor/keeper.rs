use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use super::{
    Backend, BackendError, Failure, Launch, State, health, output, process,
    ready::{self, Line},
    running::{Ending, Running},
};

pub(super) type Answer = Sender<Result<Backend, BackendError>>;

/// What the keeper is told, by callers and by the threads it starts itself.
#[derive(Debug)]
pub(super) enum Message {
    Start(Answer),
    Restart(Answer),
    Stop(Sender<()>),
    /// A line of the contract, from the child with this process id.
    Said(u32, Line),
    /// One of that child's two pipes has ended.
    PipeEnded(u32),
    /// The outcome of that child's health check.
    Checked(u32, Result<SocketAddr, String>),
}

/// The one owner of the child, its socket and its state.
pub(super) struct Keeper<F> {
    launch: Launch,
    on_state: F,
    /// For the threads that watch a child.
    sender: Sender<Message>,
    inbox: Receiver<Message>,
    state: State,
    /// Kept for as long as the supervisor lives: the address outlives a backend that dies.
    listener: Option<TcpListener>,
    running: Option<Running>,
    backend: Option<Backend>,
    waiting: Vec<Answer>,
    stopping: Vec<Sender<()>>,
}

impl<F: FnMut(&State)> Keeper<F> {
    pub(super) fn new(
        launch: Launch,
        on_state: F,
        sender: Sender<Message>,
        inbox: Receiver<Message>,
    ) -> Self {
        Self {
            launch,
            on_state,
            sender,
            inbox,
            state: State::Stopped,
            listener: None,
            running: None,
            backend: None,
            waiting: Vec::new(),
            stopping: Vec::new(),
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
                Some(wait) => self.inbox.recv_timeout(wait),
            };
            match message {
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_after();
            if self.running.is_none() && !self.stopping.is_empty() {
                self.enter(State::Stopped);
                for done in self.stopping.drain(..) {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
                return;
            }
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Start(answer) => self.start(answer),
            Message::Restart(answer) => self.restart(answer),
            Message::Stop(done) => self.stop(done),
            Message::Said(pid, line) => {
                if self.is_current(pid) {
                    self.hear(line);
                }
            }
            Message::PipeEnded(pid) => {
                if let Some(running) = self.running.as_mut().filter(|it| it.pid == pid) {
                    running.open_pipes -= 1;
                }
            }
            Message::Checked(pid, result) => {
                if self.is_current(pid) {
                    self.settle(result);
                }
            }
        }
    }

    fn start(&mut self, answer: Answer) {
        if !self.stopping.is_empty() {
            let _ = answer.send(Err(Failure::Stopping.into()));
        } else if let Some(backend) = &self.backend {
            let _ = answer.send(Ok(backend.clone()));
        } else {
            self.waiting.push(answer);
            if self.running.is_none() {
                self.attempt();
            }
        }
    }

    fn restart(&mut self, answer: Answer) {
        if self.running.is_none() || !self.stopping.is_empty() {
            return self.start(answer);
        }
        self.waiting.push(answer);
        self.backend = None;
        self.enter(State::Starting);
        self.end(Ending::ForAnother);
    }

    fn stop(&mut self, done: Sender<()>) {
        self.stopping.push(done);
        self.backend = None;
        self.answer_all(&Err(Failure::Stopping.into()));
        if self.running.is_some() {
            self.enter(State::Stopping);
            self.end(Ending::ForGood);
        }
    }

    /// One try at starting the process.
    fn attempt(&mut self) {
        self.enter(State::Starting);
        match self.spawn() {
            Ok(()) => {}
            Err(failure) if self.running.is_some() => self.kill(failure),
            Err(failure) => self.fail(failure.into()),
        }
    }

    fn spawn(&mut self) -> Result<(), Failure> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
        };
        let mut child = process::spawn(&self.launch, self.listener.insert(listener))?;
        let (pid, stdin) = (child.id(), child.stdin().take());
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let running = self
            .running
            .insert(Running::new(child, stdin, self.launch.limits));

        let (tail, sender) = (running.tail.clone(), self.sender.clone());
        let on_stdout = move |line: String| match ready::parse(&line) {
            Some(line) => drop(sender.send(Message::Said(pid, line))),
            None => tail.push(line),
        };
        let tail = running.tail.clone();
        let on_end = |sender: Sender<Message>| move || drop(sender.send(Message::PipeEnded(pid)));
        if let Some(pipe) = stdout {
            output::drain(pipe, on_stdout, on_end(self.sender.clone()))?;
            running.open_pipes += 1;
        }
        if let Some(pipe) = stderr {
            output::drain(
                pipe,
                move |line| tail.push(line),
                on_end(self.sender.clone()),
            )?;
            running.open_pipes += 1;
        }
        Ok(())
    }

    fn hear(&mut self, line: Line) {
        match line {
            Line::Failed { code, message } => {
                self.end(Ending::Failed(Failure::Reported { code, message }));
            }
            Line::Ready(ready) => match self.confirm(ready) {
                Ok(address) => self.check(address),
                Err(reason) => self.kill(Failure::BadReadyLine { reason }),
            },
        }
    }

    fn confirm(&self, ready: Result<ready::Ready, String>) -> Result<SocketAddr, String> {
        let pid = self.running.as_ref().map_or(0, |running| running.pid);
        let socket = self.listener.as_ref().filter(|_| cfg!(unix));
        let handed_over = socket
            .map(TcpListener::local_addr)
            .transpose()
            .map_err(|error| error.to_string())?;
        ready?.confirm(pid, handed_over)
    }

    fn check(&self, address: SocketAddr) {
        let Some(running) = &self.running else { return };
        let (pid, time_left) = (running.pid, running.time_left());
        let sender = self.sender.clone();
        // Without a thread there is no answer, and the start runs out of time.
        let _ = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(address, time_left).map(|()| address);
                drop(sender.send(Message::Checked(pid, result)));
            });
    }

    fn settle(&mut self, result: Result<SocketAddr, String>) {
        let Some(running) = &mut self.running else {
            return;
        };
        // One that died in the meantime fails its check too; its death is the better reason.
        if running.has_exited() {
            return;
        }
        match result {
            Ok(address) => {
                running.ready = true;
                let backend = Backend {
                    base_url: format!("http://{address}"),
                };
                self.backend = Some(backend.clone());
                self.enter(State::Ready);
                self.answer_all(&Ok(backend));
            }
            Err(reason) => self.kill(Failure::HealthCheckFailed { reason }),
        }
    }

    /// What time alone brings about.
    fn look_after(&mut self) {
        let Some(running) = &mut self.running else {
            return;
        };
        if running.has_ended() {
            return self.conclude();
        }
        if running.ending.is_some() {
            return running.kill_when_due();
        }
        if running.ready || running.has_exited() {
            return;
        }
        if running.time_left().is_zero() {
            let seconds = self.launch.limits.start_within.as_secs();
            self.kill(Failure::StartTimeout { seconds });
        } else if self.state == State::Starting && running.is_slow() {
            self.enter(State::Slow);
        }
    }

    /// The process has ended and said its last.
    fn conclude(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        let was_ready = running.ready;
        let log_tail = running.tail.lines();
        let (status, ending) = running.into_end();
        self.backend = None;
        log::info!("the backend has ended ({status})");
        match ending {
            Some(Ending::ForGood) => {}
            Some(Ending::ForAnother) => self.attempt(),
            Some(Ending::Failed(failure)) => self.fail(BackendError { failure, log_tail }),
            None if was_ready => self.fail(BackendError {
                failure: Failure::Died { status },
                log_tail,
            }),
            None => self.fail(BackendError {
                failure: Failure::DiedEarly { status },
                log_tail,
            }),
        }
    }

    fn fail(&mut self, error: BackendError) {
        self.enter(State::Failed {
            error: error.clone(),
        });
        self.answer_all(&Err(error));
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
    fn is_current(&self, pid: u32) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.pid == pid && !running.ready && running.ending.is_none())
    }

    fn until_next_look(&self) -> Option<Duration> {
        self.running.as_ref().map(Running::until_next_look)
    }

    fn enter(&mut self, state: State) {
        if self.state != state {
            match &state {
                State::Failed { error } => log::error!("backend: {error}"),
                state => log::info!("backend: {state:?}"),
            }
            (self.on_state)(&state);
            self.state = state;
        }
    }

    fn answer_all(&mut self, result: &Result<Backend, BackendError>) {
        for answer in self.waiting.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(result.clone());
        }
    }
}
