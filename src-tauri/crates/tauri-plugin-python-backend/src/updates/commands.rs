//! What the UI may ask about updates. The plugin's own commands are granted to no page.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use tauri::{AppHandle, async_runtime, ipc::Channel};

use super::{UpdateError, UpdateOffer, UpdateProgress};

/// Whether this build has what it takes to look for updates.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn are_updates_on(app: AppHandle) -> bool {
    super::are_on(app.config())
}

/// Null if there is nothing newer.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn check_for_update(app: AppHandle) -> Result<Option<UpdateOffer>, UpdateError> {
    super::check(&app).await
}

/// Fetches what the last check found.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn download_update(
    app: AppHandle,
    on_progress: Channel<UpdateProgress>,
) -> Result<(), UpdateError> {
    super::download(&app, |progress| {
        if let Err(error) = on_progress.send(progress) {
            log::error!("the window was not told of the download: {error}");
        }
    })
    .await
}

/// Ends the backend, replaces the app by what was downloaded, and starts that. Answers only when it failed.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn install_update(app: AppHandle) -> Result<(), UpdateError> {
    async_runtime::spawn_blocking(move || super::install(&app))
        .await
        .unwrap_or_else(|error| Err(UpdateError::NotInstalled(error.to_string())))
}
