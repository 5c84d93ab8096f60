//! What the UI may ask of the shell.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use std::path::{Path, PathBuf};

use backend_supervisor::{Backend, BackendError, Failure, Supervisor};
use serde::Serialize;
use tauri::{AppHandle, Manager, async_runtime};

use crate::{
    data_dir, logging, page_policy,
    recovery::{self, Recovery},
    reports::{self, Json},
    server,
    shell::{self, Shell},
    window::{self, PageTheme},
};

/// Where the backend serves, and how to call it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Connection {
    #[serde(flatten)]
    backend: Backend,
    /// Whether the page's content security policy admits this address; if not, the page must be reloaded.
    admitted: bool,
}

/// Waits until the backend serves; tries afresh after a failure. Every page asks it first.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn start_backend(app: AppHandle) -> Result<Connection, BackendError> {
    #[cfg(feature = "hot-reload")]
    crate::hot::announce_to(&app);
    connect(&app, Supervisor::start).await
}

/// Ends the backend cleanly and starts another; waits until that one serves.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn restart_backend(app: AppHandle) -> Result<Connection, BackendError> {
    connect(&app, Supervisor::restart).await
}

/// As `start_backend`, on any port instead of the pinned one.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn use_another_port(app: AppHandle) -> Result<Connection, BackendError> {
    connect(&app, Supervisor::start_on_another_port).await
}

async fn connect(
    app: &AppHandle,
    ask: fn(&Supervisor) -> Result<Backend, BackendError>,
) -> Result<Connection, BackendError> {
    if server::read_late(app)
        && let Err(error) = server::begin(app)
            .map_err(tauri::Error::from)
            .and_then(|()| window::reload(app))
    {
        log::error!("the page was not loaded again: {error}");
    }
    if !server::is_local(app) {
        return Err(Failure::ServerInUse.into());
    }
    let supervisor = app.state::<Shell>().supervisor();
    let answer = async_runtime::spawn_blocking(move || ask(&supervisor)).await;
    // Only the end of the app cuts a waiting thread short.
    let backend = answer.map_err(|_| Failure::Stopping)??;
    let admitted = page_policy::admits(app, &backend);
    Ok(Connection { backend, admitted })
}

/// The folder of the app's data.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn get_app_data_dir(app: AppHandle) -> Result<PathBuf, String> {
    data_dir::path(&app).map_err(|error| error.to_string())
}

/// The newest backups and how to restore one, for as long as there is no backend to ask.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn get_recovery(app: AppHandle) -> Result<Recovery, String> {
    let data_dir = get_app_data_dir(app.clone())?;
    let program = &app.state::<Shell>().launch.program;
    Ok(recovery::find(
        program,
        &shell::config(&app).module_args(),
        &data_dir,
    ))
}

/// Shows the folder of the logs in the system's file manager.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn open_logs(app: AppHandle) -> Result<(), String> {
    open_folder(&get_app_data_dir(app)?.join(logging::FOLDER))
}

/// Shows the data folder in the system's file manager.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn open_data_dir(app: AppHandle) -> Result<(), String> {
    open_folder(&get_app_data_dir(app)?)
}

fn open_folder(folder: &Path) -> Result<(), String> {
    tauri_plugin_opener::open_path(folder, None::<&str>).map_err(|error| {
        format!(
            "The folder {} could not be opened: {error}. Open it by hand.",
            folder.display()
        )
    })
}

/// What the app is made of, with licenses and their texts.
#[tauri::command(async)]
#[cfg_attr(test, specta::specta)]
pub fn get_licences(app: AppHandle) -> Result<Json, String> {
    reports::read(&app, &reports::LICENCES)
}

/// The bill of materials as `CycloneDX` JSON.
#[tauri::command(async)]
#[cfg_attr(test, specta::specta)]
pub fn get_bill_of_materials(app: AppHandle) -> Result<Json, String> {
    reports::read(&app, &reports::BILL_OF_MATERIALS)
}

/// Gives the window's frame and menu the page's theme. Without a `choice` they follow the system's.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn set_window_theme(
    app: AppHandle,
    choice: Option<PageTheme>,
    background: PageTheme,
) -> Result<(), String> {
    window::set_theme(&app, choice.map(Into::into), background.into())
        .map_err(|error| error.to_string())
}

/// Stops the backend, then exits the app.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn quit(app: AppHandle) {
    shell::quit(&app);
}
