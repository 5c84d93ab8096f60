//! The choice between this computer's data and a server's, kept in the data dir for the next start.

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
struct Kept {
    url: String,
}

/// `None` for this computer's data.
///
/// # Errors
/// [`ServerError::ChoiceDamaged`]: which data it should be can't be known.
pub fn read(data_dir: &Path) -> Result<Option<Address>, ServerError> {
    let path = data_dir.join(FILE);
    let damaged = |reason: String| ServerError::ChoiceDamaged {
        path: path.display().to_string(),
        reason: reason.trim_end_matches('.').into(),
    };
    let text = match files::read(&path) {
        Ok(text) => text,
        // A data dir that is a file, or can't be made, has a screen of its own.
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
    let kept: Kept = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    let address = Address::parse(&kept.url, "").map_err(|error| damaged(error.to_string()))?;
    Ok(Some(address))
}

/// # Errors
/// When it can't be written; the choice is as before then.
pub fn keep_server(data_dir: &Path, address: &Address) -> io::Result<()> {
    set_aside_what_is_damaged(data_dir)?;
    let kept = Kept {
        url: address.to_string(),
    };
    files::write_atomic(&data_dir.join(FILE), &serde_json::to_vec(&kept)?)
}

/// # Errors
/// When the file can't be removed; the choice is as before then.
pub fn keep_local(data_dir: &Path) -> io::Result<()> {
    set_aside_what_is_damaged(data_dir)?;
    match fs::remove_file(data_dir.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn set_aside_what_is_damaged(data_dir: &Path) -> io::Result<()> {
    if read(data_dir).is_ok() {
        return Ok(());
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs();
    let aside: PathBuf = data_dir.join(format!("{FILE}.broken-{seconds}"));
    fs::rename(data_dir.join(FILE), aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_until_another_is_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), Ok(None));
        for typed in ["https://app.example.com", "http://127.0.0.1:8000"] {
            let address = Address::parse(typed, "").unwrap();
            keep_server(folder.path(), &address).unwrap();
            assert_eq!(read(folder.path()), Ok(Some(address)));
        }
        keep_local(folder.path()).unwrap();
        keep_local(folder.path()).unwrap();
        assert_eq!(read(folder.path()), Ok(None));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_choice_is_no_choice_and_is_set_aside_by_the_next() {
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
            keep_local(folder.path()).unwrap();
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
    fn a_choice_that_can_not_be_kept_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let before = Address::parse("https://before.example.com", "").unwrap();
        keep_server(folder.path(), &before).unwrap();
        fs::create_dir(folder.path().join("server.tmp")).unwrap();
        let after = Address::parse("https://after.example.com", "").unwrap();
        assert!(keep_server(folder.path(), &after).is_err());
        assert_eq!(read(folder.path()), Ok(Some(before)));
    }
}
