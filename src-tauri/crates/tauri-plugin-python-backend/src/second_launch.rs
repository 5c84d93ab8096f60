//! A line in the terminal for whoever launches the app a second time and gets the first one's window.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{
    Manager, Resource, Wry,
    plugin::{Builder, TauriPlugin},
};

static IS_FIRST: AtomicBool = AtomicBool::new(false);

/// Dropped when the plugin that lets only one launch live ends the process, which tells nobody else.
struct Notice;

impl Resource for Notice {}

impl Drop for Notice {
    fn drop(&mut self) {
        if !IS_FIRST.load(Ordering::Relaxed) {
            println!("The app is already running: its window was brought to the front.");
        }
    }
}

/// To be registered before that plugin.
pub fn notice() -> TauriPlugin<Wry> {
    Builder::new("second-launch")
        .setup(|app, _| {
            app.resources_table().add(Notice);
            Ok(())
        })
        .build()
}

/// Only the first launch comes as far as to call this.
pub fn is_the_first() {
    IS_FIRST.store(true, Ordering::Relaxed);
}
