//! The backend's supervisor in the app: started with it, replaced after an update that failed, stopped at its end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use backend_supervisor::{Launch, State, Supervisor};
use tauri::{AppHandle, Manager};

use crate::{Config, events::Event, server, updates};

/// State that commands and window handlers share.
pub(crate) struct Shell {
    pub(crate) launch: Launch,
    supervisor: Mutex<Arc<Supervisor>>,
}

impl Shell {
    pub(crate) fn new(launch: Launch, supervisor: Arc<Supervisor>) -> Self {
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

    /// Starts a backend after its supervisor was stopped.
    pub(crate) fn recreate(&self, app: &AppHandle) {
        let started = supervise(app, self.launch.clone()).and_then(|supervisor| {
            *self.lock() = supervisor;
            server::begin(app)
        });
        if let Err(error) = started {
            log::error!("the backend was not restarted: {error}");
        }
    }
}

/// The app's facts.
pub(crate) fn config(app: &AppHandle) -> &Config {
    app.state::<Config>().inner()
}

/// Starts no process yet.
pub(crate) fn supervise(app: &AppHandle, launch: Launch) -> std::io::Result<Arc<Supervisor>> {
    let listener = app.clone();
    Supervisor::new(launch, move |state| emit_state(&listener, state)).map(Arc::new)
}

/// Starts the interpreter while the webview starts. The states and `start_backend` report the outcome.
pub(crate) fn start_in_background(supervisor: &Arc<Supervisor>) -> std::io::Result<()> {
    let supervisor = Arc::clone(supervisor);
    thread::Builder::new()
        .name("first start".into())
        .spawn(move || supervisor.start())
        .map(drop)
}

/// Emits nothing while a server is used: the page does not use this computer's backend then.
pub(crate) fn emit_state(app: &AppHandle, state: &State) {
    if server::is_local(app) {
        state.clone().emit(app);
    }
}

/// Stops the backend, then exits the app, without blocking the window meanwhile.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        stop(&app);
        updates::let_finish(&app);
        app.exit(0);
    });
}

pub(crate) fn stop(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Shell>() {
        shell.supervisor().stop();
    }
}
