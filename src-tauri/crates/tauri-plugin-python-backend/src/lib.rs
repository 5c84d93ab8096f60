//! A Tauri plugin for apps whose backend is a Python process.
//!
//! Opens the windows of tauri.conf.json, runs the bundled interpreter under [`backend_supervisor`], and provides commands and
//! events for the page (guest-js/). [`Config`] is its configuration, `plugins.python-backend` in tauri.conf.json.

#[cfg(all(feature = "hot-reload", not(debug_assertions)))]
compile_error!("hot-reload is for debug builds: build the release without this feature");

#[macro_use]
mod command_list;
#[cfg(test)]
mod bindings;
mod commands;
mod config;
mod csp;
mod data_dir;
mod downloads;
mod events;
mod file_names;
#[cfg(feature = "hot-reload")]
mod hot;
mod launch;
mod logging;
mod menu;
mod navigation;
mod recovery;
mod reports;
mod second_instance;
mod server;
mod shell;
mod stored_theme;
mod updates;
#[cfg(target_os = "linux")]
mod webkit;
mod window;

use std::{error::Error, path::PathBuf};

use tauri::{
    App, AppHandle, Manager, RunEvent, WindowEvent, Wry,
    plugin::{Builder as PluginBuilder, TauriPlugin},
};
use tauri_plugin_window_state::StateFlags;

pub use backend_supervisor::BackendError;
pub use commands::Connection;
pub use config::{Background, Config};
pub use csp::LOCAL_SOURCE;

/// The plugin's name, in commands, permissions and the configuration.
const NAME: &str = "python-backend";

/// In a debug build, appends `.dev` to the identifier, so that the app has another data dir, and reads the updater's configuration
/// from the variable `APP_UPDATES` (JSON). Does nothing in a release build.
///
/// # Errors
/// If `APP_UPDATES` is not JSON.
pub fn development(mut context: tauri::Context<Wry>) -> tauri::Result<tauri::Context<Wry>> {
    if cfg!(debug_assertions) {
        context.config_mut().identifier.push_str(".dev");
        updates::configure_from_env(context.config_mut())?;
    }
    Ok(context)
}

/// Creates the plugin. `checkout`: folder in whose `build/` a debug build finds the staged runtime; ignored in a release build.
/// The app's setup must call [`start`].
pub fn init(checkout: impl Into<PathBuf>) -> TauriPlugin<Wry, Config> {
    let checkout = launch::Checkout(checkout.into());
    PluginBuilder::<Wry, Config>::new(NAME)
        .invoke_handler(with_commands!(tauri::generate_handler))
        .setup(|app, api| {
            app.manage(api.config().clone());
            app.manage(checkout);
            Ok(())
        })
        .on_event(on_event)
        .build()
}

/// Starts the backend and opens the windows. Registers the log, single-instance, updater and window-state plugins. A second
/// instance of the app focuses the window of the first instance and exits.
///
/// # Errors
/// If the window system, the data dir or the supervisor can't be set up.
pub fn start(app: &App) -> Result<(), Box<dyn Error>> {
    let handle = app.handle();
    second_instance::register_notice(handle);
    handle.plugin(tauri_plugin_single_instance::init(|app, _, _| {
        window::focus(app);
    }))?;
    second_instance::mark_first();
    let window_state = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    handle.plugin(
        tauri_plugin_window_state::Builder::new()
            .with_state_flags(window_state)
            .build(),
    )?;
    let data_dir = data_dir::create(handle)?;
    let trusted = data_dir::trusted(&data_dir);
    logging::start(handle, trusted)?;
    server::set_up(handle, trusted);
    csp::set_up(handle);
    handle.on_menu_event(|app, event| menu::on_event(app, &event));

    let launch = launch::config(handle, &data_dir)?;
    #[cfg(feature = "hot-reload")]
    let supervisor = hot::create_supervisor(handle, trusted, launch.clone())?;
    #[cfg(not(feature = "hot-reload"))]
    let supervisor = shell::create_supervisor(handle, launch.clone())?;
    app.manage(shell::Shell::new(launch, supervisor));
    updates::set_up(handle)?;
    server::start_or_suspend(handle)?;

    let on_signal = handle.clone();
    ctrlc::set_handler(move || shell::quit(&on_signal))?;
    window::open(app, trusted.and_then(stored_theme::read))?;
    Ok(())
}

/// Like the command `start_backend`.
///
/// # Errors
/// Why no backend runs.
pub async fn start_backend(app: AppHandle) -> Result<Connection, BackendError> {
    commands::start_backend(app).await
}

/// Stem and suffix of the reports in the app's resources: the license report and the bill of materials.
pub const REPORTS: [(&str, &str); 2] = [
    (reports::LICENSES.stem, reports::LICENSES.suffix),
    (
        reports::BILL_OF_MATERIALS.stem,
        reports::BILL_OF_MATERIALS.suffix,
    ),
];

/// Path of the data dir.
///
/// # Errors
/// If the system has no such folder.
pub fn app_data_dir(app: &AppHandle) -> tauri::Result<PathBuf> {
    data_dir::path(app)
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    match event {
        RunEvent::WindowEvent {
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } => {
            // The window stays open and shows that the backend is stopping.
            api.prevent_close();
            shell::quit(app);
        }
        // Quit in the Dock menu of macOS sends only `Exit`.
        RunEvent::ExitRequested { .. } => shell::stop(app),
        RunEvent::Exit => {
            shell::stop(app);
            data_dir::remove_temporary(app);
        }
        _ => {}
    }
}
