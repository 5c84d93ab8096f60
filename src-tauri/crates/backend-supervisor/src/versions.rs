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

/// Which version runs. Everything is asked from the keeper's thread.
pub trait Versions: Send {
    /// What the next start is to run.
    fn current(&mut self) -> Version;

    /// The arguments of a process that is ready to run any version, if one is to be kept.
    fn standby(&mut self) -> Option<Vec<OsString>> {
        None
    }

    /// It is to take over, and takes long. Whether its last lines say why; if not, this is asked again soon.
    fn slow(&mut self, _version: &Version, _log_tail: Vec<String>) -> bool {
        true
    }

    /// It has begun to serve.
    fn serves(&mut self, _version: &Version) {}

    /// It has served through its probation.
    fn proved(&mut self, _version: &Version) {}

    /// It did not start, was lost in its probation, or again and again. Whether another is to be started in its place.
    fn failed(&mut self, _version: &Version, _error: &BackendError) -> bool {
        false
    }
}

/// What was installed, and nothing else.
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
