//! What became of each generation, for people to read: nothing depends on it.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use backend_supervisor::files;

const BYTES: u64 = 256 * 1024;

/// One line more. What can't be written is left out.
pub fn note(folder: &Path, what: &str, digest: Option<&str>, why: &str) {
    let at = SystemTime::now().duration_since(UNIX_EPOCH);
    let line = json!({
        "at": at.unwrap_or_default().as_secs(), "what": what, "digest": digest, "why": why,
    });
    let path = folder.join("journal.jsonl");
    if path.metadata().is_ok_and(|it| it.len() > BYTES) {
        let _ = fs::rename(&path, path.with_extension("old.jsonl"));
    }
    let file = files::open(&path, OpenOptions::new().append(true).create(true));
    let _ = file.and_then(|mut file| writeln!(file, "{line}"));
}
