use std::{net::SocketAddr, thread};

use super::{Ending, Failure, Keeper, Line, Message, Miss, Running, State};
use crate::supervisor::{health, output, process, ready, running::Service};

/// The backend's own name for the one step that has a state of its own.
const MIGRATING: &str = "migrating";

impl<F: FnMut(&State)> Keeper<F> {
    /// One try at starting the process.
    pub(super) fn attempt(&mut self) {
        match self.spawn() {
            Ok(()) => {}
            Err(failure) if self.running.is_some() => self.kill(failure),
            Err(failure) => self.lose(failure.into(), None),
        }
    }

    fn spawn(&mut self) -> Result<(), Failure> {
        let mut child = process::spawn(&self.launch, &mut self.socket)?;
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
        Ok(())
    }

    pub(super) fn hear(&mut self, line: Line) {
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
                Err(reason) => self.kill(Failure::BadReadyLine { reason }),
            },
        }
    }

    fn confirm(&self, ready: Result<ready::Ready, String>) -> Result<SocketAddr, String> {
        let pid = self.running.as_ref().map_or(0, |running| running.pid);
        let handed_over = self
            .socket
            .handed_over()
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

    pub(super) fn settle(&mut self, result: Result<SocketAddr, Miss>) {
        let limits = self.launch.limits;
        let Some(running) = &mut self.running else {
            return;
        };
        // One that died in the meantime fails its check too; its death is the better reason.
        if running.has_exited() {
            return;
        }
        match result {
            Ok(address) => {
                let service = running.service.insert(Service::new(address, limits));
                let backend = service.backend.clone();
                self.recovering = false;
                self.enter(State::Ready);
                self.answer_all(&Ok(backend));
            }
            Err(miss) => self.kill(Failure::HealthCheckFailed {
                reason: miss.to_string(),
            }),
        }
    }
}
