//! What is left to someone whose backend doesn't start: the newest backups of the database.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::command_line;

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
        let (data_dir, newest) = (data_dir.to_string_lossy(), newest.to_string_lossy());
        let run_app = ["-I", "-B", "-X", "utf8", "-m", "app"];
        let restore = ["--data-dir", &data_dir, "restore", &newest];
        command_line::of(python, &[run_app.as_slice(), restore.as_slice()].concat())
    });
    Recovery { backups, command }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backups_are_offered_and_the_command_restores_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("two words");
        assert!(find("python3".as_ref(), &data_dir).command.is_empty());
        fs::create_dir_all(data_dir.join(FOLDER)).unwrap();
        for (age, name) in ["app-3.db", "app-2.db", "app-1.db", "app-0.db", "notes.txt"]
            .iter()
            .enumerate()
        {
            let file = fs::File::create(data_dir.join(FOLDER).join(name)).unwrap();
            let hours = std::time::Duration::from_secs(3600 * age as u64);
            file.set_modified(std::time::SystemTime::now() - hours)
                .unwrap();
        }
        let recovery = find("python3".as_ref(), &data_dir);
        assert_eq!(recovery.backups.len(), SHOWN);
        let newest = data_dir.join(FOLDER).join("app-3.db");
        assert_eq!(recovery.backups[0], newest);
        let quote = if cfg!(windows) { '"' } else { '\'' };
        let end = format!("restore {quote}{}{quote}", newest.display());
        assert!(recovery.command.ends_with(&end), "{}", recovery.command);
    }
}
