use serde::Serialize;

use super::{BackendError, LaunchToken};

/// A backend that serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backend {
    /// Scheme, address and port, with no slash at the end.
    pub base_url: String,
    /// What requests there must carry.
    pub launch_token: LaunchToken,
}

/// What the backend is up to. Serialised as `{"state": …}`, with the fields of the variant beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A process is on its way.
    Starting,
    /// Still on its way, longer than usual.
    Slow,
    /// On its way, and bringing the database to a newer schema, which takes as long as there is data.
    Migrating,
    /// It serves.
    Ready,
    /// It served and was lost. Another one is on its way, or about to be.
    Restarting {
        /// How many restarts there have been in a row, this one included.
        attempt: u32,
        /// How many there may be.
        of: u32,
        /// What was lost last.
        error: BackendError,
    },
    /// It did not start. Another start may be asked for.
    Failed {
        /// Why.
        error: BackendError,
    },
    /// It was lost, and starting it anew did not help. Another start may be asked for.
    GivenUp {
        /// Why the last one was lost.
        error: BackendError,
    },
    /// It was asked to end and has not ended yet.
    Stopping,
    /// Nothing runs: nothing was started yet, or it was stopped for good.
    Stopped,
}
