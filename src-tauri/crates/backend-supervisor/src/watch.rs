use std::time::{Duration, Instant};

use super::{Limits, health::ProbeError};

/// Schedules the health checks of a ready backend.
#[derive(Debug)]
pub(super) struct Watch {
    limits: Limits,
    due: Option<Instant>,
    patient: bool,
    /// Number of the current check; results of others are ignored.
    pub(super) round: u32,
}

/// Outcome of a health check.
#[derive(Debug)]
pub(super) enum Verdict {
    Well,
    Lost(ProbeError),
}

impl Watch {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            due: Some(Instant::now() + limits.check_every),
            patient: false,
            round: 0,
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
        self.round += 1;
        Some(if self.patient {
            self.limits.confirm_within
        } else {
            self.limits.check_within
        })
    }

    /// A timeout is confirmed by one longer check: the backend may be busy. A refused connection is not.
    pub(super) fn on_result(&mut self, answer: Result<(), ProbeError>) -> Verdict {
        match answer {
            Ok(()) => self.schedule(),
            Err(error) if self.patient || matches!(error, ProbeError::Refused) => {
                return Verdict::Lost(error);
            }
            Err(error) => {
                log::warn!("the backend missed a health check: {error}");
                self.patient = true;
                self.due = Some(Instant::now());
            }
        }
        Verdict::Well
    }

    /// Ignores the current check: the machine slept.
    pub(super) fn skip(&mut self) {
        self.round += 1;
        self.schedule();
    }

    fn schedule(&mut self) {
        self.patient = false;
        self.due = Some(Instant::now() + self.limits.check_every);
    }
}
