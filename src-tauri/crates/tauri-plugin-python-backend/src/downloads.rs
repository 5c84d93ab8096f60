//! Saves downloads of the page in the user's download folder, without replacing files.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tauri::{AppHandle, Manager, webview::DownloadEvent};

use crate::{events::Event, file_names};

/// A download has finished or failed.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Download {
    /// Path of the saved file; null if unknown.
    path: Option<PathBuf>,
    ok: bool,
}

/// Handles a download of the webview. Returns whether it may continue.
pub fn on_event(app: &AppHandle, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { destination, .. } => match folder(app) {
            Ok(folder) => {
                *destination = unused_path(&folder, destination);
                true
            }
            Err(error) => {
                log::error!("the download folder can't be used: {error}");
                Download {
                    path: None,
                    ok: false,
                }
                .emit(app);
                false
            }
        },
        DownloadEvent::Finished { path, success, .. } => {
            Download { path, ok: success }.emit(app);
            true
        }
        _ => true,
    }
}

/// The user's download folder. Never the home folder, where programs read files such as `.profile`.
fn folder(app: &AppHandle) -> Result<PathBuf, Box<dyn Error>> {
    let home = app.path().home_dir()?;
    Ok(download_dir_in(&home, app.path().download_dir().ok())?)
}

/// The download folder that the system reports. If it reports none or the home folder, creates `Downloads` in the home folder. Does
/// not create a reported folder, because its disk may not be mounted.
fn download_dir_in(home: &Path, reported: Option<PathBuf>) -> io::Result<PathBuf> {
    if let Some(reported) = reported.filter(|it| it.components().ne(home.components())) {
        return Ok(reported);
    }
    let folder = home.join("Downloads");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// `name.csv`, or `name (1).csv` if that exists, and so on.
fn unused_path(folder: &Path, suggested: &Path) -> PathBuf {
    let (stem, extension) = file_names::sanitize(suggested);
    let path = |stem: &str| {
        if extension.is_empty() {
            folder.join(stem)
        } else {
            folder.join(format!("{stem}.{extension}"))
        }
    };
    let numbered = (1..).map(|number| path(&format!("{stem} ({number})")));
    std::iter::once(path(&stem))
        .chain(numbered)
        // A dangling link counts as existing.
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_files_are_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let free = || unused_path(folder.path(), "/tmp/items.csv".as_ref());
        for name in ["items.csv", "items (1).csv", "items (2).csv"] {
            assert_eq!(free(), folder.path().join(name));
            fs::write(free(), "").unwrap();
        }
        let without = unused_path(folder.path(), "..".as_ref());
        assert_eq!(without, folder.path().join("download"));
    }

    #[test]
    #[cfg(unix)]
    fn dangling_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("items.csv");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        let free = unused_path(folder.path(), "items.csv".as_ref());
        assert_eq!(free, folder.path().join("items (1).csv"));
    }

    #[test]
    fn missing_download_folder_is_created_in_home() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        for none in [None, Some(home.into()), Some(home.join(""))] {
            assert_eq!(download_dir_in(home, none).unwrap(), home.join("Downloads"));
        }
        assert!(home.join("Downloads").is_dir());
        let reported = home.join("Herunterladen");
        assert_eq!(
            download_dir_in(home, Some(reported.clone())).unwrap(),
            reported
        );
        assert!(!reported.exists());
    }
}
