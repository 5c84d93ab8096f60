//! What the UI may ask of the shell.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use std::path::{Path, PathBuf};

use serde::Serialize;
use tauri::{AppHandle, State, Theme, async_runtime, ipc::Response};
use tauri_plugin_opener::OpenerExt;

use crate::{
    Shell, data_dir, logging, page_policy,
    recovery::{self, Recovery},
    reports, server,
    supervisor::{Backend, BackendError, Failure, Supervisor},
    window,
};

#[derive(Serialize)]
pub struct Connection {
    #[serde(flatten)]
    backend: Backend,
    /// Whether the page's content security policy lets it connect there; if not, the page must be loaded again.
    admitted: bool,
}

/// Waits until the backend serves; tries afresh after a failure. Every page asks it first.
#[tauri::command]
pub async fn start_backend(
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Connection, BackendError> {
    #[cfg(debug_assertions)]
    crate::hot::announce_to(&app);
    connect(&app, &shell, Supervisor::start).await
}

/// Ends the backend cleanly and starts another; waits until that one serves.
#[tauri::command]
pub async fn restart_backend(
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Connection, BackendError> {
    connect(&app, &shell, Supervisor::restart).await
}

/// As `start_backend`, on any port instead of the pinned one.
#[tauri::command]
pub async fn use_another_port(
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Connection, BackendError> {
    connect(&app, &shell, Supervisor::start_on_another_port).await
}

async fn connect(
    app: &AppHandle,
    shell: &Shell,
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
    let supervisor = shell.supervisor();
    let answer = async_runtime::spawn_blocking(move || ask(&supervisor)).await;
    // Only the end of the app cuts a waiting thread short.
    let backend = answer.map_err(|_| Failure::Stopping)??;
    let admitted = page_policy::admits(app, &backend);
    Ok(Connection { backend, admitted })
}

#[tauri::command]
pub fn get_app_data_dir(app: AppHandle) -> Result<PathBuf, String> {
    data_dir::path(&app).map_err(|error| error.to_string())
}

/// The newest backups and how to restore one, for as long as there is no backend to ask.
#[tauri::command]
pub fn get_recovery(app: AppHandle, shell: State<'_, Shell>) -> Result<Recovery, String> {
    Ok(recovery::find(
        &shell.launch.program,
        &get_app_data_dir(app)?,
    ))
}

/// Shows the folder of the logs in the system's file manager.
#[tauri::command]
pub fn open_logs(app: AppHandle) -> Result<(), String> {
    open_folder(&app, &get_app_data_dir(app.clone())?.join(logging::FOLDER))
}

/// Shows the data folder in the system's file manager.
#[tauri::command]
pub fn open_data_dir(app: AppHandle) -> Result<(), String> {
    open_folder(&app, &get_app_data_dir(app.clone())?)
}

fn open_folder(app: &AppHandle, folder: &Path) -> Result<(), String> {
    app.opener()
        .open_path(folder.to_string_lossy(), None::<&str>)
        .map_err(|error| {
            format!(
                "The folder {} could not be opened: {error}. Open it by hand.",
                folder.display()
            )
        })
}

/// What the app is made of, with licences and their texts: the JSON that `runtime/inventory/licenses.py` writes.
#[tauri::command(async)]
pub fn get_licences(app: AppHandle) -> Result<Response, String> {
    reports::read(&app, &reports::LICENCES).map(Response::new)
}

/// The same as a bill of materials, for other programs.
#[tauri::command(async)]
pub fn get_bill_of_materials(app: AppHandle) -> Result<Response, String> {
    reports::read(&app, &reports::BILL_OF_MATERIALS).map(Response::new)
}

/// Gives frame and menu the page's theme. Without a `choice` they stay as the system has them.
#[tauri::command]
pub fn dress_window(app: AppHandle, choice: Option<Theme>, ground: Theme) -> Result<(), String> {
    window::dress(&app, choice, ground).map_err(|error| error.to_string())
}

#[tauri::command]
pub fn quit(app: AppHandle) {
    crate::quit(&app);
}
