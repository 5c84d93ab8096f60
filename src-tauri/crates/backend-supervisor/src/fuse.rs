use std::time::Duration;

/// Counts restarts in a row. Only a backend that served for a while starts the count anew, so neither one that dies at
/// once nor one that hangs for a minute before every death can go on for ever.
#[derive(Debug)]
pub(super) struct Fuse {
    pub(super) most: u32,
    steady_after: Duration,
    restarts: u32,
}

impl Fuse {
    pub(super) fn new(most: u32, steady_after: Duration) -> Self {
        Self {
            most,
            steady_after,
            restarts: 0,
        }
    }

    /// The number of the restart that follows the loss of a backend that served for so long; `None` if there is to be none.
    pub(super) fn next(&mut self, served: Duration) -> Option<u32> {
        if served >= self.steady_after {
            self.mend();
        }
        let next = self.restarts + 1;
        (next <= self.most).then(|| {
            self.restarts = next;
            next
        })
    }

    /// A person has looked at it.
    pub(super) fn mend(&mut self) {
        self.restarts = 0;
    }
}
