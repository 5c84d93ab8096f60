//! The journal of generations, a log for developers.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use backend_supervisor::files;

const MAX_BYTES: u64 = 256 * 1024;

/// Appends an entry to `journal.jsonl`. Errors are ignored.
pub fn append(folder: &Path, event: &str, digest: Option<&str>, reason: &str) {
    let at = SystemTime::now().duration_since(UNIX_EPOCH);
    let line = json!({
        "at": at.unwrap_or_default().as_secs(), "what": event, "digest": digest, "why": reason,
    });
    let path = folder.join("journal.jsonl");
    if path.metadata().is_ok_and(|it| it.len() > MAX_BYTES) {
        let _ = fs::rename(&path, path.with_extension("old.jsonl"));
    }
    let file = files::open(&path, OpenOptions::new().append(true).create(true));
    let _ = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
}
