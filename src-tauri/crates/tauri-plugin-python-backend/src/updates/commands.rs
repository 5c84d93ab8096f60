//! Commands of the app's updates. No page has permission for the commands of the updater plugin.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use tauri::{AppHandle, async_runtime, ipc::Channel};

use super::{UpdateError, UpdateOffer, UpdateProgress};

/// Whether this build is configured to check for updates.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub fn are_updates_on(app: AppHandle) -> bool {
    super::are_enabled(app.config())
}

/// Checks for a newer version; null if there is none.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn check_for_update(app: AppHandle) -> Result<Option<UpdateOffer>, UpdateError> {
    super::check(&app).await
}

/// Downloads the update that the last check found.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn download_update(
    app: AppHandle,
    on_progress: Channel<UpdateProgress>,
) -> Result<(), UpdateError> {
    super::download(&app, |progress| {
        if let Err(error) = on_progress.send(progress) {
            log::error!("the download progress was not sent: {error}");
        }
    })
    .await
}

/// Stops the backend, installs the downloaded update and restarts the app. Returns only on failure.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub async fn install_update(app: AppHandle) -> Result<(), UpdateError> {
    async_runtime::spawn_blocking(move || super::install(&app))
        .await
        .unwrap_or_else(|error| Err(UpdateError::NotInstalled(error.to_string())))
}
