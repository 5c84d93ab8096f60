//! The theme chosen in the page, stored for the next start, because the window opens before the page has loaded.

use std::{fs, io, path::Path};

use tauri::Theme;

use backend_supervisor::files;

const FILE: &str = "window-theme";

/// The stored theme; `None` for the system's theme, or if the file can't be read.
pub fn read(data_dir: &Path) -> Option<Theme> {
    match files::read(&data_dir.join(FILE)).ok()?.as_slice() {
        b"dark" => Some(Theme::Dark),
        b"light" => Some(Theme::Light),
        _ => None,
    }
}

/// Stores the theme; `None` removes it.
///
/// # Errors
/// If the file can't be written or removed.
pub fn write(data_dir: &Path, choice: Option<Theme>) -> io::Result<()> {
    let path = data_dir.join(FILE);
    match choice {
        Some(theme) => files::write_atomic(&path, theme.to_string().as_bytes()),
        None => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn stored_theme_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), None);
        for choice in [Some(Theme::Dark), Some(Theme::Light), None, None] {
            write(folder.path(), choice).unwrap();
            assert_eq!(read(folder.path()), choice);
        }
    }
}
