use std::{
    thread,
    time::{Duration, Instant},
};

use super::{BackendError, Ending, Failure, Keeper, Message, State};
use crate::supervisor::runtime_check;

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
        self.lose(BackendError { failure, log_tail }, served);
    }

    /// There is no backend any more, or it never came up. `served`: for how long there was one.
    pub(super) fn lose(&mut self, error: BackendError, served: Option<Duration>) {
        self.recovering |= served.is_some();
        if !self.recovering || !error.failure.may_pass() {
            return self.examine(error);
        }
        match self.fuse.next(served.unwrap_or_default()) {
            Some(attempt) => {
                self.restart_at = Some(Instant::now() + self.wait_before(attempt));
                let of = self.fuse.most;
                self.enter(State::Restarting { attempt, of, error });
            }
            None => self.examine(error),
        }
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
        if self.running.is_some() || !self.stopping.is_empty() {
            return;
        }
        if let Some(damage) = damage {
            error.failure = damage;
        }
        self.socket.close();
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
