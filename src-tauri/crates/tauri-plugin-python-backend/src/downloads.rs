//! What the UI saves: into the person's folder for downloads, never over another file.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tauri::{AppHandle, Manager, webview::DownloadEvent};

use crate::{events::Event, file_names};

/// A file that the page offered was saved, or could not be.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Download {
    /// Null where the system doesn't say.
    path: Option<PathBuf>,
    ok: bool,
}

/// Whether the download may go on.
pub fn on_event(app: &AppHandle, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { destination, .. } => match folder(app) {
            Ok(folder) => {
                *destination = free_path(&folder, destination);
                true
            }
            Err(error) => {
                log::error!("no folder to save to: {error}");
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

/// The person's folder for downloads. Never the home itself, where a file can be more than a file.
fn folder(app: &AppHandle) -> Result<PathBuf, Box<dyn Error>> {
    let home = app.path().home_dir()?;
    Ok(folder_in(&home, app.path().download_dir().ok())?)
}

/// A desktop that has no such folder names none, or the home. One that it names and that is not there may be on a disk that
/// is not mounted: it is not made.
fn folder_in(home: &Path, named: Option<PathBuf>) -> io::Result<PathBuf> {
    if let Some(named) = named.filter(|named| named.components().ne(home.components())) {
        return Ok(named);
    }
    let folder = home.join("Downloads");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// `name.csv`, or `name (1).csv` if there is one already, and so on.
fn free_path(folder: &Path, suggested: &Path) -> PathBuf {
    let (stem, extension) = file_names::safe(suggested);
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
        // A link that leads nowhere is there as well.
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let free = || free_path(folder.path(), "/tmp/items.csv".as_ref());
        for name in ["items.csv", "items (1).csv", "items (2).csv"] {
            assert_eq!(free(), folder.path().join(name));
            fs::write(free(), "").unwrap();
        }
        let without = free_path(folder.path(), "..".as_ref());
        assert_eq!(without, folder.path().join("download"));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_that_leads_nowhere_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("items.csv");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        let free = free_path(folder.path(), "items.csv".as_ref());
        assert_eq!(free, folder.path().join("items (1).csv"));
    }

    #[test]
    fn a_desktop_without_a_folder_for_downloads_gets_one_in_the_home() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        for none in [None, Some(home.into()), Some(home.join(""))] {
            assert_eq!(folder_in(home, none).unwrap(), home.join("Downloads"));
        }
        assert!(home.join("Downloads").is_dir());
        let named = home.join("Herunterladen");
        assert_eq!(folder_in(home, Some(named.clone())).unwrap(), named);
        assert!(!named.exists());
    }
}
