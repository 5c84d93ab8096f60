// Declares the plugin's commands. `build.rs` includes this file to generate the permissions; the crate passes the list to Tauri's
// invoke handler and to the generator of guest-js/bindings.ts.
macro_rules! with_commands {
    ($($macro:tt)*) => {
        $($macro)*![
            commands::start_backend,
            commands::restart_backend,
            commands::start_backend_on_another_port,
            commands::get_recovery,
            commands::get_app_data_dir,
            commands::open_data_dir,
            commands::open_logs,
            commands::get_licenses,
            commands::get_bill_of_materials,
            commands::set_window_theme,
            commands::quit,
            updates::commands::are_updates_on,
            updates::commands::check_for_update,
            updates::commands::download_update,
            updates::commands::install_update,
            server::commands::get_server,
            server::commands::check_server,
            server::commands::use_server,
            server::commands::use_local_data,
        ]
    };
}
