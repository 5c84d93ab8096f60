use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Actor, BackendError, Failure, Message, State, StopReason, Version};
use crate::runtime_check;

/// The backend's error code for a failed import.
const IMPORT_FAILED: &str = "import_failed";
/// Factor of the exponential backoff.
const BACKOFF_FACTOR: u32 = 4;

impl<F: FnMut(&State)> Actor<F> {
    /// The current process has exited and its output was read.
    pub(super) fn on_exit(&mut self) {
        let Some(process) = self.current.take() else {
            return;
        };
        let uptime = process.uptime();
        let (version, confirmed) = (process.version.clone(), process.confirmed);
        let log_tail = process.tail.lines();
        let (status, stop_reason) = process.into_exit();
        log::info!("the backend exited ({status})");
        let on_probation = uptime.is_some() && !confirmed;
        if matches!(
            stop_reason,
            Some(StopReason::Shutdown | StopReason::Restart)
        ) && on_probation
            && let Some(version) = &version
        {
            self.versions.on_stopped(version);
        }
        let failure = match stop_reason {
            Some(StopReason::Shutdown) => return,
            Some(StopReason::Restart) => return self.start_fresh(),
            Some(StopReason::Failed(failure)) => failure,
            None if uptime.is_some() => Failure::ExitedUnexpectedly { status },
            None => Failure::ExitedBeforeReady { status },
        };
        let error = BackendError { failure, log_tail };
        if on_probation && self.fall_back(version.as_ref(), &error) {
            return;
        }
        self.on_failure(error, uptime, version.as_ref());
    }

    /// The current process failed to start or exited unexpectedly. `uptime`: time since it was ready, if it ever was.
    pub(super) fn on_failure(
        &mut self,
        error: BackendError,
        uptime: Option<Duration>,
        version: Option<&Version>,
    ) {
        self.recovering |= uptime.is_some();
        let may_restart = self.recovering && error.failure.is_transient();
        if !may_restart && self.fall_back(version, &error) {
            return;
        }
        let attempt = (may_restart || error.failure.is_killed_by_signal())
            .then(|| self.restart_budget.try_acquire(uptime.unwrap_or_default()))
            .flatten();
        if let Some(attempt) = attempt {
            self.restart_after(self.backoff(attempt), attempt, error);
        } else if !may_restart || !self.fall_back(version, &error) {
            self.check_runtime(error);
        }
    }

    fn restart_after(&mut self, delay: Duration, attempt: u32, error: BackendError) {
        self.restart_at = Some(Instant::now() + delay);
        let of = self.restart_budget.limit;
        self.enter(State::Restarting { attempt, of, error });
    }

    /// Exponential backoff before restart number `attempt`.
    fn backoff(&self, attempt: u32) -> Duration {
        self.launch.limits.restart_backoff * BACKOFF_FACTOR.saturating_pow(attempt - 1)
    }

    /// Schedules a start of another version if [`VersionSelector::on_failure`](crate::VersionSelector::on_failure) returns
    /// `true`. Returns whether it did.
    fn fall_back(&mut self, version: Option<&Version>, error: &BackendError) -> bool {
        let falls_back = version.is_some_and(|version| self.versions.on_failure(version, error));
        if falls_back {
            log::warn!("backend: falling back to another version: {error}");
            for reply in self.replacing.drain(..) {
                let _ = reply.send(Err(error.clone()));
            }
            if self.state == State::Ready {
                self.recovering = true;
                let (attempt, of, error) = (1, self.restart_budget.limit, error.clone());
                self.enter(State::Restarting { attempt, of, error });
            }
            self.restart_budget.reset();
            self.restart_at = Some(Instant::now());
        }
        falls_back
    }

    /// Reports the failure. If a damaged runtime may be the cause, compares the runtime's files with the manifest first.
    fn check_runtime(&mut self, error: BackendError) {
        let may_be_damaged = match &error.failure {
            Failure::Reported { code, .. } => code == IMPORT_FAILED,
            failure => matches!(
                failure,
                Failure::RuntimeMissing { .. }
                    | Failure::SpawnFailed { .. }
                    | Failure::WrongArchitecture { .. }
                    | Failure::ExitedBeforeReady { .. }
            ),
        };
        if !may_be_damaged {
            return self.on_runtime_checked(error, None);
        }
        let manifest = self.launch.manifest.clone();
        let sender = self.sender.clone();
        let (reported, unchecked) = (error.clone(), error);
        let spawned = thread::Builder::new()
            .name("runtime check".into())
            .spawn(move || {
                let damage = runtime_check::find_damage(&manifest);
                drop(sender.send(Message::RuntimeChecked(reported, damage)));
            });
        if spawned.is_err() {
            self.on_runtime_checked(unchecked, None);
        }
    }

    /// Reports the failure, or the damage that caused it.
    pub(super) fn on_runtime_checked(&mut self, mut error: BackendError, damage: Option<Failure>) {
        // A start or a stop may have been requested during the check, or the start may have failed again.
        let is_restarting = self.current.is_some() || self.restart_at.is_some();
        if is_restarting || !self.stopping.is_empty() || self.suspended {
            return;
        }
        if let Some(damage) = damage {
            error.failure = damage;
        }
        self.fail_candidate(&error.failure);
        self.stop_standby();
        self.socket.respond_unavailable();
        if self.has_no_process() {
            self.lock.release();
        }
        self.enter(if self.recovering {
            State::RestartFailed {
                error: error.clone(),
            }
        } else {
            State::Failed {
                error: error.clone(),
            }
        });
        self.reply_all(&Err(error));
    }
}
