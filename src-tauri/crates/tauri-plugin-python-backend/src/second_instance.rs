//! The message that a second instance of the app prints before it exits.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager, Resource};

static IS_FIRST: AtomicBool = AtomicBool::new(false);

/// Dropped on Linux and Windows when the single-instance plugin exits the process. On macOS the plugin exits without
/// dropping it, so nothing is printed. The plugin has no other hook in the second instance.
struct Notice;

impl Resource for Notice {}

impl Drop for Notice {
    fn drop(&mut self) {
        if !IS_FIRST.load(Ordering::Relaxed) {
            println!("The app is already running: its window was brought to the front.");
        }
    }
}

/// Must be called before the single-instance plugin is registered.
pub fn register_notice(app: &AppHandle) {
    app.resources_table().add(Notice);
}

/// Must be called after the plugin is registered: the registration exits a second instance.
pub fn mark_first() {
    IS_FIRST.store(true, Ordering::Relaxed);
}
