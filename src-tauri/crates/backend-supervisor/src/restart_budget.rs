use std::time::Duration;

/// Limits consecutive restarts. An uptime of `steady_after`, a requested start and a fallback to another version reset
/// the budget. The duration of a start does not count, so a crash loop with slow starts hits the limit too.
#[derive(Debug)]
pub(super) struct RestartBudget {
    pub(super) limit: u32,
    steady_after: Duration,
    restarts: u32,
}

impl RestartBudget {
    pub(super) fn new(limit: u32, steady_after: Duration) -> Self {
        Self {
            limit,
            steady_after,
            restarts: 0,
        }
    }

    /// Number of the next restart after a process with this `uptime`; `None` if the budget is exhausted.
    pub(super) fn try_acquire(&mut self, uptime: Duration) -> Option<u32> {
        if uptime >= self.steady_after {
            self.reset();
        }
        let next = self.restarts + 1;
        (next <= self.limit).then(|| {
            self.restarts = next;
            next
        })
    }

    /// Allows `limit` restarts again.
    pub(super) fn reset(&mut self) {
        self.restarts = 0;
    }
}
