//! The desktop shell: one window, and the Python backend behind it. This file is wiring only.

mod commands;
mod data_dir;
mod downloads;
mod file_names;
#[cfg(debug_assertions)]
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
mod theme_choice;
mod updates;
#[cfg(target_os = "linux")]
mod web_process;
mod window;

use std::{
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tauri::{App, AppHandle, Emitter, Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use backend_supervisor::{self as supervisor, Launch, State, Supervisor, command_line, files};

/// The backend as the commands see it.
struct Shell {
    supervisor: Mutex<Arc<Supervisor>>,
    launch: Launch,
}

impl Shell {
    fn supervisor(&self) -> Arc<Supervisor> {
        Arc::clone(&self.held())
    }

    fn held(&self) -> MutexGuard<'_, Arc<Supervisor>> {
        let held = self.supervisor.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a backend after the supervisor of the last one was told to stop.
    fn begin_again(&self, app: &AppHandle) {
        let begun = supervise(app, self.launch.clone()).and_then(|fresh| {
            *self.held() = fresh;
            server::begin(app)
        });
        if let Err(error) = begun {
            log::error!("the backend was not started again: {error}");
        }
    }
}

/// Runs the app until its window is closed.
///
/// # Errors
/// When the window system, the data folder or the backend's supervisor can't be set up.
pub fn run() -> tauri::Result<()> {
    let mut context = tauri::generate_context!();
    if cfg!(debug_assertions) {
        // An installed app's data must not be touched by the one being developed.
        context.config_mut().identifier.push_str(".dev");
        updates::configure_by_environment(context.config_mut())?;
    }
    let app = tauri::Builder::default()
        .plugin(second_launch::notice())
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            window::focus(app);
        }))
        .plugin(
            // `links` decides, and the page may open nothing itself.
            tauri_plugin_opener::Builder::new()
                .open_js_links_on_click(false)
                .build(),
        )
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .on_menu_event(|app, event| menu::on_event(app, &event))
        .invoke_handler(tauri::generate_handler![
            commands::start_backend,
            commands::restart_backend,
            commands::use_another_port,
            commands::get_recovery,
            commands::get_app_data_dir,
            commands::open_data_dir,
            commands::open_logs,
            commands::get_licences,
            commands::get_bill_of_materials,
            commands::dress_window,
            updates::commands::are_updates_on,
            updates::commands::check_for_update,
            updates::commands::download_update,
            updates::commands::install_update,
            server::commands::get_server,
            server::commands::check_server,
            server::commands::use_server,
            server::commands::use_local_data,
            commands::quit,
        ])
        .setup(set_up)
        .build(context)?;
    app.run(|app, event| match event {
        RunEvent::WindowEvent {
            event: tauri::WindowEvent::CloseRequested { api, .. },
            ..
        } => {
            // The window stays to show that the backend is finishing its work.
            api.prevent_close();
            quit(app);
        }
        // macOS' own Quit sends only the second of these.
        RunEvent::ExitRequested { .. } => stop(app),
        RunEvent::Exit => {
            stop(app);
            data_dir::remove_temporary(app);
        }
        _ => {}
    });
    Ok(())
}

fn set_up(app: &mut App) -> Result<(), Box<dyn Error>> {
    second_launch::is_the_first();
    let data_dir = data_dir::create(app.handle())?;
    let trusted = data_dir::trusted(&data_dir);
    logging::start(app.handle(), trusted)?;
    server::set_up(app.handle(), trusted);
    page_policy::set_up(app.handle());

    let launch = launch::command(app.handle(), &data_dir)?;
    #[cfg(debug_assertions)]
    let supervisor = hot::supervise(app.handle(), trusted, launch.clone())?;
    #[cfg(not(debug_assertions))]
    let supervisor = supervise(app.handle(), launch.clone())?;
    app.manage(Shell {
        supervisor: Mutex::new(supervisor),
        launch,
    });
    updates::set_up(app.handle())?;
    server::begin(app.handle())?;

    let asked_by_signal = app.handle().clone();
    ctrlc::set_handler(move || quit(&asked_by_signal))?;
    window::open(app, trusted.and_then(theme_choice::read))?;
    Ok(())
}

/// Nothing is started yet.
fn supervise(app: &AppHandle, launch: Launch) -> std::io::Result<Arc<Supervisor>> {
    let announce = app.clone();
    Supervisor::new(launch, move |state| announce_state(&announce, state)).map(Arc::new)
}

/// The interpreter and the webview start side by side. How it went is told by the states, and to `start_backend`.
fn start_in_background(supervisor: &Arc<Supervisor>) -> std::io::Result<()> {
    let supervisor = Arc::clone(supervisor);
    thread::Builder::new()
        .name("first start".into())
        .spawn(move || supervisor.start())
        .map(drop)
}

/// While a server is used, what becomes of the backend here is no concern of the page's.
fn announce_state(app: &AppHandle, state: &State) {
    if !server::is_local(app) {
        return;
    }
    if let Err(error) = app.emit("backend-state", state) {
        log::error!("the window was not told of the backend's state: {error}");
    }
}

/// Stops the backend, then the app, without blocking the window meanwhile.
fn quit(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        stop(&app);
        updates::let_finish(&app);
        app.exit(0);
    });
}

fn stop(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Shell>() {
        shell.supervisor().stop();
    }
}
