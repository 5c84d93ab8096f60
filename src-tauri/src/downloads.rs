//! What the UI saves: into the person's folder for downloads, never over another file.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, webview::DownloadEvent};

#[derive(Clone, Serialize)]
struct Saved {
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
                tell(app, None, false);
                false
            }
        },
        DownloadEvent::Finished { path, success, .. } => {
            tell(app, path, success);
            true
        }
        _ => true,
    }
}

fn folder(app: &AppHandle) -> tauri::Result<PathBuf> {
    app.path().download_dir().or_else(|_| app.path().home_dir())
}

fn tell(app: &AppHandle, path: Option<PathBuf>, ok: bool) {
    if let Err(error) = app.emit("download", Saved { path, ok }) {
        log::error!("the window was not told of a download: {error}");
    }
}

/// `name.csv`, or `name (1).csv` if there is one already, and so on.
fn free_path(folder: &Path, suggested: &Path) -> PathBuf {
    let name = suggested.file_name().unwrap_or("download".as_ref());
    let stem = Path::new(name)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let extension = Path::new(name)
        .extension()
        .map_or_else(String::new, |it| format!(".{}", it.to_string_lossy()));
    let numbered = (1..).map(|number| folder.join(format!("{stem} ({number}){extension}")));
    std::iter::once(folder.join(name))
        .chain(numbered)
        .find(|path| !path.exists())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::free_path;

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let free = || free_path(folder.path(), "/tmp/items.csv".as_ref());
        for name in ["items.csv", "items (1).csv", "items (2).csv"] {
            assert_eq!(free(), folder.path().join(name));
            std::fs::write(free(), "").unwrap();
        }
        let without = free_path(folder.path(), "..".as_ref());
        assert_eq!(without, folder.path().join("download"));
    }
}
