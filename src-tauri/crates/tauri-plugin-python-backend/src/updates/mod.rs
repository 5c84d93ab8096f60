//! Updates of the app itself. Off unless the build was given a key and an address; each step waits for somebody's click.

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

/// The plugin's name in the configuration.
const PLUGIN: &str = "updater";

/// How long the endpoint may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A download that stands still for longer has failed.
const STILL_AT_MOST: Duration = Duration::from_secs(60);

/// A newer version, as the endpoint announces it.
#[derive(Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct UpdateOffer {
    version: String,
    notes: Option<String>,
}

/// How far a download is, in bytes. `total` is null where the server doesn't say.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct UpdateProgress {
    received: u64,
    total: Option<u64>,
}

#[derive(Default)]
struct Updates {
    found: Mutex<Option<Found>>,
    /// Held while files of the app are replaced.
    installing: Mutex<()>,
}

struct Found {
    update: Update,
    /// Its signature has been checked.
    package: Option<Vec<u8>>,
}

/// What `scripts/release/bundle_overlay.py` adds to the configuration when it has the keys.
pub fn are_on(config: &Config) -> bool {
    config.plugins.0.contains_key(PLUGIN)
}

/// For debug builds, which have no keys of their own: `APP_UPDATES` is the JSON that would be in the configuration.
pub fn configure_by_environment(config: &mut Config) -> Result<(), serde_json::Error> {
    if let Some(json) = std::env::var_os("APP_UPDATES") {
        let settings = serde_json::from_str(&json.to_string_lossy())?;
        config.plugins.0.insert(PLUGIN.into(), settings);
    }
    Ok(())
}

pub fn set_up(app: &AppHandle) -> tauri::Result<()> {
    app.manage(Updates::default());
    if are_on(app.config()) {
        app.plugin(tauri_plugin_updater::Builder::new().build())?;
    }
    Ok(())
}

/// Asks the endpoint. None if there is nothing newer.
async fn check(app: &AppHandle) -> Result<Option<UpdateOffer>, UpdateError> {
    let update = updater(app)?.check().await?;
    let offer = update.as_ref().map(|update| UpdateOffer {
        version: update.version.clone(),
        notes: update.body.clone(),
    });
    *lock(&app.state::<Updates>().found) = update.map(|update| Found {
        update,
        package: None,
    });
    Ok(offer)
}

fn updater(app: &AppHandle) -> Result<Updater, UpdateError> {
    if !are_on(app.config()) {
        return Err(UpdateError::Off);
    }
    let updater = app
        .updater_builder()
        .timeout(ANSWER_WITHIN)
        // Also for what the endpoint refers to. The plugin asks for it only where the configuration is concerned.
        .configure_client(|client| {
            client
                .https_only(cfg!(not(debug_assertions)))
                .read_timeout(STILL_AT_MOST)
        })
        .build()?;
    Ok(updater)
}

/// Fetches what was found last and checks its signature. `on_progress` is told each full percent, or MiB.
async fn download(
    app: &AppHandle,
    on_progress: impl Fn(UpdateProgress) + Send,
) -> Result<(), UpdateError> {
    let found = || lock(&app.state::<Updates>().inner().found);
    let update = match found().as_ref() {
        Some(Found { update, .. }) => update.clone(),
        None => return Err(UpdateError::NothingFound),
    };
    let (mut received, mut told) = (0, None);
    let package = update
        .download(
            |length, total| {
                received += length as u64;
                let step = total.map_or(received >> 20, |total| received * 100 / total.max(1));
                if told.replace(step) != Some(step) {
                    on_progress(UpdateProgress { received, total });
                }
            },
            || (),
        )
        .await?;
    *found() = Some(Found {
        update,
        package: Some(package),
    });
    Ok(())
}

/// Replaces the app by what was downloaded and starts it anew. Returns only if that failed: then the app is as it
/// was, with its backend running again. Blocks.
fn install(app: &AppHandle) -> Result<(), UpdateError> {
    let updates = app.state::<Updates>();
    let installing = lock(&updates.installing);
    let found = lock(&updates.found).take();
    let Some(Found {
        update,
        package: Some(package),
    }) = found
    else {
        return Err(UpdateError::NothingFound);
    };
    let shell = app.state::<Shell>();
    // Its interpreter and modules are among the files that are replaced.
    shell.supervisor().stop();
    log::info!("installing version {}", update.version);
    // On Windows this ends the process, once the installer runs.
    if let Err(error) = update.install(&package) {
        log::error!("version {} was not installed: {error}", update.version);
        *lock(&updates.found) = Some(Found {
            update,
            package: Some(package),
        });
        shell.recreate(app);
        return Err(UpdateError::not_installed(&error));
    }
    drop(installing);
    app.restart()
}

/// Returns once nothing is being replaced any more.
pub fn let_finish(app: &AppHandle) {
    if let Some(updates) = app.try_state::<Updates>() {
        drop(lock(&updates.installing));
    }
}

/// What a thread left behind that panicked is still what was found.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
