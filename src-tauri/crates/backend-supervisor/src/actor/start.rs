use std::{net::SocketAddr, thread};

use super::{Actor, Event, Failure, Message, ProbeError, Process, State, StopReason, Version};
use crate::{contract, health, log_tail, private_dir, process::Service, spawn};

/// Step of a `progress` event that is reported as [`State::Migrating`].
const MIGRATING: &str = "migrating";

impl<F: FnMut(&State)> Actor<F> {
    /// Spawns the current process once.
    pub(super) fn spawn_backend(&mut self) {
        let next = self.next.take();
        if let Err(failure) = private_dir::check(&self.launch.data_dir) {
            return self.on_failure(failure.into(), None, None);
        }
        let version = next.unwrap_or_else(|| self.versions.select());
        self.lock.open();
        // The standby process inherited the previous socket and lock.
        self.stop_standby();
        let prepared = spawn::run_prepare_command(&self.launch, version.prepare.as_deref());
        match prepared.and_then(|()| self.spawn(&version.args, &[])) {
            Ok(mut process) => {
                process.hand_over_socket(&self.socket, &self.lock);
                self.current = Some(process.assign(version, self.launch.limits));
            }
            Err(failure) => self.on_failure(failure.into(), None, Some(&version)),
        }
    }

    /// Spawns a process whose events are sent to the actor.
    pub(super) fn spawn(
        &mut self,
        args: &[std::ffi::OsString],
        env: &[(&str, &str)],
    ) -> Result<Process, Failure> {
        let mut child = spawn::spawn(&self.launch, args, env, &mut self.socket, &self.lock)?;
        let (pid, stdin) = (child.id(), child.stdin().take());
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let mut process = Process::new(child, stdin, self.launch.limits);

        let (tail, sender) = (process.tail.clone(), self.sender.clone());
        let on_stdout = move |line: String| match contract::parse(&line) {
            Some(event) => drop(sender.send(Message::Event(pid, event))),
            None => tail.push(line),
        };
        let tail = process.tail.clone();
        let on_close =
            |sender: super::Sender<Message>| move || drop(sender.send(Message::PipeClosed(pid)));
        if let Some(pipe) = stdout {
            log_tail::read_lines(pipe, on_stdout, on_close(self.sender.clone()))?;
            process.open_pipes += 1;
        }
        if let Some(pipe) = stderr {
            log_tail::read_lines(
                pipe,
                move |line| tail.push(line),
                on_close(self.sender.clone()),
            )?;
            process.open_pipes += 1;
        }
        Ok(process)
    }

    /// Handles an event of the current process while it starts.
    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::Failed { code, message } => {
                self.terminate(StopReason::Failed(Failure::Reported { code, message }));
            }
            Event::Progress { step } => {
                if let Some(process) = &mut self.current {
                    process.extend_start_deadline();
                }
                if step == MIGRATING && !self.recovering {
                    self.enter(State::Migrating);
                }
            }
            Event::Ready(ready) => match self.verify_ready(ready) {
                Ok(address) => self.check_health(address),
                Err(failure) => self.kill(failure),
            },
            Event::Serving(_) | Event::Draining | Event::Paused | Event::Resumed => {}
        }
    }

    fn verify_ready(&self, ready: Result<contract::Ready, String>) -> Result<SocketAddr, Failure> {
        let process = self.current.as_ref();
        let pid = process.map_or(0, |process| process.pid);
        let expected = self.socket.local_addr()?;
        let (address, found) = ready
            .and_then(|ready| Ok((ready.verify(pid, expected)?, ready.code_digest)))
            .map_err(|reason| Failure::InvalidReadyEvent { reason })?;
        verify_digest(process.and_then(|it| it.version.as_ref()), found)?;
        Ok(address)
    }

    fn check_health(&self, address: SocketAddr) {
        let Some(process) = &self.current else { return };
        let (pid, timeout) = (process.pid, process.first_check_timeout());
        let url = format!("http://{address}{}", self.launch.endpoints.health);
        let sender = self.sender.clone();
        // If no thread can be spawned, the start times out.
        let _ = thread::Builder::new()
            .name("backend health check".into())
            .spawn(move || {
                let result = health::check(&url, timeout);
                drop(sender.send(Message::HealthResult(pid, address, result)));
            });
    }

    pub(super) fn on_health_result(&mut self, address: SocketAddr, result: Result<(), ProbeError>) {
        let Some(process) = &mut self.current else {
            return;
        };
        // The exit status is reported instead of the failed health check.
        if process.has_exited() {
            return;
        }
        match result {
            Ok(()) => self.finish_start(address),
            Err(error) if process.may_retry_check(&error) => self.check_health(address),
            Err(error) => self.kill(Failure::HealthCheckFailed {
                reason: error.to_string(),
            }),
        }
    }

    /// The current process serves at `address`.
    pub(super) fn finish_start(&mut self, address: SocketAddr) {
        self.enter_ready(address);
        if let Some(backend) = self.backend() {
            self.reply_all(&Ok(backend));
        }
        self.ensure_standby();
    }

    pub(super) fn enter_ready(&mut self, address: SocketAddr) {
        let limits = self.launch.limits;
        let Some(process) = &mut self.current else {
            return;
        };
        let token = self.socket.token().clone();
        process.service = Some(Service::new(address, token, limits));
        if let Some(version) = &process.version {
            self.versions.on_ready(version);
        }
        self.recovering = false;
        self.enter(State::Ready);
    }
}

/// Compares the code digest that a process reports with that of its version.
pub(super) fn verify_digest(version: Option<&Version>, found: String) -> Result<(), Failure> {
    match version.and_then(|version| version.code_digest.clone()) {
        Some(expected) if expected != found => Err(Failure::CodeDigestMismatch { expected, found }),
        _ => Ok(()),
    }
}
