//! The theme chosen in the page, kept for the next start: the window is there before the page is.

use std::{fs, io, path::Path};

use tauri::Theme;

use backend_supervisor::files;

const FILE: &str = "window-theme";

/// `None` for a window as the system has it, and where nothing that can be read was kept.
pub fn read(data_dir: &Path) -> Option<Theme> {
    match files::read(&data_dir.join(FILE)).ok()?.as_slice() {
        b"dark" => Some(Theme::Dark),
        b"light" => Some(Theme::Light),
        _ => None,
    }
}

/// Keeps the choice.
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
    fn a_choice_is_kept_until_another_is_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), None);
        for choice in [Some(Theme::Dark), Some(Theme::Light), None, None] {
            write(folder.path(), choice).unwrap();
            assert_eq!(read(folder.path()), choice);
        }
    }
}
