//! Another version takes over: it is started beside the one that serves, on a socket of its own, and once it is trusted
//! it serves the shell's. The one before it answers what comes on its open connections, and ends.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::{
    Answer, BackendError, Ending, Failure, Keeper, Line, Message, ProbeError, Running, State,
    Version, start::check_digest,
};
use crate::{Limits, health, ready};

/// So many may be about to end. Each costs the memory of a backend.
const DRAINING_AT_MOST: usize = 4;
const EXPLAINED_LOOK: Duration = Duration::from_millis(100);
/// A replaced process that has not confirmed `drain` by then is stopped, by a debugger for one, and answers nobody.
const CONFIRM_DRAIN_WITHIN: Duration = Duration::from_secs(1);
const ON_TRIAL: (&str, &str) = ("ON_TRIAL", "true");

/// One that is to take over, and who waits for it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) running: Running,
    answer: Answer,
    /// What it calls its code.
    digest: String,
    /// Whether it is known why it takes long.
    explained: bool,
}

/// Until the replaced process confirms that it answers no further request, a caller could still reach the old code.
#[derive(Debug)]
pub(super) struct Handover {
    from: u32,
    until: Instant,
}

impl Candidate {
    pub(super) fn until_next_tick(&self) -> Duration {
        let look = self.running.until_next_tick();
        if self.running.is_slow() && !self.explained {
            return look.min(EXPLAINED_LOOK);
        }
        look
    }
}

impl<F: FnMut(&State)> Keeper<F> {
    pub(super) fn replace(&mut self, version: Version, beside: bool, answer: Answer) {
        if !self.stopping.is_empty() || self.suspended {
            let _ = answer.send(Err(Failure::Stopping.into()));
            return;
        }
        self.fail_candidate(&Failure::Superseded);
        if beside && self.backend().is_some() {
            return self.start_candidate(version, answer);
        }
        self.replacing.push(answer);
        self.next = Some(version);
        self.stop_current();
    }

    fn start_candidate(&mut self, version: Version, answer: Answer) {
        match self.warm(&version).map_or_else(|| self.cold(&version), Ok) {
            Ok(mut running) => {
                running.hand_over(&self.socket, &self.lock);
                let limits = self.launch.limits;
                let candidate_limits = Limits {
                    start_within: limits.candidate_start_within,
                    slow_after: limits.candidate_slow_after,
                    ..limits
                };
                self.candidate = Some(Candidate {
                    running: running.assign(version, candidate_limits),
                    answer,
                    digest: String::new(),
                    explained: false,
                });
            }
            Err(failure) => drop(answer.send(Err(failure.into()))),
        }
    }

    fn cold(&mut self, version: &Version) -> Result<Running, Failure> {
        self.spawn(&version.args, &[ON_TRIAL])
    }

    /// The process that waits for an order, with this one given.
    fn warm(&mut self, version: &Version) -> Option<Running> {
        let order = version.order.as_ref()?;
        let mut standby = self.standby.take()?;
        if !standby.has_exited() && standby.send_line(order).is_ok() {
            return Some(standby);
        }
        self.retire(standby, Duration::ZERO);
        None
    }

    pub(super) fn on_candidate_line(&mut self, line: Line) {
        let Some(candidate) = &mut self.candidate else {
            return;
        };
        let outcome = match line {
            Line::Progress { .. } => {
                candidate.running.made_progress();
                Ok(())
            }
            Line::Failed { code, message } => {
                // Its traceback may still be on its way: the end of the process tells.
                let grace = self.launch.limits.grace;
                let reported = Ending::Failed(Failure::Reported { code, message });
                candidate.running.end(reported, grace);
                Ok(())
            }
            Line::Ready(ready) => self.verify_candidate(ready),
            Line::Serving(serving) => self.complete_handover(serving),
            Line::Draining | Line::Paused | Line::Resumed => Ok(()),
        };
        if let Err(failure) = outcome {
            self.fail_candidate(&failure);
        }
    }

    fn verify_candidate(&mut self, ready: Result<ready::Ready, String>) -> Result<(), Failure> {
        let Some(Candidate {
            running, digest, ..
        }) = &mut self.candidate
        else {
            return Ok(());
        };
        let (address, found) = ready
            .and_then(|ready| Ok((ready.confirm(running.pid, None)?, ready.code_digest)))
            .map_err(|reason| Failure::BadReadyLine { reason })?;
        check_digest(running.version.as_ref(), found.clone())?;
        *digest = found;
        self.check_candidate(address)
    }

    fn check_candidate(&self, address: SocketAddr) -> Result<(), Failure> {
        let Some(Candidate {
            running, digest, ..
        }) = &self.candidate
        else {
            return Ok(());
        };
        let (pid, within, digest) = (running.pid, running.check_within(), digest.clone());
        let url = format!("http://{address}{}", self.launch.endpoints.identity);
        let (token, sender) = (self.socket.token().clone(), self.sender.clone());
        thread::Builder::new()
            .name("backend identity check".into())
            .spawn(move || {
                let who = (pid, digest.as_str());
                let result = health::check_identity(&url, token.expose(), who, within);
                drop(sender.send(Message::Checked(pid, address, result)));
            })?;
        Ok(())
    }

