//! Replaces the current backend without downtime: a candidate is started and checked on a separate loopback socket
//! while the current process serves, then serves the shared socket, and the replaced process drains its connections and exits.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::{
    Actor, BackendError, Event, Failure, Message, ProbeError, Process, Reply, State, StopReason,
    Version, start::verify_digest,
};
use crate::{Limits, contract, health};

/// Maximum number of draining processes, because each uses the memory of a backend.
const MAX_DRAINING: usize = 4;
/// Poll interval until the cause of a candidate's slow start is known.
const SLOW_POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Time for a replaced process to confirm `drain`. A process that a debugger has stopped neither confirms nor handles requests.
const DRAIN_CONFIRM_TIMEOUT: Duration = Duration::from_secs(1);
/// Environment variable that starts a process as a candidate.
const CANDIDATE_ENV: (&str, &str) = ("CANDIDATE", "true");

/// A process that is to replace the current one.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) process: Process,
    reply: Reply,
    /// Code digest from its ready event.
    code_digest: String,
    /// Whether the cause of its slow start is known.
    explained: bool,
}

/// A handover that is complete once the replaced process confirms `drain`: until then it may handle requests with old code.
#[derive(Debug)]
pub(super) struct Handover {
    /// Id of the replaced process.
    from: u32,
    deadline: Instant,
}

impl Candidate {
    pub(super) fn until_next_tick(&self) -> Duration {
        let wait = self.process.until_next_tick();
        if self.process.is_slow() && !self.explained {
            return wait.min(SLOW_POLL_INTERVAL);
        }
        wait
    }
}

impl<F: FnMut(&State)> Actor<F> {
    pub(super) fn replace(&mut self, version: Version, rolling: bool, reply: Reply) {
        if !self.stopping.is_empty() || self.suspended {
            let _ = reply.send(Err(Failure::Stopping.into()));
            return;
        }
        self.fail_candidate(&Failure::Superseded);
        if rolling && self.backend().is_some() {
            return self.start_candidate(version, reply);
        }
        self.supersede_next();
        self.replacing.push(reply);
        self.next = Some(version);
        self.stop_current();
    }

    /// Fails the callers whose version has not become ready. Finishes a handover first, because its version is ready.
    pub(super) fn supersede_next(&mut self) {
        if self.handover.is_some() {
            self.finish_handover();
        }
        for reply in self.replacing.drain(..) {
            let _ = reply.send(Err(Failure::Superseded.into()));
        }
        self.next = None;
    }

    fn start_candidate(&mut self, version: Version, reply: Reply) {
        let process = match self.take_standby(&version) {
            Some(process) => Ok(process),
            None => self.spawn(&version.args, &[CANDIDATE_ENV]),
        };
        match process {
            Ok(mut process) => {
                process.hand_over_socket(&self.socket, &self.lock);
                let limits = self.launch.limits;
                let candidate_limits = Limits {
                    start_timeout: limits.candidate_start_timeout,
                    slow_after: limits.candidate_slow_after,
                    ..limits
                };
                self.candidate = Some(Candidate {
                    process: process.assign(version, candidate_limits),
                    reply,
                    code_digest: String::new(),
                    explained: false,
                });
            }
            Err(failure) => drop(reply.send(Err(failure.into()))),
        }
    }

    /// Sends the standby process the command to run `version`, and returns the process. Returns `None` if there is no
    /// standby process, or if it can't run this version: then terminates it.
    fn take_standby(&mut self, version: &Version) -> Option<Process> {
        let mut standby = self.standby.take()?;
        if let Some(command) = &version.standby_command
            && !standby.has_exited()
            && standby.send_line(command).is_ok()
        {
            return Some(standby);
        }
        self.retire(standby, Duration::ZERO);
        None
    }

