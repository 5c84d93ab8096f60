//! The choice between local data and a server, stored in server.json in the data dir.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{Address, ServerError};
use backend_supervisor::files;

const FILE: &str = "server.json";

#[derive(Serialize, Deserialize)]
struct StoredChoice {
    url: String,
}

/// Reads the choice; `None` for local data.
///
/// # Errors
/// [`ServerError::ChoiceDamaged`] if the file can't be read or parsed.
pub fn read(data_dir: &Path) -> Result<Option<Address>, ServerError> {
    let path = data_dir.join(FILE);
    let damaged = |reason: String| ServerError::ChoiceDamaged {
        path: path.display().to_string(),
        reason: reason.trim_end_matches('.').into(),
    };
    let text = match files::read(&path) {
        Ok(text) => text,
        // The backend reports a data dir that is a file or can't be created.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(damaged(error.to_string())),
    };
    let stored: StoredChoice =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    let address = Address::parse(&stored.url, "").map_err(|error| damaged(error.to_string()))?;
    Ok(Some(address))
}

/// Stores the choice of a server.
///
/// # Errors
/// If the file can't be written. A valid choice is unchanged then; a damaged file may have been renamed, which chooses
/// local data.
pub fn save_server(data_dir: &Path, address: &Address) -> io::Result<()> {
    rename_damaged(data_dir)?;
    let stored = StoredChoice {
        url: address.to_string(),
    };
    files::write_atomic(&data_dir.join(FILE), &serde_json::to_vec(&stored)?)
}

/// Stores the choice of local data.
///
/// # Errors
/// If the file can't be removed. The choice is unchanged then.
pub fn save_local(data_dir: &Path) -> io::Result<()> {
    rename_damaged(data_dir)?;
    match fs::remove_file(data_dir.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Renames a damaged server.json to `server.json.broken-<seconds since 1970>`.
fn rename_damaged(data_dir: &Path) -> io::Result<()> {
    if read(data_dir).is_ok() {
        return Ok(());
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs();
    let backup: PathBuf = data_dir.join(format!("{FILE}.broken-{seconds}"));
    fs::rename(data_dir.join(FILE), backup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_choice_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), Ok(None));
        for typed in ["https://app.example.com", "http://127.0.0.1:8000"] {
            let address = Address::parse(typed, "").unwrap();
            save_server(folder.path(), &address).unwrap();
            assert_eq!(read(folder.path()), Ok(Some(address)));
        }
        save_local(folder.path()).unwrap();
        save_local(folder.path()).unwrap();
        assert_eq!(read(folder.path()), Ok(None));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn damaged_file_is_an_error_and_is_renamed_by_the_next_choice() {
        for text in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"url": 7}"#,
            r#"{"url": "http://example.com"}"#,
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = read(folder.path()).unwrap_err();
            assert!(error.to_string().contains(FILE), "{error}");
            save_local(folder.path()).unwrap();
            assert_eq!(read(folder.path()), Ok(None));
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
            assert_eq!(left.len(), 1);
            assert!(
                left[0]
                    .file_name()
                    .to_string_lossy()
                    .starts_with("server.json.broken-")
            );
            assert_eq!(fs::read_to_string(left[0].path()).unwrap(), text);
        }
    }

    #[test]
    fn failed_write_leaves_the_previous_choice() {
        let folder = tempfile::tempdir().unwrap();
        let before = Address::parse("https://before.example.com", "").unwrap();
        save_server(folder.path(), &before).unwrap();
        fs::create_dir(folder.path().join("server.tmp")).unwrap();
        let after = Address::parse("https://after.example.com", "").unwrap();
        assert!(save_server(folder.path(), &after).is_err());
        assert_eq!(read(folder.path()), Ok(Some(before)));
    }
}