    pub(super) fn on_candidate_health_result(
        &mut self,
        address: SocketAddr,
        result: Result<(), ProbeError>,
    ) {
        let Some(Candidate { running, .. }) = &mut self.candidate else {
            return;
        };
        if running.has_exited() {
            return;
        }
        let outcome = match result {
            Ok(()) => running
                .send_line("serve")
                .map_err(|error| Failure::HealthCheckFailed {
                    reason: error.to_string(),
                }),
            Err(error) if running.may_answer_yet(&error) => self.check_candidate(address),
            Err(error) => Err(Failure::HealthCheckFailed {
                reason: error.to_string(),
            }),
        };
        if let Err(failure) = outcome {
            self.fail_candidate(&failure);
        }
    }

    /// It serves the shared socket: it is the backend from now on.
    fn complete_handover(
        &mut self,
        serving: Result<ready::Serving, String>,
    ) -> Result<(), Failure> {
        let unusable = |reason| Failure::BadReadyLine { reason };
        let address = serving.map_err(unusable)?.address();
        if self.socket.handed_over()? != Some(address) {
            return Err(unusable(format!("it serves {address} instead")));
        }
        let Some(Candidate {
            running, answer, ..
        }) = self.candidate.take()
        else {
            return Ok(());
        };
        self.restart_at = None;
        self.handover = None;
        if let Some(mut before) = self.running.replace(running) {
            if before.service.is_some() && before.ending.is_none() {
                before.drain();
                self.handover = Some(Handover {
                    from: before.pid,
                    until: Instant::now() + CONFIRM_DRAIN_WITHIN,
                });
                self.draining.push(before);
            } else {
                self.retire(before, self.launch.limits.grace);
            }
        }
        let too_many = self.draining.len().saturating_sub(DRAINING_AT_MOST);
        for oldest in &mut self.draining[..too_many] {
            oldest.end(Ending::ForGood, self.launch.limits.grace);
        }
        self.replacing.push(answer);
        self.enter_service(address);
        if self.handover.is_none() {
            self.finish_handover();
        }
        self.ensure_standby();
        Ok(())
    }

    pub(super) fn on_drained(&mut self, pid: u32) {
        if self.handover.as_ref().is_some_and(|it| it.from == pid) {
            self.finish_handover();
        }
    }

    /// Tells the callers of `replace` that requests reach the new process only.
    fn finish_handover(&mut self) {
        self.handover = None;
        if let Some(backend) = self.backend() {
            self.answer_all(&Ok(backend));
        }
    }

    /// It has ended by itself, was ended for a reason, or takes too long.
    pub(super) fn tick_candidate(&mut self) {
        let Some(candidate) = &mut self.candidate else {
            return;
        };
        let running = &mut candidate.running;
        if running.has_ended() {
            let Some(Candidate {
                running, answer, ..
            }) = self.candidate.take()
            else {
                return;
            };
            let log_tail = running.tail.lines();
            let (status, ending) = running.into_end();
            let failure = match ending {
                Some(Ending::Failed(failure)) => failure,
                _ => Failure::DiedEarly { status },
            };
            let _ = answer.send(Err(BackendError { failure, log_tail }));
        } else if running.ending.is_some() {
            running.kill_when_due();
        } else if running.time_left().is_zero() {
            let seconds = running.age().as_secs();
            self.fail_candidate(&Failure::StartTimeout { seconds });
        } else if let Some(version) = &running.version
            && running.is_slow()
            && !candidate.explained
        {
            candidate.explained = self.versions.slow(version, running.tail.lines());
        }
    }

    /// Ends it and says why. The one that serves has noticed nothing.
    pub(super) fn fail_candidate(&mut self, failure: &Failure) {
        if let Some(Candidate {
            running, answer, ..
        }) = self.candidate.take()
        {
            let error = BackendError {
                failure: failure.clone(),
                log_tail: running.tail.lines(),
            };
            let _ = answer.send(Err(error));
            self.retire(running, Duration::ZERO);
        }
    }

    /// A process that is warm for the next version.
    pub(super) fn ensure_standby(&mut self) {
        if self.standby.is_some() {
            return;
        }
        if let Some(args) = self.versions.standby() {
            match self.spawn(&args, &[ON_TRIAL]) {
                Ok(standby) => self.standby = Some(standby),
                Err(failure) => log::warn!("no process is kept warm: {failure}"),
            }
        }
    }

    pub(super) fn stop_standby(&mut self) {
        if let Some(standby) = self.standby.take() {
            self.retire(standby, Duration::ZERO);
        }
    }

    pub(super) fn retire(&mut self, mut process: Running, grace: Duration) {
        process.end(Ending::ForGood, grace);
        process.kill_when_due();
        self.draining.push(process);
    }

    pub(super) fn tick_others(&mut self) {
        self.tick_candidate();
        if self.standby.as_mut().is_some_and(Running::has_ended) {
            log::warn!("the process that was kept warm has ended");
            self.standby = None;
        }
        self.draining.retain_mut(|process| {
            process.kill_when_due();
            !process.has_ended()
        });
        let is_over = self.handover.as_ref().is_some_and(|it| {
            let is_gone = self.draining.iter().all(|process| process.pid != it.from);
            is_gone || Instant::now() >= it.until
        });
        if is_over {
            self.finish_handover();
        }
    }
}
