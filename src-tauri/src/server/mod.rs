//! A server's data in place of this computer's: the choice, what is asked of a server before it is used, and the switch.

mod address;
mod check;
mod choice;
pub mod commands;
mod error;

use std::{
    borrow::Cow,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tauri::{
    AppHandle, Manager,
    http::{HeaderValue, Response, header::CONTENT_SECURITY_POLICY},
};

pub use address::{API, Address};
pub use error::ServerError;

use crate::{Shell, data_dir, launch, window};
use check::Found;

/// How the page's content security policy names the backend of this computer, whose port is another at each start.
const LOCAL_SOURCE: &str = "http://127.0.0.1:*";

/// `None` for this computer's data.
type Choice = Result<Option<Address>, ServerError>;

struct Server {
    choice: Mutex<Choice>,
    /// Held while it is changed, with all that follows.
    switching: Mutex<()>,
}

/// Reads the choice. To be called before anything else asks for it.
pub fn set_up(app: &AppHandle, data_dir: &Path) {
    let choice = choice::read(data_dir);
    if let Err(error) = &choice {
        log::error!("{error}");
    }
    app.manage(Server {
        choice: Mutex::new(choice),
        switching: Mutex::default(),
    });
}

/// Whether the app works on this computer's data, with a backend of its own.
pub fn is_local(app: &AppHandle) -> bool {
    matches!(current(app), Ok(None))
}

/// Whether what the page asks stays on this machine.
pub fn is_loopback(app: &AppHandle) -> bool {
    current(app).is_ok_and(|choice| choice.is_none_or(|server| server.is_loopback()))
}

fn current(app: &AppHandle) -> Choice {
    lock(&app.state::<Server>().choice).clone()
}

/// The first start of the backend, or the rest that it has while a server is used. Neither is waited for.
pub fn begin(app: &AppHandle) -> std::io::Result<()> {
    let supervisor = app.state::<Shell>().supervisor();
    if is_local(app) {
        return crate::start_in_background(&supervisor);
    }
    let resting = move || Arc::clone(&supervisor).rest();
    let thread = thread::Builder::new().name("backend's rest".into());
    thread.spawn(resting).map(drop)
}

/// Lets the page connect to the server that is used, and then to nothing else.
pub fn admit(app: &AppHandle, page: &mut Response<Cow<'static, [u8]>>) {
    let Ok(Some(server)) = current(app) else {
        return;
    };
    let Some(policy) = page.headers_mut().get_mut(CONTENT_SECURITY_POLICY) else {
        return;
    };
    let admitting = policy
        .to_str()
        .map(|it| it.replace(LOCAL_SOURCE, server.as_str()));
    // What can't be put into a header lets nothing in.
    *policy = admitting
        .ok()
        .and_then(|it| HeaderValue::from_str(&it).ok())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
}

/// Blocks, for seconds if the network is slow.
fn check(app: &AppHandle, typed: &str) -> Result<Found, ServerError> {
    check::check(&Address::parse(typed)?, &launch::origin(app))
}

/// From the next load of the page on, the app works on that server's data. Returns once no backend runs here any more.
fn use_server(app: &AppHandle, typed: &str) -> Result<(), ServerError> {
    let address = Address::parse(typed)?;
    check::check(&address, &launch::origin(app))?;
    let state = app.state::<Server>();
    let switching = lock(&state.switching);
    keep(app, |folder| choice::keep_server(folder, &address))?;
    log::info!("the app uses the server {address}");
    *lock(&state.choice) = Ok(Some(address));
    app.state::<Shell>().supervisor().rest();
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

fn route(app: &AppHandle) {
    if let Err(error) = window::route(app) {
        log::error!("the page's way to the network was not changed: {error}");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::LOCAL_SOURCE;

    #[test]
    fn the_pages_policy_names_the_local_backend_as_it_is_looked_for() {
        let config: serde_json::Value =
            serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        for policy in ["csp", "devCsp"] {
            let sources = &config["app"]["security"][policy]["connect-src"];
            let named = sources
                .as_str()
                .unwrap()
                .split(' ')
                .filter(|it| *it == LOCAL_SOURCE);
            assert_eq!(named.count(), 1, "{policy}");
        }
    }
}
