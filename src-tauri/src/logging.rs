//! The shell's own log, beside the backend's.

use std::path::Path;

use log::LevelFilter;
use tauri::{Wry, plugin::TauriPlugin};
use tauri_plugin_log::{Builder, RotationStrategy, Target, TargetKind};

/// Inside the data folder.
pub const FOLDER: &str = "logs";
const MAX_FILE_BYTES: u128 = 5 * 1024 * 1024;
const FILES_KEPT: usize = 3;

/// Writes `shell.log`, and to the terminal while developing.
pub fn plugin(data_dir: &Path) -> TauriPlugin<Wry> {
    let mut targets = vec![Target::new(TargetKind::Folder {
        path: data_dir.join(FOLDER),
        file_name: Some("shell".into()),
    })];
    if cfg!(debug_assertions) {
        targets.push(Target::new(TargetKind::Stderr));
    }
    Builder::new()
        .targets(targets)
        .level(LevelFilter::Info)
        .max_file_size(MAX_FILE_BYTES)
        .rotation_strategy(RotationStrategy::KeepSome(FILES_KEPT))
        .build()
}
