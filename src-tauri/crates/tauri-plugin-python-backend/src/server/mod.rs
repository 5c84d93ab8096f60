//! A server's data in place of this computer's: the choice, what is asked of a server before it is used, and the switch.

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

/// `None` for this computer's data.
type Choice = Result<Option<Address>, ServerError>;

struct Server {
    choice: Mutex<Choice>,
    /// There was no data dir that could be trusted.
    unread: AtomicBool,
    /// Held while it is changed, with all that follows.
    switching: Mutex<()>,
}

/// Reads the choice. To be called before anything else asks for it. `None`: there is no data dir that can be trusted.
pub fn set_up(app: &AppHandle, data_dir: Option<&Path>) {
    let choice = data_dir.map_or(Ok(None), choice::read);
    if let Err(error) = &choice {
        log::error!("{error}");
    }
    app.manage(Server {
        choice: Mutex::new(choice),
        unread: AtomicBool::new(data_dir.is_none()),
        switching: Mutex::default(),
    });
}

/// Reads the choice once the data dir can be trusted, if it could not before. Whether the page must be loaded again, because
/// the choice is not this computer's data.
pub fn read_late(app: &AppHandle) -> bool {
    let server = app.state::<Server>();
    let Ok(folder) = data_dir::path(app) else {
        return false;
    };
    if data_dir::trusted(&folder).is_none() || !server.unread.swap(false, Ordering::Relaxed) {
        return false;
    }
    *lock(&server.choice) = choice::read(&folder);
    !is_local(app)
}

/// Whether the app works on this computer's data, with a backend of its own.
pub fn is_local(app: &AppHandle) -> bool {
    matches!(current(app), Ok(None))
}

/// Whether what the page asks stays on this machine.
#[cfg(target_os = "linux")]
pub fn is_loopback(app: &AppHandle) -> bool {
    current(app).is_ok_and(|choice| choice.is_none_or(|server| server.is_loopback()))
}

/// The address of the server that is used.
///
/// # Errors
/// [`ServerError::ChoiceDamaged`].
pub fn current(app: &AppHandle) -> Choice {
    lock(&app.state::<Server>().choice).clone()
}

/// The first start of the backend, or the rest that it has while a server is used. Neither is waited for.
pub fn begin(app: &AppHandle) -> std::io::Result<()> {
    let supervisor = app.state::<Shell>().supervisor();
    if is_local(app) {
        return shell::start_in_background(&supervisor);
    }
    let resting = move || Arc::clone(&supervisor).suspend();
    let thread = thread::Builder::new().name("backend's rest".into());
    thread.spawn(resting).map(drop)
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

/// Blocks, for seconds if the network is slow.
fn check(app: &AppHandle, typed: &str) -> Result<ServerFound, ServerError> {
    let (address, api) = (parse(app, typed)?, api(app));
    check::check(&address, api, &launch::origin(app))
}

/// From the next load of the page on, the app works on that server's data. Returns once no backend runs here any more.
fn use_server(app: &AppHandle, typed: &str) -> Result<(), ServerError> {
    let address = parse(app, typed)?;
    check::check(&address, api(app), &launch::origin(app))?;
    let state = app.state::<Server>();
    let switching = lock(&state.switching);
    keep(app, |folder| choice::keep_server(folder, &address))?;
    log::info!("the app uses the server {address}");
    *lock(&state.choice) = Ok(Some(address));
    app.state::<Shell>().supervisor().suspend();
    drop(switching);
    route(app);
    Ok(())
}

/// The same with this computer's data, which nobody has touched meanwhile. The backend is on its way afterwards.
fn use_local_data(app: &AppHandle) -> Result<(), ServerError> {
    let state = app.state::<Server>();
    let _switching = lock(&state.switching);
    keep(app, choice::keep_local)?;
    log::info!("the app uses this computer's data");
    *lock(&state.choice) = Ok(None);
    route(app);
    begin(app).map_err(|error| ServerError::NotKept(error.to_string()))
}

fn keep(
    app: &AppHandle,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<(), ServerError> {
    let kept = data_dir::path(app).map(|folder| write(&folder));
    kept.map_err(|error| ServerError::NotKept(error.to_string()))?
        .map_err(|error| ServerError::NotKept(error.to_string()))
}

/// The other systems' web views decide it by themselves.
#[cfg(not(target_os = "linux"))]
fn route(_: &AppHandle) {}

#[cfg(target_os = "linux")]
fn route(app: &AppHandle) {
    if let Err(error) = crate::window::route(app) {
        log::error!("the page's way to the network was not changed: {error}");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
