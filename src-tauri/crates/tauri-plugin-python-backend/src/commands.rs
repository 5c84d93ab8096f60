//! Commands that the page can invoke.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use std::path::{Path, PathBuf};

use backend_supervisor::{Backend, BackendError, Failure, Supervisor};
use serde::Serialize;
use tauri::{AppHandle, Manager, async_runtime};

use crate::{
    csp, data_dir, logging,
    recovery::{self, Recovery},
    reports::{self, Json},
    server,
    shell::{self, Shell},
    window::{self, PageTheme},
};

/// Address and launch token of the ready backend.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Connection {
    #[serde(flatten)]
    backend: Backend,
    /// Whether the page's content security policy allows the address. If not, the page must be reloaded.
    allowed_by_csp: bool,
}

/// Starts the backend unless it is running, and waits until it is ready. With a local backend, each page invokes it once when it loads.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn start_backend(app: AppHandle) -> Result<Connection, BackendError> {
    #[cfg(feature = "hot-reload")]
    crate::hot::emit_report(&app);
    connect(&app, Supervisor::start).await
}

/// Stops the backend gracefully, starts it again and waits until it is ready.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn restart_backend(app: AppHandle) -> Result<Connection, BackendError> {
    connect(&app, Supervisor::restart).await
}

/// Like `start_backend`, on any free port instead of the configured one.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn start_backend_on_another_port(app: AppHandle) -> Result<Connection, BackendError> {
    connect(&app, Supervisor::start_on_another_port).await
}

async fn connect(
    app: &AppHandle,
    start: fn(&Supervisor) -> Result<Backend, BackendError>,
) -> Result<Connection, BackendError> {
    if server::retry_read_choice(app)
        && let Err(error) = server::start_or_suspend(app)
            .map_err(tauri::Error::from)
            .and_then(|()| window::reload(app))
    {
        log::error!("the page was not reloaded: {error}");
    }
    if !server::is_local(app) {
        return Err(Failure::ServerInUse.into());
    }
    let supervisor = app.state::<Shell>().supervisor();
    let result = async_runtime::spawn_blocking(move || start(&supervisor)).await;
    // The join fails only if the app exits.
    let backend = result.map_err(|_| Failure::Stopping)??;
    let allowed_by_csp = csp::allows(app, &backend);
    Ok(Connection {
        backend,
        allowed_by_csp,
    })
}

/// Path of the data dir.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn get_app_data_dir(app: AppHandle) -> Result<PathBuf, String> {
    data_dir::path(&app).map_err(|error| error.to_string())
}

/// The newest backups and the command that restores one, for use without a running backend.
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

/// Opens the log folder in the system's file manager.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn open_logs(app: AppHandle) -> Result<(), String> {
    open_folder(&get_app_data_dir(app)?.join(logging::FOLDER))
}

/// Opens the data dir in the system's file manager.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn open_data_dir(app: AppHandle) -> Result<(), String> {
    open_folder(&get_app_data_dir(app)?)
}

fn open_folder(folder: &Path) -> Result<(), String> {
    tauri_plugin_opener::open_path(folder, None::<&str>).map_err(|error| {
        format!(
            "The folder {} could not be opened: {error}. Open it in your file manager.",
            folder.display()
        )
    })
}

/// Components of the app with their licenses and license texts, as JSON.
#[tauri::command(async)]
#[cfg_attr(test, specta::specta)]
pub fn get_licenses(app: AppHandle) -> Result<Json, String> {
    reports::read(&app, &reports::LICENSES)
}

/// Bill of materials as `CycloneDX` JSON.
#[tauri::command(async)]
#[cfg_attr(test, specta::specta)]
pub fn get_bill_of_materials(app: AppHandle) -> Result<Json, String> {
    reports::read(&app, &reports::BILL_OF_MATERIALS)
}

/// Sets the theme of the window's frame and menu. `choice`: null for the system's theme; `background`: the page's current theme.
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
