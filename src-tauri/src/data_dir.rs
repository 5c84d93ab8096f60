//! The one folder everything of the person's is kept in.

use std::{fs::DirBuilder, path::PathBuf};

use tauri::{AppHandle, Manager};

pub fn path(app: &AppHandle) -> tauri::Result<PathBuf> {
    app.path().app_data_dir()
}

/// Makes the folder if it is missing. It, and what the shell writes to it from now on, is its owner's only.
///
/// One that can't be made is no error here: the backend finds the same, and its failure has a screen.
pub fn create(app: &AppHandle) -> tauri::Result<PathBuf> {
    let path = path(app)?;
    #[cfg(unix)]
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Err(error) = builder.recursive(true).create(&path) {
        eprintln!("{} can't be made: {error}", path.display());
    }
    Ok(path)
}
