use std::ffi::OsString;

use super::BackendError;

/// One version of the backend's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The arguments that have the interpreter run it.
    pub args: Vec<OsString>,
    /// What it must call itself; `None` for whatever was installed.
    pub code_digest: Option<String>,
    /// The arguments of what the interpreter does before it is started, once, while nothing else runs.
    pub prepare: Option<Vec<OsString>>,
    /// The line on stdin that has a process run it which [`Versions::standby`] keeps warm.
    pub order: Option<String>,
}

/// Selects the version that runs. Called from the keeper's thread.
pub trait Versions: Send {
    /// Version of the next start.
    fn current(&mut self) -> Version;

    /// Arguments of a standby process that can run any version; `None` for no standby.
    fn standby(&mut self) -> Option<Vec<OsString>> {
        None
    }

    /// The candidate is slow. Returns whether its last lines say why; if not, it is called again soon.
    fn slow(&mut self, _version: &Version, _log_tail: Vec<String>) -> bool {
        true
    }

    /// The version is ready.
    fn serves(&mut self, _version: &Version) {}

    /// The version passed its probation.
    fn proved(&mut self, _version: &Version) {}

    /// The version failed to start, exited in its probation or spent the restart budget. Returns whether to start another.
    fn failed(&mut self, _version: &Version, _error: &BackendError) -> bool {
        false
    }
}

/// The installed version only.
#[derive(Debug)]
pub(super) struct Installed(pub(super) Vec<OsString>);

impl Versions for Installed {
    fn current(&mut self) -> Version {
        Version {
            args: self.0.clone(),
            code_digest: None,
            prepare: None,
            order: None,
        }
    }
}
