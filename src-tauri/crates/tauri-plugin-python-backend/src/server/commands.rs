//! Commands of the server choice.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use tauri::{AppHandle, async_runtime};

use super::{ServerError, check::ServerFound};

/// The URL of the server in use; null for local data.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn get_server(app: AppHandle) -> Result<Option<String>, ServerError> {
    Ok(super::current(&app)?.map(|server| server.to_string()))
}

/// Checks whether a server can be used. Changes nothing.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn check_server(app: AppHandle, address: String) -> Result<ServerFound, ServerError> {
    blocking(move || super::check(&app, &address)).await
}

/// Checks the server again and switches to it. The page must be reloaded afterwards.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn use_server(app: AppHandle, address: String) -> Result<(), ServerError> {
    blocking(move || super::use_server(&app, &address)).await
}

/// Switches back to local data. The page must be reloaded afterwards.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn use_local_data(app: AppHandle) -> Result<(), ServerError> {
    blocking(move || super::use_local_data(&app)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServerError> + Send + 'static,
) -> Result<T, ServerError> {
    async_runtime::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(ServerError::NotSaved(error.to_string())))
}
