//! Updates of the app. Disabled unless the build has a key and an endpoint; the user starts each step.

pub mod commands;
mod error;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tauri::{AppHandle, Config, Manager};
use tauri_plugin_updater::{Update, Updater, UpdaterExt};

use crate::shell::Shell;
pub use error::UpdateError;

/// Name of the updater plugin in the configuration.
const PLUGIN: &str = "updater";

/// Timeout of the update check.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Timeout between two received chunks of a download.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A newer version that the endpoint offers.
#[derive(Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct UpdateOffer {
    version: String,
    notes: Option<String>,
}

/// Progress of a download in bytes. `total` is null if the server does not send the size.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct UpdateProgress {
    received: u64,
    total: Option<u64>,
}

#[derive(Default)]
struct Updates {
    pending: Mutex<Option<PendingUpdate>>,
    /// Locked while the app's files are replaced.
    installing: Mutex<()>,
}

struct PendingUpdate {
    update: Update,
    /// The downloaded package, whose signature is verified.
    package: Option<Vec<u8>>,
}

/// Whether the configuration has the updater plugin, which a build with keys adds.
pub fn are_enabled(config: &Config) -> bool {
    config.plugins.0.contains_key(PLUGIN)
}

/// Configures the updater of a debug build from the variable `APP_UPDATES` (the plugin's configuration as JSON).
///
/// # Errors
/// If the variable is not JSON.
pub fn configure_from_env(config: &mut Config) -> Result<(), serde_json::Error> {
    if let Some(json) = std::env::var_os("APP_UPDATES") {
        let settings = serde_json::from_str(&json.to_string_lossy())?;
        config.plugins.0.insert(PLUGIN.into(), settings);
    }
    Ok(())
}

pub fn set_up(app: &AppHandle) -> tauri::Result<()> {
    app.manage(Updates::default());
    if are_enabled(app.config()) {
        app.plugin(tauri_plugin_updater::Builder::new().build())?;
    }
    Ok(())
}

/// Checks for a newer version; `None` if there is none.
async fn check(app: &AppHandle) -> Result<Option<UpdateOffer>, UpdateError> {
    let update = updater(app)?.check().await?;
    let offer = update.as_ref().map(|update| UpdateOffer {
        version: update.version.clone(),
        notes: update.body.clone(),
    });
    *lock(&app.state::<Updates>().pending) = update.map(|update| PendingUpdate {
        update,
        package: None,
    });
    Ok(offer)
}

fn updater(app: &AppHandle) -> Result<Updater, UpdateError> {
    if !are_enabled(app.config()) {
        return Err(UpdateError::Off);
    }
    let updater = app
        .updater_builder()
        .timeout(RESPONSE_TIMEOUT)
        // Enforces https for downloads as well. The plugin enforces it for the configured endpoints only.
        .configure_client(|client| {
            client
                .https_only(cfg!(not(debug_assertions)))
                .read_timeout(READ_TIMEOUT)
        })
        .build()?;
    Ok(updater)
}

/// Downloads the pending update and verifies its signature. Calls `on_progress` for each percent, or each MiB if the size is
/// unknown.
async fn download(
    app: &AppHandle,
    on_progress: impl Fn(UpdateProgress) + Send,
) -> Result<(), UpdateError> {
    let pending = || lock(&app.state::<Updates>().inner().pending);
    let update = match pending().as_ref() {
        Some(PendingUpdate { update, .. }) => update.clone(),
        None => return Err(UpdateError::NoPendingUpdate),
    };
    let (mut received, mut reported) = (0, None);
    let package = update
        .download(
            |length, total| {
                received += length as u64;
                let step = total.map_or(received >> 20, |total| received * 100 / total.max(1));
                if reported.replace(step) != Some(step) {
                    on_progress(UpdateProgress { received, total });
                }
            },
            || (),
        )
        .await?;
    *pending() = Some(PendingUpdate {
        update,
        package: Some(package),
    });
    Ok(())
}

/// Installs the downloaded update and restarts the app. Returns only on failure: the app is unchanged then, and its backend is
/// started again. Blocks.
fn install(app: &AppHandle) -> Result<(), UpdateError> {
    let updates = app.state::<Updates>();
    let installing = lock(&updates.installing);
    let pending = lock(&updates.pending).take();
    let Some(PendingUpdate {
        update,
        package: Some(package),
    }) = pending
    else {
        return Err(UpdateError::NoPendingUpdate);
    };
    let shell = app.state::<Shell>();
    // The installer replaces the backend's interpreter and modules.
    shell.supervisor().stop();
    log::info!("installing version {}", update.version);
    // On Windows this process exits once the installer runs.
    if let Err(error) = update.install(&package) {
        log::error!("version {} was not installed: {error}", update.version);
        *lock(&updates.pending) = Some(PendingUpdate {
            update,
            package: Some(package),
        });
        shell.recreate_supervisor(app);
        return Err(UpdateError::not_installed(&error));
    }
    drop(installing);
    app.restart()
}

/// Waits for a running installation.
pub fn wait_for_install(app: &AppHandle) {
    if let Some(updates) = app.try_state::<Updates>() {
        drop(lock(&updates.installing));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
