use std::{path::PathBuf, process::ExitStatus};

use serde::{Serialize, Serializer};

/// Declares the error code of each variant: generates `CODES`, the list of all codes, and `code()`.
#[doc(hidden)]
#[macro_export]
macro_rules! error_codes {
    ($($variant:pat => $code:literal),+ $(,)? $(; $other:pat => $reported:expr)?) => {
        /// Every code, except those that the backend reports.
        pub const CODES: &[&str] = &[$($code),+];

        /// The error code, which the UI matches.
        #[must_use]
        pub fn code(&self) -> &str {
            match self {
                $($variant => $code,)+
                $($other => $reported,)?
            }
        }
    };
}

/// Why no backend runs. Each message says what happened and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The interpreter does not exist.
    #[error("The Python runtime was not found at {}. {}", .path.display(), REPAIR)]
    RuntimeMissing {
        /// Expected path.
        path: PathBuf,
    },
    /// A file of the runtime differs from the manifest.
    #[error("The Python runtime is damaged: {} {difference}. {REPAIR}", .file.display())]
    RuntimeDamaged {
        /// The first such file.
        file: PathBuf,
        /// The difference.
        difference: &'static str,
    },
    /// The interpreter was built for another architecture or operating system.
    #[error("{} was not built for this computer. {REPAIR}", .path.display())]
    WrongArchitecture {
        /// The interpreter.
        path: PathBuf,
    },
    /// No permission to execute the interpreter.
    #[error("No permission to run {}. Make the file executable, or reinstall the app.", .path.display())]
    RuntimeNotExecutable {
        /// The interpreter.
        path: PathBuf,
    },
    /// The configured port can't be bound.
    #[error("Port {port} can't be used: {reason}. Free the port, or use another one.")]
    PortTaken {
        /// The port in config.json.
        port: u16,
        /// The process that uses it, or the system's error message.
        reason: String,
    },
    /// The process or its socket could not be created.
    #[error("The backend could not be started: {reason}. {REPAIR}")]
    SpawnFailed {
        /// The system's error message.
        reason: String,
    },
    /// Exited before it was ready, without a `failed` event.
    #[error(
        "The backend exited before it was ready ({status}). Check its last log lines, then try again."
    )]
    ExitedBeforeReady {
        /// Exit status.
        status: ExitStatus,
    },
    /// Exited unexpectedly after becoming ready.
    #[error(
        "The backend exited unexpectedly ({status}). Try again. If it happens again, check the logs."
    )]
    ExitedUnexpectedly {
        /// Exit status.
        status: ExitStatus,
    },
    /// Killed because its health checks failed.
    #[error(
        "The backend stopped responding and was stopped: {reason}. Try again. If it happens again, check the logs."
    )]
    Stalled {
        /// Why the health check failed.
        reason: String,
    },
    /// Exceeded the start deadline.
    #[error(
        "The backend was not ready after {seconds} s and was stopped. Try again. If it happens again, check the logs."
    )]
    StartTimeout {
        /// Time since the start.
        seconds: u64,
    },
    /// The `ready` or `serving` event is invalid.
    #[error("The backend's ready event is invalid: {reason}. {REPAIR}")]
    InvalidReadyEvent {
        /// Why it is invalid.
        reason: String,
    },
    /// The code digest that the process reports differs from that of its version.
    #[error("The backend's code digest is {found} instead of {expected}. Try again.")]
    CodeDigestMismatch {
        /// Code digest of the version.
        expected: String,
        /// Code digest that the process reports.
        found: String,
    },
    /// Another version or a restart replaced this version before it was ready.
    #[error(
        "Another version or a restart replaced this one before it was ready. To run this one, push it again."
    )]
    Superseded,
    /// Ready, but the health check failed.
    #[error(
        "The backend reported ready but failed its health check: {reason}. Try again. If it happens again, check the logs."
    )]
    HealthCheckFailed {
        /// Why the health check failed.
        reason: String,
    },
    /// The backend reported why it can't start (a `failed` event).
    #[error("{message}")]
    Reported {
        /// Error code of the backend.
        code: String,
        /// Message of the backend.
        message: String,
    },
    /// Another user owns the data dir or can write to it.
    #[error("{message}")]
    DataDirNotPrivate {
        /// Who, and what to do next.
        message: String,
    },
    /// The app uses a server instead of a local backend.
    #[error(
        "The app uses a server, so no backend runs on this computer. Switch back to this computer's data first."
    )]
    ServerInUse,
    /// The supervisor is stopping or suspended.
    #[error(
        "The app is closing or switching to a server, so its backend is not started. Open the app again."
    )]
    Stopping,
}

