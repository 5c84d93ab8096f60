//! Supervises one backend process: starts it, waits until it is ready, checks its health, restarts and stops it.
//!
//! One thread, the actor, owns the process and all of its state. It lives as long as the app, because on Linux the kernel
//! sends a process SIGTERM when the thread that spawned it exits.

mod actor;
pub mod command_line;
mod contract;
pub mod environment;
mod error;
pub mod files;
mod health;
mod health_monitor;
mod lock;
mod log_tail;
pub mod private_dir;
mod process;
mod restart_budget;
mod runtime_check;
mod socket;
mod spawn;
mod state;
mod token;
mod unavailable_responder;
mod versions;
#[cfg(windows)]
mod windows_handover;

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::PathBuf,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

pub use contract::CONTRACT;
pub use error::{BackendError, Failure};
pub use lock::FILE as LOCK_FILE;
pub use socket::CONFIG_FILE;
pub use state::{Backend, State};
pub use token::LaunchToken;
pub use versions::{Version, VersionSelector};

/// Error code of the 503 response after a start or restart has failed, or while the backend is suspended.
pub const UNAVAILABLE_CODE: &str = "backend_unavailable";

use actor::{Actor, Message};
use socket::{SharedAddress, Socket};
use versions::InstalledVersion;

/// Configuration of the backend process.
#[derive(Debug, Clone)]
pub struct LaunchConfig {
    /// Path of the Python interpreter.
    pub program: PathBuf,
    /// Interpreter arguments that run the installed version.
    pub args: Vec<OsString>,
    /// Working directory.
    pub working_dir: PathBuf,
    /// The complete environment (see [`environment`]), to which the supervisor adds the launch token and descriptors.
    pub env: Vec<(OsString, OsString)>,
    /// The data dir. Its config.json may configure a port.
    pub data_dir: PathBuf,
    /// SHA-256 manifest of the runtime's files, compared after a failed start.
    pub manifest: PathBuf,
    /// Paths of health checks.
    pub endpoints: Endpoints,
    /// Timeouts and the restart limit.
    pub limits: Limits,
}

/// Paths of the backend's health checks.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Responds `true`, without the launch token.
    pub health: String,
    /// Responds with process id and code digest if the backend reaches its database.
    pub ready: String,
}

impl Endpoints {
    /// The paths of an API at `path`, which has no trailing slash.
    #[must_use]
    pub fn under(path: &str) -> Self {
        Self {
            health: format!("{path}/utils/health-check/"),
            ready: format!("{path}/utils/ready/"),
        }
    }
}

/// Timeouts and the restart limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time after which a start is reported as slow.
    pub slow_after: Duration,
    /// Start timeout. Each `progress` event restarts it.
    pub start_timeout: Duration,
    /// Total start timeout, which progress does not extend.
    pub max_start_time: Duration,
    /// Start timeout of a candidate.
    pub candidate_start_timeout: Duration,
    /// Time after which the start of a candidate is reported as slow.
    pub candidate_slow_after: Duration,
    /// Health check interval.
    pub check_interval: Duration,
    /// Health check timeout.
    pub check_timeout: Duration,
    /// Timeout of the second health check, which confirms a failed one before the backend is killed.
    pub confirm_timeout: Duration,
    /// Limit of consecutive restarts.
    pub max_restarts: u32,
    /// Backoff before the first restart; it quadruples with each further one.
    pub restart_backoff: Duration,
    /// Uptime after which the restart budget resets.
    pub steady_after: Duration,
    /// Uptime after which a version that passes a health check is confirmed.
    pub probation: Duration,
    /// Drain timeout of a replaced process.
    pub drain_timeout: Duration,
    /// Time after a `paused` event during which the process counts as paused by a debugger.
    pub pause_lease: Duration,
    /// If a wait exceeds its timeout by this much, the machine has slept, and the deadlines are extended. On systems
    /// whose `Instant` does not advance during sleep (Linux, macOS), they need no extension.
    pub sleep_threshold: Duration,
    /// Graceful shutdown timeout, after which the process tree is killed.
    pub grace_period: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            slow_after: Duration::from_secs(5),
            start_timeout: Duration::from_secs(60),
            max_start_time: Duration::from_secs(30 * 60),
            candidate_start_timeout: Duration::from_secs(20),
            candidate_slow_after: Duration::from_millis(1_400),
            check_interval: Duration::from_secs(10),
            check_timeout: Duration::from_secs(5),
            confirm_timeout: Duration::from_secs(30),
            max_restarts: 3,
            restart_backoff: Duration::from_millis(250),
            steady_after: Duration::from_secs(60),
            probation: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(35),
            pause_lease: Duration::from_secs(10),
            sleep_threshold: Duration::from_secs(5),
            grace_period: Duration::from_secs(5),
        }
    }
}

