//! What is left to someone whose backend doesn't start: the newest backups of the database.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

const FOLDER: &str = "backups";
const SHOWN: usize = 3;

#[derive(Serialize)]
pub struct Recovery {
    backups: Vec<PathBuf>,
    command: String,
}

pub fn find(python: &Path, data_dir: &Path) -> Recovery {
    let mut backups: Vec<_> = fs::read_dir(data_dir.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "db"))
        .collect();
    backups.sort_by_cached_key(|entry| {
        Reverse(entry.metadata().and_then(|about| about.modified()).ok())
    });
    let backups: Vec<_> = backups.iter().map(fs::DirEntry::path).take(SHOWN).collect();
    let command = backups.first().map_or_else(String::new, |newest| {
        format!(
            "\"{}\" -I -B -X utf8 -m app --data-dir \"{}\" restore \"{}\"",
            python.display(),
            data_dir.display(),
            newest.display()
        )
    });
    Recovery { backups, command }
}
