use serde::Serialize;

use super::{BackendError, LaunchToken};

/// A backend that is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Backend {
    /// Scheme, address and port, without a trailing slash.
    pub base_url: String,
    /// Value of the header `X-Launch-Token`, required in API requests.
    pub launch_token: LaunchToken,
}

/// State of the backend. Serialized as `{"state": …}` with the fields of the variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "BackendState", tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A process is starting.
    Starting,
    /// Starting, for longer than usual.
    Slow,
    /// Starting, and migrating the database.
    Migrating,
    /// Ready.
    Ready,
    /// Exited unexpectedly; a restart is scheduled or in progress.
    Restarting {
        /// Number of this consecutive restart.
        attempt: u32,
        /// Limit of consecutive restarts.
        of: u32,
        /// Why the last process exited.
        error: BackendError,
    },
    /// Failed to start. Another start may be requested.
    Failed {
        /// Why.
        error: BackendError,
    },
    /// Exited unexpectedly and is not restarted: the restart budget is exhausted, or a restart failed permanently. Another start
    /// may be requested.
    RestartFailed {
        /// Why the last process exited.
        error: BackendError,
    },
    /// Shutting down.
    Stopping,
    /// Not started yet, or stopped.
    Stopped,
}
