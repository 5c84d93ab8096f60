//! The one folder everything of the person's is kept in.

use std::{fs::DirBuilder, path::PathBuf};

use tauri::{AppHandle, Manager};

pub fn path(app: &AppHandle) -> tauri::Result<PathBuf> {
    app.path().app_data_dir()
}

/// Makes the folder if it is missing, for its owner only.
pub fn create(app: &AppHandle) -> tauri::Result<PathBuf> {
    let path = path(app)?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&path)?;
    Ok(path)
}
