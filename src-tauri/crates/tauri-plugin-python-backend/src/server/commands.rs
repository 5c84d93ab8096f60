//! What the UI may ask about servers.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use tauri::{AppHandle, async_runtime};

use super::{ServerError, check::ServerFound};

/// The address of the server that is used; null for this computer's data.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn get_server(app: AppHandle) -> Result<Option<String>, ServerError> {
    Ok(super::current(&app)?.map(|server| server.to_string()))
}

/// Whether a server can be used. Nothing is changed.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn check_server(app: AppHandle, address: String) -> Result<ServerFound, ServerError> {
    blocking(move || super::check(&app, &address)).await
}

/// Checks it once more, then uses it. The page must be loaded anew afterwards.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn use_server(app: AppHandle, address: String) -> Result<(), ServerError> {
    blocking(move || super::use_server(&app, &address)).await
}

/// Back to this computer's data. The page must be loaded anew afterwards.
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
        .unwrap_or_else(|error| Err(ServerError::NotKept(error.to_string())))
}
