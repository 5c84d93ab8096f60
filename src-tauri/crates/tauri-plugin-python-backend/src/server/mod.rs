//! The choice between local data and a server: stores it, checks the server, and switches.

mod address;
mod check;
mod choice;
pub mod commands;
mod error;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tauri::{AppHandle, Manager};

pub use address::Address;
pub use error::{CommandError, ServerError};

use crate::{
    data_dir, launch,
    shell::{self, Shell},
};
use check::{Api, ServerFound};

/// `None` for local data.
type Choice = Result<Option<Address>, ServerError>;

struct ServerState {
    choice: Mutex<Choice>,
    /// Whether the choice was not read because the data dir is not trusted.
    unread: AtomicBool,
    /// Serializes switches.
    switching: Mutex<()>,
}

/// Reads the choice. Must be called before all other functions of this module. `data_dir`: `None` if it is not trusted.
pub fn set_up(app: &AppHandle, data_dir: Option<&Path>) {
    let choice = data_dir.map_or(Ok(None), choice::read);
    if let Err(error) = &choice {
        log::error!("{error}");
    }
    app.manage(ServerState {
        choice: Mutex::new(choice),
        unread: AtomicBool::new(data_dir.is_none()),
        switching: Mutex::default(),
    });
}

/// Reads the choice if the data dir has become trusted. Returns whether the page must be reloaded: a server is chosen, or the choice can't be read.
pub fn retry_read_choice(app: &AppHandle) -> bool {
    let server = app.state::<ServerState>();
    let Ok(folder) = data_dir::path(app) else {
        return false;
    };
    if data_dir::trusted(&folder).is_none() || !server.unread.swap(false, Ordering::Relaxed) {
        return false;
    }
    *lock(&server.choice) = choice::read(&folder);
    !is_local(app)
}

/// Whether the app uses local data and a local backend.
pub fn is_local(app: &AppHandle) -> bool {
    matches!(current(app), Ok(None))
}

/// Whether the page's requests stay on this computer.
#[cfg(target_os = "linux")]
pub fn is_loopback(app: &AppHandle) -> bool {
    current(app).is_ok_and(|choice| choice.is_none_or(|server| server.is_loopback()))
}

/// The chosen server; `None` for local data.
///
/// # Errors
/// [`ServerError::ChoiceDamaged`].
pub fn current(app: &AppHandle) -> Choice {
    lock(&app.state::<ServerState>().choice).clone()
}

/// Starts the local backend, or suspends it if a server is chosen or the choice can't be read, in a background thread.
pub fn start_or_suspend(app: &AppHandle) -> std::io::Result<()> {
    let supervisor = app.state::<Shell>().supervisor();
    if is_local(app) {
        return shell::start_in_background(&supervisor);
    }
    let suspend = move || Arc::clone(&supervisor).suspend();
    let thread = thread::Builder::new().name("suspend backend".into());
    thread.spawn(suspend).map(drop)
}

fn parse(app: &AppHandle, typed: &str) -> Result<Address, ServerError> {
    Address::parse(typed, &shell::config(app).api_path)
}

fn api(app: &AppHandle) -> Api<'_> {
    let config = shell::config(app);
    Api {
        path: &config.api_path,
        version: config.api_version,
    }
}

/// Blocks, on a slow network for seconds.
fn check(app: &AppHandle, typed: &str) -> Result<ServerFound, ServerError> {
    let (address, api) = (parse(app, typed)?, api(app));
    check::check(&address, api, &launch::origin(app))
}

/// Switches to a server, effective with the next page load. Returns when the local backend has exited.
fn use_server(app: &AppHandle, typed: &str) -> Result<(), ServerError> {
    let address = parse(app, typed)?;
    check::check(&address, api(app), &launch::origin(app))?;
    let state = app.state::<ServerState>();
    let switching = lock(&state.switching);
    save(app, |folder| choice::save_server(folder, &address))?;
    log::info!("the app uses the server {address}");
    *lock(&state.choice) = Ok(Some(address));
    app.state::<Shell>().supervisor().suspend();
    drop(switching);
    apply_proxy_mode(app);
    Ok(())
}

/// Switches back to local data, and starts the backend in the background.
fn use_local_data(app: &AppHandle) -> Result<(), ServerError> {
    let state = app.state::<ServerState>();
    let _switching = lock(&state.switching);
    save(app, choice::save_local)?;
    log::info!("the app uses local data");
    *lock(&state.choice) = Ok(None);
    apply_proxy_mode(app);
    // The choice is saved, and the reloaded page starts the backend if it is not running.
    if let Err(error) = start_or_suspend(app) {
        log::error!("the backend was not started: {error}");
    }
    Ok(())
}

fn save(
    app: &AppHandle,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<(), ServerError> {
    let saved = data_dir::path(app).map(|folder| write(&folder));
    saved
        .map_err(|error| ServerError::NotSaved(error.to_string()))?
        .map_err(|error| ServerError::NotSaved(error.to_string()))
}

/// The webviews of other systems bypass the proxy for loopback addresses automatically.
#[cfg(not(target_os = "linux"))]
fn apply_proxy_mode(_: &AppHandle) {}

#[cfg(target_os = "linux")]
fn apply_proxy_mode(app: &AppHandle) {
    if let Err(error) = crate::window::apply_proxy_mode(app) {
        log::error!("the webview's proxy settings were not changed: {error}");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
