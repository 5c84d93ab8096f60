//! What the UI may ask about updates. The plugin's own commands are granted to no page.
#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments by value"
)]

use tauri::{AppHandle, async_runtime, ipc::Channel};

use super::{Offer, Progress, UpdateError};

#[tauri::command]
pub fn are_updates_on(app: AppHandle) -> bool {
    super::are_on(app.config())
}

/// Null if there is nothing newer.
#[tauri::command]
pub async fn check_for_update(app: AppHandle) -> Result<Option<Offer>, UpdateError> {
    super::check(&app).await
}

/// Fetches what the last check found.
#[tauri::command]
pub async fn download_update(
    app: AppHandle,
    on_progress: Channel<Progress>,
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
pub async fn install_update(app: AppHandle) -> Result<(), UpdateError> {
    async_runtime::spawn_blocking(move || super::install(&app))
        .await
        .unwrap_or_else(|error| Err(UpdateError::NotInstalled(error.to_string())))
}
