use std::time::{Duration, Instant};

use super::{Limits, health::ProbeError};

/// Schedules the health checks of a ready backend.
#[derive(Debug)]
pub(super) struct HealthMonitor {
    limits: Limits,
    /// Time of the next check; `None` during a check.
    due: Option<Instant>,
    /// Whether the next or current check confirms a failed one.
    confirming: bool,
    /// Number of the current check; results of earlier checks are ignored.
    pub(super) check_number: u32,
}

/// Outcome of a health check.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The check passed, or it failed and a second check must confirm that.
    NotFailed,
    Failed(ProbeError),
}

impl HealthMonitor {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            due: Some(Instant::now() + limits.check_interval),
            confirming: false,
            check_number: 0,
        }
    }

    pub(super) fn until_due(&self) -> Option<Duration> {
        self.due
            .map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Starts a check if one is due; returns its timeout.
    pub(super) fn begin_check(&mut self) -> Option<Duration> {
        if !self.until_due()?.is_zero() {
            return None;
        }
        self.due = None;
        self.check_number += 1;
        Some(if self.confirming {
            self.limits.confirm_timeout
        } else {
            self.limits.check_timeout
        })
    }

    /// A failed check is confirmed by a second one with a longer timeout, because the backend may be busy.
    pub(super) fn on_result(&mut self, result: Result<(), ProbeError>) -> Verdict {
        match result {
            Ok(()) => self.schedule(),
            Err(error) if self.confirming => return Verdict::Failed(error),
            Err(error) => {
                log::warn!("health check failed, checking again: {error}");
                self.confirming = true;
                self.due = Some(Instant::now());
            }
        }
        Verdict::NotFailed
    }

    /// Ignores the result of the current check, because the machine slept or the process was paused.
    pub(super) fn skip(&mut self) {
        self.check_number += 1;
        self.schedule();
    }

    fn schedule(&mut self) {
        self.confirming = false;
        self.due = Some(Instant::now() + self.limits.check_interval);
    }
}
