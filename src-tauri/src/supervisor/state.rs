use serde::Serialize;

use super::BackendError;

/// A backend that serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backend {
    /// Scheme, address and port, with no slash at the end.
    pub base_url: String,
}

/// What the backend is up to. Serialised as `{"state": …}`, with `error` when it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A process is on its way.
    Starting,
    /// Still on its way, longer than usual.
    Slow,
    /// It serves.
    Ready,
    /// It did not start, or it died. Another start may be asked for.
    Failed {
        /// Why.
        error: BackendError,
    },
    /// It was asked to end and has not ended yet.
    Stopping,
    /// Nothing runs: nothing was started yet, or it was stopped for good.
    Stopped,
}
