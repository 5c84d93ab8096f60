use std::ffi::OsString;

use super::BackendError;

/// One version of the backend's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Interpreter arguments that run it.
    pub args: Vec<OsString>,
    /// Code digest that its process must report; `None` accepts any.
    pub code_digest: Option<String>,
    /// Interpreter arguments of a command that runs before the start, after the current process has exited. Replaced
    /// processes may still be draining.
    pub prepare: Option<Vec<OsString>>,
    /// Line on stdin with which the standby process runs it; `None` if the standby process can't run it. See
    /// [`VersionSelector::standby_args`].
    pub standby_command: Option<String>,
}

/// Selects the version that runs. The supervisor's thread calls it, also with the outcome of each version.
pub trait VersionSelector: Send {
    /// Version of the next start.
    fn select(&mut self) -> Version;

    /// Interpreter arguments of a standby process, which imports what most versions share; `None` for no standby.
    fn standby_args(&mut self) -> Option<Vec<OsString>> {
        None
    }

    /// The candidate is slow. Returns whether `log_tail` explains it; if not, this is called again with more output.
    fn on_slow(&mut self, _version: &Version, _log_tail: Vec<String>) -> bool {
        true
    }

    /// The version is ready.
    fn on_ready(&mut self, _version: &Version) {}

    /// The version passed its probation.
    fn on_confirmed(&mut self, _version: &Version) {}

    /// A caller stopped or restarted the version in its probation, after it was ready. This says nothing about its code.
    fn on_stopped(&mut self, _version: &Version) {}

    /// The version failed to start, exited in its probation or exhausted the restart budget. Returns whether to start
    /// [`Self::select`] instead.
    fn on_failure(&mut self, _version: &Version, _error: &BackendError) -> bool {
        false
    }
}

/// The installed version only.
#[derive(Debug)]
pub(super) struct InstalledVersion(pub(super) Vec<OsString>);

impl VersionSelector for InstalledVersion {
    fn select(&mut self) -> Version {
        Version {
            args: self.0.clone(),
            code_digest: None,
            prepare: None,
            standby_command: None,
        }
    }
}
