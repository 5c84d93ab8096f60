use serde::Serialize;

use super::{BackendError, LaunchToken};

/// A backend that is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Backend {
    /// Scheme, address and port, with no slash at the end.
    pub base_url: String,
    /// What requests there must carry.
    pub launch_token: LaunchToken,
}

/// State of the backend. Serialized as `{"state": …}`, with the fields of the variant beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "BackendState", tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A process is starting.
    Starting,
    /// Starting, longer than usual.
    Slow,
    /// Starting, and migrating the database.
    Migrating,
    /// Ready.
    Ready,
    /// Exited after ready; a restart is scheduled or under way.
    Restarting {
        /// Number of this restart in a row.
        attempt: u32,
        /// Limit of restarts in a row.
        of: u32,
        /// Why the last one exited.
        error: BackendError,
    },
    /// Failed to start. Another start may be requested.
    Failed {
        /// Why.
        error: BackendError,
    },
    /// The restart budget is spent. Another start may be requested.
    GivenUp {
        /// Why the last one exited.
        error: BackendError,
    },
    /// Asked to exit, and has not exited yet.
    Stopping,
    /// Not started yet, or stopped.
    Stopped,
}