const REPAIR: &str = if cfg!(debug_assertions) {
    "Run `python3 -m runtime stage`, then try again."
} else {
    "Reinstall the app."
};

impl Failure {
    crate::error_codes! {
        Self::RuntimeMissing { .. } => "runtime_missing",
        Self::RuntimeDamaged { .. } => "runtime_damaged",
        Self::WrongArchitecture { .. } => "wrong_architecture",
        Self::RuntimeNotExecutable { .. } => "runtime_not_executable",
        Self::PortTaken { .. } => "port_taken",
        Self::SpawnFailed { .. } => "spawn_failed",
        Self::ExitedBeforeReady { .. } => "exited_before_ready",
        Self::ExitedUnexpectedly { .. } => "exited_unexpectedly",
        Self::Stalled { .. } => "stalled",
        Self::StartTimeout { .. } => "start_timeout",
        Self::InvalidReadyEvent { .. } => "invalid_ready_event",
        Self::CodeDigestMismatch { .. } => "code_digest_mismatch",
        Self::Superseded => "superseded",
        Self::HealthCheckFailed { .. } => "health_check_failed",
        Self::DataDirNotPrivate { .. } => "data_dir_not_private",
        Self::ServerInUse => "server_in_use",
        Self::Stopping => "stopping",
        ; Self::Reported { code, .. } => code
    }

    /// Whether a signal killed the process during its start, for example from the kernel's out-of-memory killer. Always `false` on
    /// Windows, which has no signals.
    pub(super) fn is_killed_by_signal(&self) -> bool {
        matches!(self, Self::ExitedBeforeReady { status } if has_signal(*status))
    }

    /// Whether a restart may succeed without a change by the user.
    pub(super) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::ExitedBeforeReady { .. }
                | Self::ExitedUnexpectedly { .. }
                | Self::Stalled { .. }
                | Self::StartTimeout { .. }
                | Self::HealthCheckFailed { .. }
        )
    }
}

#[cfg(unix)]
fn has_signal(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

#[cfg(not(unix))]
fn has_signal(_: ExitStatus) -> bool {
    false
}

/// A failure and the last lines of the backend's output. Serialized as `{code, message, log_tail}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct BackendError {
    /// The failure.
    pub failure: Failure,
    /// Last lines of the backend's output, oldest first.
    pub log_tail: Vec<String>,
}

impl From<Failure> for BackendError {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            log_tail: Vec::new(),
        }
    }
}

/// Why no backend runs.
#[derive(Serialize)]
#[serde(rename = "BackendError")]
#[cfg_attr(feature = "specta", derive(specta::Type))]
struct Payload<'a> {
    /// An error code of the shell or the backend.
    code: &'a str,
    /// What happened and what to do next.
    message: String,
    /// Last lines of the backend's output, oldest first.
    log_tail: &'a [String],
}

impl Serialize for BackendError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Payload {
            code: self.failure.code(),
            message: self.failure.to_string(),
            log_tail: &self.log_tail,
        }
        .serialize(serializer)
    }
}

#[cfg(feature = "specta")]
impl specta::Type for BackendError {
    fn definition(types: &mut specta::Types) -> specta::datatype::DataType {
        Payload::definition(types)
    }
}