    pub(super) fn on_candidate_event(&mut self, event: Event) {
        let Some(candidate) = &mut self.candidate else {
            return;
        };
        let result = match event {
            Event::Progress { .. } => {
                candidate.process.extend_start_deadline();
                Ok(())
            }
            Event::Failed { code, message } => {
                // Wait for the exit: the traceback may not have been read yet.
                let grace_period = self.launch.limits.grace_period;
                let reported = StopReason::Failed(Failure::Reported { code, message });
                candidate.process.terminate(reported, grace_period);
                Ok(())
            }
            Event::Ready(ready) => self.verify_candidate(ready),
            Event::Serving(serving) => self.promote_candidate(serving),
            Event::Draining | Event::Paused | Event::Resumed => Ok(()),
        };
        if let Err(failure) = result {
            self.fail_candidate(&failure);
        }
    }

    fn verify_candidate(&mut self, ready: Result<contract::Ready, String>) -> Result<(), Failure> {
        let Some(Candidate {
            process,
            code_digest,
            ..
        }) = &mut self.candidate
        else {
            return Ok(());
        };
        let (address, found) = ready
            .and_then(|ready| Ok((ready.verify(process.pid, None)?, ready.code_digest)))
            .map_err(|reason| Failure::InvalidReadyEvent { reason })?;
        verify_digest(process.version.as_ref(), found.clone())?;
        *code_digest = found;
        self.check_candidate(address)
    }

    fn check_candidate(&self, address: SocketAddr) -> Result<(), Failure> {
        let Some(Candidate {
            process,
            code_digest,
            ..
        }) = &self.candidate
        else {
            return Ok(());
        };
        let (pid, timeout, digest) = (
            process.pid,
            process.first_check_timeout(),
            code_digest.clone(),
        );
        let url = format!("http://{address}{}", self.launch.endpoints.ready);
        let (token, sender) = (self.socket.token().clone(), self.sender.clone());
        thread::Builder::new()
            .name("backend ready check".into())
            .spawn(move || {
                let expected = (pid, digest.as_str());
                let result = health::check_ready(&url, token.expose(), expected, timeout);
                drop(sender.send(Message::HealthResult(pid, address, result)));
            })?;
        Ok(())
    }

    pub(super) fn on_candidate_health_result(
        &mut self,
        address: SocketAddr,
        result: Result<(), ProbeError>,
    ) {
        let Some(Candidate { process, .. }) = &mut self.candidate else {
            return;
        };
        if process.has_exited() {
            return;
        }
        let result = match result {
            Ok(()) => process
                .send_line("serve")
                .map_err(|error| Failure::HealthCheckFailed {
                    reason: error.to_string(),
                }),
            Err(error) if process.may_retry_check(&error) => self.check_candidate(address),
            Err(error) => Err(Failure::HealthCheckFailed {
                reason: error.to_string(),
            }),
        };
        if let Err(failure) = result {
            self.fail_candidate(&failure);
        }
    }

    /// The candidate serves the shared socket: it becomes the current process.
    fn promote_candidate(
        &mut self,
        serving: Result<contract::Serving, String>,
    ) -> Result<(), Failure> {
        let invalid = |reason| Failure::InvalidReadyEvent { reason };
        let address = serving.map_err(invalid)?.address();
        if self.socket.local_addr()? != Some(address) {
            return Err(invalid(format!(
                "its address is {address} instead of the shared socket's"
            )));
        }
        let Some(Candidate { process, reply, .. }) = self.candidate.take() else {
            return Ok(());
        };
        self.restart_at = None;
        self.handover = None;
        if let Some(mut replaced) = self.current.replace(process) {
            if replaced.service.is_some() && replaced.stop_reason.is_none() {
                replaced.drain();
                self.handover = Some(Handover {
                    from: replaced.pid,
                    deadline: Instant::now() + DRAIN_CONFIRM_TIMEOUT,
                });
                self.draining.push(replaced);
            } else {
                self.retire(replaced, self.launch.limits.grace_period);
            }
        }
        let excess = self.draining.len().saturating_sub(MAX_DRAINING);
        for oldest in &mut self.draining[..excess] {
            oldest.terminate(StopReason::Shutdown, self.launch.limits.grace_period);
        }
        self.replacing.push(reply);
        self.enter_ready(address);
        if self.handover.is_none() {
            self.finish_handover();
        }
        self.ensure_standby();
        Ok(())
    }

