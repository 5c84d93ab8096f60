use std::{
    thread,
    time::{Duration, Instant},
};

use super::{BackendError, Ending, Failure, Keeper, Message, State, Version};
use crate::runtime_check;

/// The backend's error code for a failed import.
const IMPORT_FAILED: &str = "import_failed";
const WAIT_GROWTH: u32 = 4;

impl<F: FnMut(&State)> Keeper<F> {
    /// The process has exited and its output was read.
    pub(super) fn on_exit(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        let served = running.served();
        let (version, proved) = (running.version.clone(), running.proved);
        let log_tail = running.tail.lines();
        let (status, ending) = running.into_end();
        log::info!("the backend has ended ({status})");
        let failure = match ending {
            Some(Ending::ForGood) => return,
            Some(Ending::ForAnother) => return self.start_fresh(),
            Some(Ending::Failed(failure)) => failure,
            None if served.is_some() => Failure::Died { status },
            None => Failure::DiedEarly { status },
        };
        let error = BackendError { failure, log_tail };
        let on_probation = served.is_some() && !proved;
        if on_probation && self.fall_back(version.as_ref(), &error) {
            return;
        }
        self.on_failure(error, served, version.as_ref());
    }

    /// The backend failed to start or exited. `served`: its uptime after ready.
    pub(super) fn on_failure(
        &mut self,
        error: BackendError,
        served: Option<Duration>,
        version: Option<&Version>,
    ) {
        self.recovering |= served.is_some();
        let recovers = self.recovering && error.failure.may_pass();
        if !recovers && self.fall_back(version, &error) {
            return;
        }
        let attempt = (recovers || error.failure.was_killed())
            .then(|| self.restart_budget.try_acquire(served.unwrap_or_default()))
            .flatten();
        if let Some(attempt) = attempt {
            self.restart_after(attempt, error);
        } else if !recovers || !self.fall_back(version, &error) {
            self.examine(error);
        }
    }

    fn restart_after(&mut self, attempt: u32, error: BackendError) {
        self.restart_at = Some(Instant::now() + self.wait_before(attempt));
        let of = self.restart_budget.limit;
        self.enter(State::Restarting { attempt, of, error });
    }

    /// Restarts with the previous version, if the versions name one.
    fn fall_back(&mut self, version: Option<&Version>, error: &BackendError) -> bool {
        let fall_back = version.is_some_and(|version| self.versions.failed(version, error));
        if fall_back {
            log::warn!("backend: back to another version: {error}");
            for answer in self.replacing.drain(..) {
                let _ = answer.send(Err(error.clone()));
            }
            if self.state == State::Ready {
                self.recovering = true;
                let (attempt, of, error) = (1, self.restart_budget.limit, error.clone());
                self.enter(State::Restarting { attempt, of, error });
            }
            self.restart_budget.reset();
            self.restart_at = Some(Instant::now());
        }
        fall_back
    }

    fn wait_before(&self, attempt: u32) -> Duration {
        self.launch.limits.restart_wait * WAIT_GROWTH.saturating_pow(attempt - 1)
    }

    /// Verifies the runtime's files, which may explain the failure, before it is reported.
    fn examine(&mut self, error: BackendError) {
        let suspicious = match &error.failure {
            Failure::Reported { code, .. } => code == IMPORT_FAILED,
            failure => matches!(
                failure,
                Failure::RuntimeMissing { .. }
                    | Failure::SpawnFailed { .. }
                    | Failure::WrongArchitecture { .. }
                    | Failure::DiedEarly { .. }
            ),
        };
        if !suspicious {
            return self.on_examined(error, None);
        }
        let manifest = self.launch.manifest.clone();
        let sender = self.sender.clone();
        let (told, fallback) = (error.clone(), error);
        let looking = thread::Builder::new()
            .name("runtime check".into())
            .spawn(move || {
                let damage = runtime_check::find_damage(&manifest);
                drop(sender.send(Message::Examined(told, damage)));
            });
        if looking.is_err() {
            self.on_examined(fallback, None);
        }
    }

    pub(super) fn on_examined(&mut self, mut error: BackendError, damage: Option<Failure>) {
        // A start or a stop may have been requested meanwhile.
        if self.running.is_some() || !self.stopping.is_empty() || self.suspended {
            return;
        }
        if let Some(damage) = damage {
            error.failure = damage;
        }
        self.fail_candidate(&error.failure);
        self.stop_standby();
        self.socket.answer_unavailable();
        if self.has_no_process() {
            self.lock.close();
        }
        self.enter(if self.recovering {
            State::GivenUp {
                error: error.clone(),
            }
        } else {
            State::Failed {
                error: error.clone(),
            }
        });
        self.answer_all(&Err(error));
    }
}
