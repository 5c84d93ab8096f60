//! Supervises one backend process: starts it, waits until it is ready, checks its health, restarts and stops it.
//!
//! Knows no Tauri types. One long-lived thread owns the child and all of its state, so there is nothing to lock,
//! and the kernel's parent-death signal, which follows the thread that spawned, comes when the shell dies and no sooner.

pub mod command_line;
pub mod environment;
mod error;
pub mod files;
#[cfg(windows)]
mod handover;
mod health;
mod keeper;
mod lock;
mod output;
pub mod private_dir;
mod process;
mod ready;
mod restart_budget;
mod running;
mod runtime_check;
mod socket;
mod state;
mod token;
mod unavailable;
mod versions;
mod watch;

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::PathBuf,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

pub use error::{BackendError, Failure};
pub use lock::FILE as LOCK_FILE;
pub use ready::CONTRACT;
pub use socket::CONFIG_FILE;
pub use state::{Backend, State};
pub use token::LaunchToken;
pub use versions::{Version, Versions};

/// Error code of the 503 that requests get while no backend runs.
pub const UNAVAILABLE_CODE: &str = "backend_unavailable";

use keeper::{Keeper, Message};
use socket::{SharedAddress, Socket};
use versions::Installed;

/// What to run. The environment is the child's whole environment, see [`environment`].
#[derive(Debug, Clone)]
pub struct Launch {
    /// The interpreter.
    pub program: PathBuf,
    /// The arguments that have it run what was installed.
    pub args: Vec<OsString>,
    /// Where it runs.
    pub working_dir: PathBuf,
    /// Every variable it gets, but the launch token and the numbers of what is handed over.
    pub env: Vec<(OsString, OsString)>,
    /// Where it keeps its data; the port that a person may have pinned is read from its config.json.
    pub data_dir: PathBuf,
    /// The list of the runtime's files and their sums, to find out what is damaged when it doesn't start.
    pub manifest: PathBuf,
    /// What is requested of it.
    pub endpoints: Endpoints,
    /// How long it may take over things.
    pub limits: Limits,
}

/// Paths that the supervisor requests of the backend.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Answers `true`, without the launch token.
    pub health: String,
    /// Answers process id and code digest once the backend reaches its database.
    pub identity: String,
}

impl Endpoints {
    /// The paths in an API at `path`, which has no slash at its end.
    #[must_use]
    pub fn under(path: &str) -> Self {
        Self {
            health: format!("{path}/utils/health-check/"),
            identity: format!("{path}/utils/ready/"),
        }
    }
}

/// How long the supervisor waits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Delay before a start is reported as slow.
    pub slow_after: Duration,
    /// Start deadline, restarted by each sign of progress.
    pub start_within: Duration,
    /// Start deadline, whatever progress there is.
    pub start_at_most: Duration,
    /// Start deadline of a handover's candidate.
    pub candidate_start_within: Duration,
    /// Delay before a candidate is reported as slow.
    pub candidate_slow_after: Duration,
    /// Health check interval.
    pub check_every: Duration,
    /// Health check timeout.
    pub check_within: Duration,
    /// Timeout of the check that confirms a missed one, before the backend is killed.
    pub confirm_within: Duration,
    /// Limit of restarts in a row.
    pub restarts: u32,
    /// Backoff before the first restart; it quadruples with each.
    pub restart_wait: Duration,
    /// Uptime after which the restart budget resets.
    pub steady_after: Duration,
    /// Uptime after which a version that passes a health check is confirmed.
    pub probation: Duration,
    /// Drain timeout of a replaced process.
    pub drain: Duration,
    /// How long a backend counts as stopped by a debugger after it last said so.
    pub pause_lease: Duration,
    /// A thread that wakes so much later than it wished to was asleep with the machine. (Some systems' clocks stop
    /// meanwhile, others go on.)
    pub asleep_after: Duration,
    /// Graceful shutdown timeout, before the process tree is killed.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            slow_after: Duration::from_secs(5),
            start_within: Duration::from_secs(60),
            start_at_most: Duration::from_secs(30 * 60),
            candidate_start_within: Duration::from_secs(20),
            candidate_slow_after: Duration::from_millis(1_400),
            check_every: Duration::from_secs(10),
            check_within: Duration::from_secs(5),
            confirm_within: Duration::from_secs(30),
            restarts: 3,
            restart_wait: Duration::from_millis(250),
            steady_after: Duration::from_secs(60),
            probation: Duration::from_secs(10),
            drain: Duration::from_secs(35),
            pause_lease: Duration::from_secs(10),
            asleep_after: Duration::from_secs(5),
            grace: Duration::from_secs(5),
        }
    }
}

