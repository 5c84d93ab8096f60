//! The shell's log, `logs/shell.log` in the data dir.

use std::{fs::OpenOptions, path::Path};

use log::LevelFilter;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_log::{Builder, RotationStrategy, Target, TargetKind};

use backend_supervisor::files;

/// Name of the log folder in the data dir.
pub const FOLDER: &str = "logs";
const FILE: &str = "shell";
const MAX_FILE_BYTES: u128 = 5 * 1024 * 1024;
const MAX_FILES: usize = 3;

/// Starts logging to `shell.log`, and to stderr in debug builds or if the file can't be written. `data_dir`: `None` if it is not
/// trusted.
pub fn start(app: &AppHandle, data_dir: Option<&Path>) -> tauri::Result<()> {
    let stderr = || Target::new(TargetKind::Stderr);
    let mut targets: Vec<_> = data_dir.and_then(file).into_iter().collect();
    if cfg!(debug_assertions) || targets.is_empty() {
        targets.push(stderr());
    }
    app.plugin(plugin(targets))
        .or_else(|_| app.plugin(plugin(vec![stderr()])))
}

/// The log file; `None` if it is a link, belongs to another user or can't be created.
fn file(data_dir: &Path) -> Option<Target> {
    let path = data_dir.join(FOLDER);
    let log = path.join(format!("{FILE}.log"));
    // The log plugin follows symbolic links, so check the path first.
    let usable = files::create_dir(&path)
        .and_then(|()| files::open(&log, OpenOptions::new().append(true).create(true)));
    if let Err(error) = usable {
        eprintln!("{} can't be written: {error}", log.display());
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
        .rotation_strategy(RotationStrategy::KeepSome(MAX_FILES))
        .build()
}
