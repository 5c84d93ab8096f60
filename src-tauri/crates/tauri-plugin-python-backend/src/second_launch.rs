//! A line in the terminal for whoever launches the app a second time and gets the first one's window.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager, Resource};

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

/// To be called before that plugin is registered.
pub fn notice(app: &AppHandle) {
    app.resources_table().add(Notice);
}

/// Only the first launch comes as far as to call this.
pub fn is_the_first() {
    IS_FIRST.store(true, Ordering::Relaxed);
}