    /// Process `pid` has confirmed `drain`.
    pub(super) fn on_draining(&mut self, pid: u32) {
        if self.handover.as_ref().is_some_and(|it| it.from == pid) {
            self.finish_handover();
        }
    }

    /// Replies to the callers of `replace`: requests reach the new process only.
    fn finish_handover(&mut self) {
        self.handover = None;
        if let Some(backend) = self.backend() {
            self.reply_all(&Ok(backend));
        }
    }

    /// Handles the candidate's exit, deadline and slow start.
    fn tick_candidate(&mut self) {
        let Some(candidate) = &mut self.candidate else {
            return;
        };
        let process = &mut candidate.process;
        if process.is_finished() {
            let Some(Candidate { process, reply, .. }) = self.candidate.take() else {
                return;
            };
            let log_tail = process.tail.lines();
            let (status, stop_reason) = process.into_exit();
            let failure = match stop_reason {
                Some(StopReason::Failed(failure)) => failure,
                _ => Failure::ExitedBeforeReady { status },
            };
            let _ = reply.send(Err(BackendError { failure, log_tail }));
            self.ensure_standby();
        } else if process.stop_reason.is_some() {
            process.kill_if_overdue();
        } else if process.time_left().is_zero() {
            let seconds = process.age().as_secs();
            self.fail_candidate(&Failure::StartTimeout { seconds });
        } else if let Some(version) = &process.version
            && process.is_slow()
            && !candidate.explained
        {
            candidate.explained = self.versions.on_slow(version, process.tail.lines());
        }
    }

    /// Kills the candidate and replies with `failure`. The current process is not affected.
    pub(super) fn fail_candidate(&mut self, failure: &Failure) {
        if let Some(Candidate { process, reply, .. }) = self.candidate.take() {
            let error = BackendError {
                failure: failure.clone(),
                log_tail: process.tail.lines(),
            };
            let _ = reply.send(Err(error));
            self.retire(process, Duration::ZERO);
            if !matches!(failure, Failure::Superseded | Failure::Stopping) {
                self.ensure_standby();
            }
        }
    }

    /// Spawns the standby process for the next candidate unless it exists, if a backend is ready and
    /// [`VersionSelector::standby_args`](crate::VersionSelector::standby_args) returns arguments.
    pub(super) fn ensure_standby(&mut self) {
        if self.standby.is_some() || self.backend().is_none() {
            return;
        }
        if let Some(args) = self.versions.standby_args() {
            match self.spawn(&args, &[CANDIDATE_ENV]) {
                Ok(standby) => self.standby = Some(standby),
                Err(failure) => log::warn!("no standby process: {failure}"),
            }
        }
    }

    pub(super) fn stop_standby(&mut self) {
        if let Some(standby) = self.standby.take() {
            self.retire(standby, Duration::ZERO);
        }
    }

    /// Terminates a process that is no longer used.
    pub(super) fn retire(&mut self, mut process: Process, grace_period: Duration) {
        process.terminate(StopReason::Shutdown, grace_period);
        process.kill_if_overdue();
        self.draining.push(process);
    }

    /// Ticks all processes except the current one.
    pub(super) fn tick_others(&mut self) {
        self.tick_candidate();
        if self.standby.as_mut().is_some_and(Process::is_finished) {
            log::warn!("the standby process exited");
            self.standby = None;
        }
        self.draining.retain_mut(|process| {
            process.kill_if_overdue();
            !process.is_finished()
        });
        let is_drained = self.handover.as_ref().is_some_and(|it| {
            let has_exited = self.draining.iter().all(|process| process.pid != it.from);
            has_exited || Instant::now() >= it.deadline
        });
        if is_drained {
            self.finish_handover();
        }
    }
}
