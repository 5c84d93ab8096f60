//! Creates the supervisor at the app's start, recreates it after a failed update, and stops it at the app's exit.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use backend_supervisor::{LaunchConfig, State, Supervisor};
use tauri::{AppHandle, Manager};

use crate::{Config, events::Event, server, updates};

/// State shared by commands and event handlers.
pub(crate) struct Shell {
    pub(crate) launch: LaunchConfig,
    supervisor: Mutex<Arc<Supervisor>>,
}

impl Shell {
    pub(crate) fn new(launch: LaunchConfig, supervisor: Arc<Supervisor>) -> Self {
        Self {
            launch,
            supervisor: Mutex::new(supervisor),
        }
    }

    pub(crate) fn supervisor(&self) -> Arc<Supervisor> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Supervisor>> {
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces a stopped supervisor. Starts the backend, or suspends it if a server is chosen or the choice can't be read.
    pub(crate) fn recreate_supervisor(&self, app: &AppHandle) {
        let started = create_supervisor(app, self.launch.clone()).and_then(|supervisor| {
            *self.lock() = supervisor;
            server::start_or_suspend(app)
        });
        if let Err(error) = started {
            log::error!("the backend was not restarted: {error}");
        }
    }
}

/// The plugin's configuration.
pub(crate) fn config(app: &AppHandle) -> &Config {
    app.state::<Config>().inner()
}

/// Creates the supervisor. The backend is not started yet.
pub(crate) fn create_supervisor(
    app: &AppHandle,
    launch: LaunchConfig,
) -> std::io::Result<Arc<Supervisor>> {
    let listener = app.clone();
    Supervisor::new(launch, move |state| emit_state(&listener, state)).map(Arc::new)
}

/// Starts the backend in a thread, concurrently with the webview. States and `start_backend` report the outcome.
pub(crate) fn start_in_background(supervisor: &Arc<Supervisor>) -> std::io::Result<()> {
    let supervisor = Arc::clone(supervisor);
    thread::Builder::new()
        .name("first start".into())
        .spawn(move || supervisor.start())
        .map(drop)
}

/// Emits the state, unless a server is chosen or the choice can't be read.
pub(crate) fn emit_state(app: &AppHandle, state: &State) {
    if server::is_local(app) {
        state.clone().emit(app);
    }
}

/// Stops the backend and exits the app, in a thread so that the window is not blocked.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        stop(&app);
        updates::wait_for_install(&app);
        app.exit(0);
    });
}

pub(crate) fn stop(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Shell>() {
        shell.supervisor().stop();
    }
}
