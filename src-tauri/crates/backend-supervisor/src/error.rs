use std::{path::PathBuf, process::ExitStatus};

use serde::{Serialize, Serializer};

/// Declares an error's codes once: the list of all of them, and the code of each variant.
#[doc(hidden)]
#[macro_export]
macro_rules! error_codes {
    ($($variant:pat => $code:literal),+ $(,)? $(; $other:pat => $reported:expr)?) => {
        /// Every code, but those that another program reports.
        pub const CODES: &[&str] = &[$($code),+];

        /// The name the UI branches on.
        #[must_use]
        pub fn code(&self) -> &str {
            match self {
                $($variant => $code,)+
                $($other => $reported,)?
            }
        }
    };
}

/// Why there is no backend. Each message says what happened and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The interpreter is not where it should be.
    #[error("The Python runtime was not found at {}. {}", .path.display(), REPAIR)]
    RuntimeMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The interpreter is not what was installed.
    #[error("The Python runtime is damaged: {} {how}. {REPAIR}", .file.display())]
    RuntimeDamaged {
        /// The first file found to be so.
        file: PathBuf,
        /// What is wrong with it.
        how: &'static str,
    },
    /// The interpreter was made for another kind of machine.
    #[error("{} was not made for this machine. {REPAIR}", .path.display())]
    WrongArchitecture {
        /// The interpreter.
        path: PathBuf,
    },
    /// The interpreter may not be run.
    #[error("The system does not permit {} to run. Give yourself the permission, or reinstall the app.", .path.display())]
    NotPermitted {
        /// The interpreter.
        path: PathBuf,
    },
    /// The port that a person pinned can't be had.
    #[error("Port {port} can't be used: {reason}. Free it, or use another port.")]
    PortTaken {
        /// The port in config.json.
        port: u16,
        /// Who has it, or the system's own words.
        reason: String,
    },
    /// The system refused to start the process, or to give it a socket.
    #[error("The backend could not be started: {reason}. {REPAIR}")]
    SpawnFailed {
        /// The system's own words.
        reason: String,
    },
    /// Exited before it was ready, without a reason.
    #[error(
        "The backend stopped before it was ready ({status}). Its last log lines may say why; then try again."
    )]
    DiedEarly {
        /// How it ended.
        status: ExitStatus,
    },
    /// Exited unexpectedly after becoming ready.
    #[error(
        "The backend stopped unexpectedly ({status}). Try again; if it happens again, look at the logs."
    )]
    Died {
        /// How it ended.
        status: ExitStatus,
    },
    /// Stopped answering health checks.
    #[error(
        "The backend stopped answering and was ended: {reason}. Try again; if it happens again, look at the logs."
    )]
    Stalled {
        /// What the health check got instead of an answer.
        reason: String,
    },
    /// Exceeded the start deadline.
    #[error(
        "The backend was not ready after {seconds} s and was ended. Try again; if it happens again, look at the logs."
    )]
    StartTimeout {
        /// The deadline.
        seconds: u64,
    },
    /// The ready line is invalid.
    #[error("The backend's ready line can't be used: {reason}. {REPAIR}")]
    BadReadyLine {
        /// What is wrong with the line.
        reason: String,
    },
    /// Runs other code than it was started with.
    #[error("The backend runs {found} and not {expected}, which it was started with. Try again.")]
    WrongCode {
        /// The digest of what it was to run.
        expected: String,
        /// What it says it runs.
        found: String,
    },
    /// A newer handover superseded this one.
    #[error("A newer version came before this one had taken over. Nothing needs to be done.")]
    Superseded,
    /// Ready, but the health check failed.
    #[error(
        "The backend said it was ready but did not pass its health check: {reason}. Try again; if it happens again, look at the logs."
    )]
    HealthCheckFailed {
        /// What the check got instead.
        reason: String,
    },
    /// The backend reported why it can't start.
    #[error("{message}")]
    Reported {
        /// One of the backend's own codes.
        code: String,
        /// The backend's own sentences.
        message: String,
    },
    /// Another user owns the data dir or can write to it.
    #[error("{message}")]
    DataDirNotPrivate {
        /// Whose it is, and what to do.
        message: String,
    },
    /// A server is used instead.
    #[error(
        "The app uses a server, so no backend runs on this computer. Go back to this computer's data first."
    )]
    ServerInUse,
    /// The supervisor has been asked to stop.
    #[error("The app is closing, so its backend is not started again. Open the app again.")]
    Stopping,
}

const REPAIR: &str = if cfg!(debug_assertions) {
    "Run `make build-backend`, then try again."
} else {
    "Reinstall the app."
};

impl Failure {
    crate::error_codes! {
        Self::RuntimeMissing { .. } => "runtime_missing",
        Self::RuntimeDamaged { .. } => "runtime_damaged",
        Self::WrongArchitecture { .. } => "wrong_architecture",
        Self::NotPermitted { .. } => "not_permitted",
        Self::PortTaken { .. } => "port_taken",
        Self::SpawnFailed { .. } => "spawn_failed",
        Self::DiedEarly { .. } => "died_early",
        Self::Died { .. } => "died",
        Self::Stalled { .. } => "stalled",
        Self::StartTimeout { .. } => "start_timeout",
        Self::BadReadyLine { .. } => "bad_ready_line",
        Self::WrongCode { .. } => "wrong_code",
        Self::Superseded => "superseded",
        Self::HealthCheckFailed { .. } => "health_check_failed",
        Self::DataDirNotPrivate { .. } => "data_dir_not_private",
        Self::ServerInUse => "server_in_use",
        Self::Stopping => "stopping",
        ; Self::Reported { code, .. } => code
    }

    /// Whether something from outside ended a start: a signal, as the kernel sends one when memory runs out. (On Windows any
    /// program's end looks the same.)
    pub(super) fn was_killed(&self) -> bool {
        matches!(self, Self::DiedEarly { status } if ended_by_signal(*status))
    }

    /// Whether another try might go better without anybody doing anything.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::DiedEarly { .. }
                | Self::Died { .. }
                | Self::Stalled { .. }
                | Self::StartTimeout { .. }
                | Self::HealthCheckFailed { .. }
        )
    }
}

#[cfg(unix)]
fn ended_by_signal(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

#[cfg(not(unix))]
fn ended_by_signal(_: ExitStatus) -> bool {
    false
}

/// A failure together with the last lines the backend wrote. Serialized as `{code, message, log_tail}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct BackendError {
    /// What went wrong.
    pub failure: Failure,
    /// The backend's last lines, oldest first.
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

/// As it is serialized.
#[derive(Serialize)]
#[serde(rename = "BackendError")]
#[cfg_attr(feature = "specta", derive(specta::Type))]
struct Payload<'a> {
    /// One of [`Failure::CODES`], or the backend's own.
    code: &'a str,
    /// What happened and what to do next.
    message: String,
    /// The backend's last lines, oldest first.
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
