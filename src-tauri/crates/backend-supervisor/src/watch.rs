use std::time::{Duration, Instant};

use super::{Limits, health::Miss};

/// When a backend that serves is asked next whether it still does.
#[derive(Debug)]
pub(super) struct Watch {
    limits: Limits,
    due: Option<Instant>,
    patient: bool,
    /// Tells the answer that is waited for from one that no longer counts.
    pub(super) round: u32,
}

/// What to make of an answer.
#[derive(Debug)]
pub(super) enum Verdict {
    Well,
    Lost(Miss),
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

    /// How long the question that is to be asked now may take.
    pub(super) fn ask(&mut self) -> Option<Duration> {
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

    /// One that gives no answer is asked once more, at length: it may only be busy. One that refuses is not.
    pub(super) fn answer(&mut self, answer: Result<(), Miss>) -> Verdict {
        match answer {
            Ok(()) => self.rest(),
            Err(miss) if self.patient || matches!(miss, Miss::Refused) => {
                return Verdict::Lost(miss);
            }
            Err(miss) => {
                log::warn!("the backend missed a health check: {miss}");
                self.patient = true;
                self.due = Some(Instant::now());
            }
        }
        Verdict::Well
    }

    /// Whatever was asked does not count: nobody was awake to answer.
    pub(super) fn forgive(&mut self) {
        self.round += 1;
        self.rest();
    }

    fn rest(&mut self) {
        self.patient = false;
        self.due = Some(Instant::now() + self.limits.check_every);
    }
}
