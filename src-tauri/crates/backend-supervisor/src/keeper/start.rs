use std::{net::SocketAddr, thread};

use super::{Ending, Failure, Keeper, Line, Message, ProbeError, Running, State, Version};
use crate::{health, output, private_dir, process, ready, running::Service};

/// The backend's own name for the one step that has a state of its own.
const MIGRATING: &str = "migrating";

impl<F: FnMut(&State)> Keeper<F> {
    /// One try at starting the process.
    pub(super) fn spawn_backend(&mut self) {
        if let Err(failure) = private_dir::check(&self.launch.data_dir) {
            return self.on_failure(failure.into(), None, None);
        }
        let version = self.next.take().unwrap_or_else(|| self.versions.current());
        self.lock.open();
        // It has the socket and the lock of before.
        self.stop_standby();
        let prepared = process::run(&self.launch, version.prepare.as_deref());
        match prepared.and_then(|()| self.spawn(&version.args, &[])) {
            Ok(mut running) => {
                running.hand_over(&self.socket, &self.lock);
                self.running = Some(running.assign(version, self.launch.limits));
            }
            Err(failure) => self.on_failure(failure.into(), None, Some(&version)),
        }
    }

    /// Starts a process whose lines come as messages.
    pub(super) fn spawn(
        &mut self,
        args: &[std::ffi::OsString],
        env: &[(&str, &str)],
    ) -> Result<Running, Failure> {
        let mut child = process::spawn(&self.launch, args, env, &mut self.socket, &self.lock)?;
        let (pid, stdin) = (child.id(), child.stdin().take());
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let mut running = Running::new(child, stdin, self.launch.limits);

        let (tail, sender) = (running.tail.clone(), self.sender.clone());
        let on_stdout = move |line: String| match ready::parse(&line) {
            Some(line) => drop(sender.send(Message::Said(pid, line))),
            None => tail.push(line),
        };
        let tail = running.tail.clone();
        let on_end =
            |sender: super::Sender<Message>| move || drop(sender.send(Message::PipeEnded(pid)));
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
        Ok(running)
    }

    pub(super) fn on_line(&mut self, line: Line) {
        match line {
            Line::Failed { code, message } => {
                self.end(Ending::Failed(Failure::Reported { code, message }));
            }
            Line::Progress { step } => {
                if let Some(running) = &mut self.running {
                    running.made_progress();
                }
                if step == MIGRATING && !self.recovering {
                    self.enter(State::Migrating);
                }
            }
            Line::Ready(ready) => match self.confirm(ready) {
                Ok(address) => self.check(address),
                Err(failure) => self.kill(failure),
            },
            Line::Serving(_) | Line::Draining | Line::Paused | Line::Resumed => {}
        }
    }

    fn confirm(&self, ready: Result<ready::Ready, String>) -> Result<SocketAddr, Failure> {
        let running = self.running.as_ref();
        let pid = running.map_or(0, |running| running.pid);
        let handed_over = self.socket.handed_over()?;
        let (address, found) = ready
            .and_then(|ready| Ok((ready.confirm(pid, handed_over)?, ready.code_digest)))
            .map_err(|reason| Failure::BadReadyLine { reason })?;
        check_digest(running.and_then(|it| it.version.as_ref()), found)?;
        Ok(address)
    }

    fn check(&self, address: SocketAddr) {
        let Some(running) = &self.running else { return };
        let (pid, within) = (running.pid, running.check_within());
        let url = format!("http://{address}{}", self.launch.endpoints.health);
        let sender = self.sender.clone();
        // Without a thread there is no answer, and the start runs out of time.
        let _ = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(&url, within);
                drop(sender.send(Message::Checked(pid, address, result)));
            });
    }

    pub(super) fn on_health_result(&mut self, address: SocketAddr, result: Result<(), ProbeError>) {
        let Some(running) = &mut self.running else {
            return;
        };
        // One that died in the meantime fails its check too; its death is the better reason.
        if running.has_exited() {
            return;
        }
        match result {
            Ok(()) => self.on_serving(address),
            Err(error) if running.may_answer_yet(&error) => self.check(address),
            Err(error) => self.kill(Failure::HealthCheckFailed {
                reason: error.to_string(),
            }),
        }
    }

    /// The one that runs serves from now on.
    pub(super) fn on_serving(&mut self, address: SocketAddr) {
        self.enter_service(address);
        if let Some(backend) = self.backend() {
            self.answer_all(&Ok(backend));
        }
        self.ensure_standby();
    }

    pub(super) fn enter_service(&mut self, address: SocketAddr) {
        let limits = self.launch.limits;
        let Some(running) = &mut self.running else {
            return;
        };
        let token = self.socket.token().clone();
        running.service = Some(Service::new(address, token, limits));
        if let Some(version) = &running.version {
            self.versions.serves(version);
        }
        self.recovering = false;
        self.enter(State::Ready);
    }
}

/// Whether what a process calls its code is what it was started with.
pub(super) fn check_digest(version: Option<&Version>, found: String) -> Result<(), Failure> {
    match version.and_then(|version| version.code_digest.clone()) {
        Some(expected) if expected != found => Err(Failure::WrongCode { expected, found }),
        _ => Ok(()),
    }
}
