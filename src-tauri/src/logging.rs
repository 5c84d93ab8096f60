//! The shell's own log, beside the backend's.

use std::path::Path;

use log::LevelFilter;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_log::{Builder, RotationStrategy, Target, TargetKind};

/// Inside the data folder.
pub const FOLDER: &str = "logs";
const MAX_FILE_BYTES: u128 = 5 * 1024 * 1024;
const FILES_KEPT: usize = 3;

/// Writes `shell.log`, and to the terminal while developing or where the file can't be written.
pub fn start(app: &AppHandle, data_dir: &Path) -> tauri::Result<()> {
    let file = Target::new(TargetKind::Folder {
        path: data_dir.join(FOLDER),
        file_name: Some("shell".into()),
    });
    let terminal = || Target::new(TargetKind::Stderr);
    let mut targets = vec![file];
    if cfg!(debug_assertions) {
        targets.push(terminal());
    }
    app.plugin(plugin(targets))
        .or_else(|_| app.plugin(plugin(vec![terminal()])))
}

fn plugin(targets: Vec<Target>) -> TauriPlugin<Wry> {
    Builder::new()
        .targets(targets)
        .level(LevelFilter::Info)
        .max_file_size(MAX_FILE_BYTES)
        .rotation_strategy(RotationStrategy::KeepSome(FILES_KEPT))
        .build()
}
