//! A Tauri plugin for apps whose backend is a Python process.
//!
//! It opens the windows of tauri.conf.json, runs the bundled interpreter under [`backend_supervisor`], and offers the page
//! commands and events: see guest-js/. The app's facts are [`Config`], `plugins.python-backend` in tauri.conf.json.

#[cfg(all(feature = "hot-reload", not(debug_assertions)))]
compile_error!("hot-reload is for debug builds: build the release without this feature");

#[macro_use]
mod command_list;
#[cfg(test)]
mod bindings;
mod commands;
mod config;
mod data_dir;
mod downloads;
mod events;
mod file_names;
#[cfg(feature = "hot-reload")]
mod hot;
mod launch;
mod links;
mod logging;
mod menu;
mod page_policy;
mod recovery;
mod reports;
mod second_launch;
mod server;
mod shell;
mod theme_choice;
mod updates;
#[cfg(target_os = "linux")]
mod web_process;
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
pub use page_policy::LOCAL_SOURCE;

/// The plugin's name, in commands, permissions and the configuration.
const NAME: &str = "python-backend";

/// In a debug build, gives the app an identifier, hence a data dir, of its own, and takes the updater's configuration as
/// JSON from the variable `APP_UPDATES`. A release build is left as it is.
///
/// # Errors
/// When `APP_UPDATES` is not JSON.
pub fn development(mut context: tauri::Context<Wry>) -> tauri::Result<tauri::Context<Wry>> {
    if cfg!(debug_assertions) {
        context.config_mut().identifier.push_str(".dev");
        updates::configure_by_environment(context.config_mut())?;
    }
    Ok(context)
}

/// The plugin. `checkout` is the folder in whose `build/` a debug build finds the staged runtime; a release build does not
/// read it. [`start`] must be called in the app's setup.
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

/// Starts the backend and opens the windows. Registers the plugins that it works with: log, single instance, updater and
/// window state. A second launch of the app ends here, after it brought the first one's window to the front.
///
/// # Errors
/// When the window system, the data dir or the supervisor can't be set up.
pub fn start(app: &App) -> Result<(), Box<dyn Error>> {
    let handle = app.handle();
    second_launch::notice(handle);
    handle.plugin(tauri_plugin_single_instance::init(|app, _, _| {
        window::focus(app);
    }))?;
    second_launch::is_the_first();
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
    page_policy::set_up(handle);
    handle.on_menu_event(|app, event| menu::on_event(app, &event));

    let launch = launch::command(handle, &data_dir)?;
    #[cfg(feature = "hot-reload")]
    let supervisor = hot::supervise(handle, trusted, launch.clone())?;
    #[cfg(not(feature = "hot-reload"))]
    let supervisor = shell::supervise(handle, launch.clone())?;
    app.manage(shell::Shell::new(launch, supervisor));
    updates::set_up(handle)?;
    server::begin(handle)?;

    let on_signal = handle.clone();
    ctrlc::set_handler(move || shell::quit(&on_signal))?;
    window::open(app, trusted.and_then(theme_choice::read))?;
    Ok(())
}

/// As the command `start_backend`.
///
/// # Errors
/// Why there is no backend.
pub async fn start_backend(app: AppHandle) -> Result<Connection, BackendError> {
    commands::start_backend(app).await
}

/// Stem and suffix of each report among the app's resources: the licenses and the bill of materials.
pub const REPORTS: [(&str, &str); 2] = [
    (reports::LICENCES.stem, reports::LICENCES.suffix),
    (
        reports::BILL_OF_MATERIALS.stem,
        reports::BILL_OF_MATERIALS.suffix,
    ),
];

/// The folder of the app's data.
///
/// # Errors
/// When the system names no such folder.
pub fn app_data_dir(app: &AppHandle) -> tauri::Result<PathBuf> {
    data_dir::path(app)
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    match event {
        RunEvent::WindowEvent {
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } => {
            // The window stays to show that the backend is finishing its work.
            api.prevent_close();
            shell::quit(app);
        }
        // macOS' own Quit sends only the second of these.
        RunEvent::ExitRequested { .. } => shell::stop(app),
        RunEvent::Exit => {
            shell::stop(app);
            data_dir::remove_temporary(app);
        }
        _ => {}
    }
}
