//! The desktop app: its commands, and the plugin that opens the windows and runs the Python backend.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_python_backend::{self as python_backend, BackendError, Connection};

/// Runs the app until its window is closed.
///
/// # Errors
/// If Tauri can't build the app, for example because the plugin's configuration is invalid, or if `APP_UPDATES` of a
/// debug build is not JSON.
///
/// # Panics
/// If [`python_backend::start`] fails (Tauri panics if `setup` returns an error). On Linux also if GTK can't be
/// initialized.
pub fn run() -> tauri::Result<()> {
    let context = python_backend::development(tauri::generate_context!())?;
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    tauri::Builder::default()
        .plugin(python_backend::init(checkout))
        .invoke_handler(tauri::generate_handler![start_backend, get_app_data_dir])
        .setup(|app| python_backend::start(app))
        .build(context)?
        .run(|_, _| {});
    Ok(())
}

/// The plugin's command of the same name, callable without the plugin prefix, for pages and tests that omit the prefix.
#[tauri::command]
async fn start_backend(app: AppHandle) -> Result<Connection, BackendError> {
    python_backend::start_backend(app).await
}

/// The plugin's command of the same name, callable without the plugin prefix.
#[tauri::command]
#[allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]
fn get_app_data_dir(app: AppHandle) -> Result<PathBuf, String> {
    python_backend::app_data_dir(&app).map_err(|error| error.to_string())
}
