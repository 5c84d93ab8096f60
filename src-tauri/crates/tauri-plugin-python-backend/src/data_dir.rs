//! The data dir: the folder that stores all data of the user.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

use backend_supervisor::{LaunchToken, files, private_dir};

/// Path of the data dir.
///
/// # Errors
/// If the system has no such folder.
pub fn path(app: &AppHandle) -> tauri::Result<PathBuf> {
    app.path().app_data_dir()
}

/// Creates the folder with mode 0700, and sets the umask so that the shell creates private files. If the folder can't be created,
/// prints the error. The backend then fails with the same error, and the window shows it.
///
/// # Errors
/// As [`path`].
pub fn create(app: &AppHandle) -> tauri::Result<PathBuf> {
    let path = path(app)?;
    #[cfg(unix)]
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    if let Err(error) = files::private_dir_builder().recursive(true).create(&path) {
        eprintln!("{} could not be created: {error}", path.display());
    }
    Ok(path)
}

/// The folder, or `None` if others own it, or can write to or replace it. The start then fails with `data_dir_not_private`.
pub fn trusted(path: &Path) -> Option<&Path> {
    Some(path).filter(|path| private_dir::check(path).is_ok())
}

/// Creates a temporary folder for this run of the app, used if the data dir is unusable. Its name is random, so no other user can
/// create it first.
///
/// # Errors
/// If it can't be created.
pub fn create_temporary(app: &AppHandle) -> io::Result<PathBuf> {
    let path = create_random_dir(&env::temp_dir(), &app.config().identifier)?;
    app.manage(Temporary(path.clone()));
    Ok(path)
}

fn create_random_dir(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let path = parent.join(format!("{prefix}.{}", LaunchToken::new()?.expose()));
    // Fails if the name exists, also as a link.
    files::private_dir_builder().create(&path)?;
    Ok(path)
}

struct Temporary(PathBuf);

/// Removes the temporary folder when the app exits.
pub fn remove_temporary(app: &AppHandle) {
    if let Some(temporary) = app.try_state::<Temporary>() {
        // The webview may still write there. The system deletes remaining files.
        let _ = fs::remove_dir_all(&temporary.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_folders_have_random_names_and_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let make = || create_random_dir(parent.path(), "app").unwrap();
        let (one, other) = (make(), make());
        assert_ne!(one, other);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&one).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        assert_eq!(trusted(&one), Some(one.as_path()));
    }

    #[test]
    #[cfg(unix)]
    fn folder_writable_by_others_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.json"), "theirs").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(trusted(folder.path()), None);
    }
}
