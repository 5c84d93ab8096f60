//! The shell's own log, beside the backend's.

use std::{fs::OpenOptions, path::Path};

use log::LevelFilter;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_log::{Builder, RotationStrategy, Target, TargetKind};

use backend_supervisor::files;

/// Inside the data folder.
pub const FOLDER: &str = "logs";
const FILE: &str = "shell";
const MAX_FILE_BYTES: u128 = 5 * 1024 * 1024;
const FILES_KEPT: usize = 3;

/// Writes `shell.log`, and to the terminal while developing or where the file can't be written. `None`: there is no data
/// dir that can be trusted.
pub fn start(app: &AppHandle, data_dir: Option<&Path>) -> tauri::Result<()> {
    let terminal = || Target::new(TargetKind::Stderr);
    let mut targets: Vec<_> = data_dir.and_then(file).into_iter().collect();
    if cfg!(debug_assertions) || targets.is_empty() {
        targets.push(terminal());
    }
    app.plugin(plugin(targets))
        .or_else(|_| app.plugin(plugin(vec![terminal()])))
}

/// `None` where it is a link, another user's, or can't be made.
fn file(data_dir: &Path) -> Option<Target> {
    let path = data_dir.join(FOLDER);
    let log = path.join(format!("{FILE}.log"));
    // The plugin follows links.
    let usable = files::create_dir(&path)
        .and_then(|()| files::open(&log, OpenOptions::new().append(true).create(true)));
    if let Err(error) = usable {
        eprintln!("{} is not written: {error}", log.display());
        return None;
    }
    Some(Target::new(TargetKind::Folder {
        path,
        file_name: Some(FILE.into()),
    }))
}

fn plugin(targets: Vec<Target>) -> TauriPlugin<Wry> {
    Builder::new()
        .targets(targets)
        .level(LevelFilter::Info)
        .max_file_size(MAX_FILE_BYTES)
        .rotation_strategy(RotationStrategy::KeepSome(FILES_KEPT))
        .build()
}
