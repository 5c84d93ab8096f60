use std::{
    thread,
    time::{Duration, Instant},
};

use super::{BackendError, Ending, Failure, Keeper, Message, State, Version};
use crate::runtime_check;

/// The backend's own name for a part of its code that can't be imported.
const IMPORT_FAILED: &str = "import_failed";
const WAIT_GROWTH: u32 = 4;

impl<F: FnMut(&State)> Keeper<F> {
    /// The process has ended and said its last.
    pub(super) fn conclude(&mut self) {
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
            Some(Ending::ForAnother) => return self.start_anew(),
            Some(Ending::Failed(failure)) => failure,
            None if served.is_some() => Failure::Died { status },
            None => Failure::DiedEarly { status },
        };
        let error = BackendError { failure, log_tail };
        let on_probation = served.is_some() && !proved;
        if on_probation && self.falls_back(version.as_ref(), &error) {
            return;
        }
        self.lose(error, served, version.as_ref());
    }

    /// There is no backend any more, or it never came up. `served`: for how long there was one.
    pub(super) fn lose(
        &mut self,
        error: BackendError,
        served: Option<Duration>,
        version: Option<&Version>,
    ) {
        self.recovering |= served.is_some();
        let recovers = self.recovering && error.failure.may_pass();
        if !recovers && self.falls_back(version, &error) {
            return;
        }
        let attempt = (recovers || error.failure.was_killed())
            .then(|| self.fuse.next(served.unwrap_or_default()))
            .flatten();
        if let Some(attempt) = attempt {
            self.restart_after(attempt, error);
        } else if !recovers || !self.falls_back(version, &error) {
            self.examine(error);
        }
    }

    fn restart_after(&mut self, attempt: u32, error: BackendError) {
        self.restart_at = Some(Instant::now() + self.wait_before(attempt));
        let of = self.fuse.most;
        self.enter(State::Restarting { attempt, of, error });
    }

    /// Starts what the versions name in place of one that is no good, if they name any.
    fn falls_back(&mut self, version: Option<&Version>, error: &BackendError) -> bool {
        let falls_back = version.is_some_and(|version| self.versions.failed(version, error));
        if falls_back {
            log::warn!("backend: back to another version: {error}");
            for answer in self.replacing.drain(..) {
                let _ = answer.send(Err(error.clone()));
            }
            if self.state == State::Ready {
                self.recovering = true;
                let (attempt, of, error) = (1, self.fuse.most, error.clone());
                self.enter(State::Restarting { attempt, of, error });
            }
            self.fuse.mend();
            self.restart_at = Some(Instant::now());
        }
        falls_back
    }

    fn wait_before(&self, attempt: u32) -> Duration {
        self.launch.limits.restart_wait * WAIT_GROWTH.saturating_pow(attempt - 1)
    }

    /// Looks for the damage that such a failure may come from, before it is told.
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
            return self.settle_loss(error, None);
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
            self.settle_loss(fallback, None);
        }
    }

    pub(super) fn settle_loss(&mut self, mut error: BackendError, damage: Option<Failure>) {
        // Somebody may have asked for another start, or for the end, during the look.
        if self.running.is_some() || !self.stopping.is_empty() || self.idle {
            return;
        }
        if let Some(damage) = damage {
            error.failure = damage;
        }
        self.fail_candidate(&error.failure);
        self.dismiss_standby();
        self.socket.answer_unavailable();
        if self.is_alone() {
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
