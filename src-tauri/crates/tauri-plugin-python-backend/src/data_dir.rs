//! The one folder everything of the person's is kept in.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

use backend_supervisor::{LaunchToken, files, private_dir};

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
    if let Err(error) = files::private_dir_builder().recursive(true).create(&path) {
        eprintln!("{} can't be made: {error}", path.display());
    }
    Ok(path)
}

/// The folder, unless other users could have put something there; the backend's failure says so on its screen.
pub fn trusted(path: &Path) -> Option<&Path> {
    Some(path).filter(|path| private_dir::check(path).is_ok())
}

/// A folder for one run of the app, where the data dir can't be used: nobody can guess its name or get there first.
///
/// # Errors
/// When it can't be made.
pub fn temporary(app: &AppHandle) -> io::Result<PathBuf> {
    let path = unguessable(&env::temp_dir(), &app.config().identifier)?;
    app.manage(Temporary(path.clone()));
    Ok(path)
}

fn unguessable(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let path = parent.join(format!("{prefix}.{}", LaunchToken::new()?.expose()));
    // Fails where anything has that name, a link as well.
    files::private_dir_builder().create(&path)?;
    Ok(path)
}

struct Temporary(PathBuf);

/// To be called at the end of the app.
pub fn remove_temporary(app: &AppHandle) {
    if let Some(temporary) = app.try_state::<Temporary>() {
        // The web view may still write there; what is left is the system's to clear away.
        let _ = fs::remove_dir_all(&temporary.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_has_another_name_each_time_and_is_its_owners_only() {
        let parent = tempfile::tempdir().unwrap();
        let make = || unguessable(parent.path(), "app").unwrap();
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
    fn a_folder_that_others_can_write_to_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.json"), "theirs").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(trusted(folder.path()), None);
    }
}