/// The handle of a supervised backend. Dropping it stops the backend.
#[derive(Debug)]
pub struct Supervisor {
    keeper: Sender<Message>,
    address: SharedAddress,
}

impl Supervisor {
    /// Prepares to run `launch`: the address is bound, nothing is started yet. `on_state` is called with each new state,
    /// from the keeper's thread.
    ///
    /// # Errors
    /// When the system gives no thread or no random bytes.
    pub fn new(
        launch: Launch,
        on_state: impl FnMut(&State) + Send + 'static,
    ) -> std::io::Result<Self> {
        let installed = Installed(launch.args.clone());
        Self::with_versions(launch, Box::new(installed), on_state)
    }

    /// As [`Self::new`], running what `versions` says.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn with_versions(
        launch: Launch,
        versions: Box<dyn Versions>,
        on_state: impl FnMut(&State) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, inbox) = channel();
        let mut socket = Socket::new(&launch.data_dir)?;
        let address = socket.address();
        if let Err(error) = socket.open() {
            log::warn!("{error}"); // the first start tries again, and reports it
        }
        let keeper = Keeper::new(launch, versions, socket, on_state, sender.clone(), inbox);
        thread::Builder::new()
            .name("backend keeper".into())
            .spawn(move || keeper.run())?;
        Ok(Self {
            keeper: sender,
            address,
        })
    }

    /// The address that the backend serves, or is going to. `None` if the pinned port is taken.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.get()
    }

    /// Waits for a backend that serves. Joins a start under way, returns at once if it is ready, tries afresh after a failure.
    ///
    /// # Errors
    /// Why it did not come up, or [`Failure::Stopping`] after [`Self::stop`].
    pub fn start(&self) -> Result<Backend, BackendError> {
        self.ask(Message::Start)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// As [`Self::start`], on any port instead of the pinned one, until the app ends or another one is pinned.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_on_another_port(&self) -> Result<Backend, BackendError> {
        self.ask(Message::StartElsewhere)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Ends the backend, if there is one, and starts another on the same socket, or on the port pinned since. Waits as [`Self::start`] does.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn restart(&self) -> Result<Backend, BackendError> {
        self.ask(Message::Restart)
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Has `version` take over. `beside`: it is started and checked while the present one serves, which is drained
    /// afterwards; otherwise the present one is ended first. Where that fails, or none serves, the versions say what runs
    /// instead.
    ///
    /// # Errors
    /// Why it did not take over; one that was started beside the present one has changed nothing then.
    pub fn replace(&self, version: Version, beside: bool) -> Result<Backend, BackendError> {
        self.ask(|answer| Message::Replace(version, beside, answer))
            .unwrap_or_else(|| Err(Failure::Stopping.into()))
    }

    /// Ends the backend, if there is one, and starts none until [`Self::start`] is called. Meanwhile the data dir stays
    /// locked. Returns when nothing of the backend is left.
    pub fn suspend(&self) {
        // No answer means that the keeper has already finished.
        self.ask(Message::Suspend);
    }

    /// Ends the backend for good and returns when nothing of it is left. May be called any number of times.
    pub fn stop(&self) {
        // No answer means that the keeper has already finished.
        self.ask(Message::Stop);
    }

    fn ask<T>(&self, message: impl FnOnce(Sender<T>) -> Message) -> Option<T> {
        let (reply, answer) = channel();
        self.keeper.send(message(reply)).ok()?;
        answer.recv().ok()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}