/// Handle of a supervised backend. Dropping it stops the backend.
#[derive(Debug)]
pub struct Supervisor {
    actor: Sender<Message>,
    address: SharedAddress,
}

impl Supervisor {
    /// Binds the address and starts the supervisor's thread, but no process. That thread calls `on_state` with each new state.
    ///
    /// # Errors
    /// If the thread or the launch token can't be created.
    pub fn new(
        launch: LaunchConfig,
        on_state: impl FnMut(&State) + Send + 'static,
    ) -> std::io::Result<Self> {
        let installed = InstalledVersion(launch.args.clone());
        Self::with_version_selector(launch, Box::new(installed), on_state)
    }

    /// Like [`Self::new`], but runs the versions that `versions` selects.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn with_version_selector(
        launch: LaunchConfig,
        versions: Box<dyn VersionSelector>,
        on_state: impl FnMut(&State) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, inbox) = channel();
        let mut socket = Socket::new(&launch.data_dir)?;
        let address = socket.address();
        if let Err(error) = socket.open() {
            log::warn!("{error}"); // the first start tries again and reports the error
        }
        let actor = Actor::new(launch, versions, socket, on_state, sender.clone(), inbox);
        thread::Builder::new()
            .name("supervisor".into())
            .spawn(move || actor.run())?;
        Ok(Self {
            actor: sender,
            address,
        })
    }

    /// The bound address. `None` while the socket is not bound, for example because the configured port is in use.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.get()
    }

    /// Waits until the backend is ready. Starts it if none is running or starting. Blocks.
    ///
    /// # Errors
    /// Why the start failed, or [`Failure::Stopping`] after [`Self::stop`].
    pub fn start(&self) -> Result<Backend, BackendError> {
        self.request(Message::Start)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Like [`Self::start`], on any free port instead of the configured one, until the app exits or the configured port changes.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_on_another_port(&self) -> Result<Backend, BackendError> {
        self.request(Message::StartOnAnotherPort)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Stops the backend if it runs, and starts it again on the same socket, or on another one if a different port is configured.
    /// Waits like [`Self::start`].
    ///
    /// # Errors
    /// As for [`Self::start`], and [`Failure::Stopping`] after [`Self::suspend`].
    pub fn restart(&self) -> Result<Backend, BackendError> {
        self.request(Message::Restart)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Replaces the running version with `version`. With `rolling` the candidate is started and checked while the current process
    /// serves, which then drains its connections; otherwise the current process is stopped first. If no backend is ready,
    /// starts `version`. Waits until it is ready.
    ///
    /// # Errors
    /// Why `version` failed, [`Failure::Superseded`] if a newer call or [`Self::restart`] replaces it before it is
    /// ready, [`Failure::Stopping`] after [`Self::suspend`] or [`Self::stop`]. A failed rolling replacement does not affect the current process.
    /// After any other failure, [`VersionSelector::on_failure`] decides whether the version of
    /// [`VersionSelector::select`] is started.
    pub fn replace(&self, version: Version, rolling: bool) -> Result<Backend, BackendError> {
        self.request(|reply| Message::Replace(version, rolling, reply))
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Spawns the standby process unless it exists, if a backend is ready and [`VersionSelector::standby_args`] returns arguments.
    /// Does not wait.
    pub fn prepare_standby(&self) {
        // Fails only if the actor has exited.
        let _ = self.actor.send(Message::PrepareStandby);
    }

    /// Stops the backend and locks the data dir until [`Self::start`] is called. Returns when the process tree has exited.
    pub fn suspend(&self) {
        // No reply means that the actor has exited.
        self.request(Message::Suspend);
    }

    /// Stops the backend permanently. Returns when the process tree has exited. Further calls do nothing.
    pub fn stop(&self) {
        // No reply means that the actor has exited.
        self.request(Message::Stop);
    }

    fn request<T>(&self, message: impl FnOnce(Sender<T>) -> Message) -> Option<T> {
        let (reply, response) = channel();
        self.actor.send(message(reply)).ok()?;
        response.recv().ok()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}
