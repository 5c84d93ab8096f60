//! Recovery without a backend: the newest backups, and the command that restores one.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use backend_supervisor::command_line;

const FOLDER: &str = "backups";
const MAX_BACKUPS: usize = 3;

/// Options for recovery if the database can't be used.
#[derive(Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Recovery {
    /// Paths of the newest backups, newest first.
    backups: Vec<PathBuf>,
    /// Command line that restores the newest backup; empty if there is none.
    command: String,
}

/// `module_args` are the arguments of `python -m` that run the app.
pub fn find(python: &Path, module_args: &[&str], data_dir: &Path) -> Recovery {
    let mut backups: Vec<_> = fs::read_dir(data_dir.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_backup(&entry.path()))
        .collect();
    backups.sort_by_cached_key(|entry| {
        Reverse(entry.metadata().and_then(|about| about.modified()).ok())
    });
    let backups: Vec<_> = backups
        .iter()
        .map(fs::DirEntry::path)
        .take(MAX_BACKUPS)
        .collect();
    let command = backups.first().map_or_else(String::new, |newest| {
        let (data_dir, newest) = (data_dir.to_string_lossy(), newest.to_string_lossy());
        let flags = ["-I", "-B", "-X", "utf8", "-m"];
        let restore = ["--data-dir", &data_dir, "restore", &newest];
        command_line::format(python, &[&flags, module_args, &restore].concat())
    });
    Recovery { backups, command }
}

/// Excludes damaged databases, which a restore moves to the same folder.
fn is_backup(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("app-") && path.extension().is_some_and(|it| it == "db")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_backups_are_listed_and_the_command_restores_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("two words");
        assert!(
            find("python3".as_ref(), &["app"], &data_dir)
                .command
                .is_empty()
        );
        fs::create_dir_all(data_dir.join(FOLDER)).unwrap();
        let names = ["damaged-1-app.db", "app-3.db", "app-2.db", "app-1.db"];
        for (age, name) in names
            .into_iter()
            .chain(["app-0.db", "notes.txt"])
            .enumerate()
        {
            let file = fs::File::create(data_dir.join(FOLDER).join(name)).unwrap();
            let hours = std::time::Duration::from_secs(3600 * age as u64);
            file.set_modified(std::time::SystemTime::now() - hours)
                .unwrap();
        }
        let recovery = find("python3".as_ref(), &["app"], &data_dir);
        assert_eq!(recovery.backups.len(), MAX_BACKUPS);
        let newest = data_dir.join(FOLDER).join("app-3.db");
        assert_eq!(recovery.backups[0], newest);
        let quote = if cfg!(windows) { '"' } else { '\'' };
        let end = format!("restore {quote}{}{quote}", newest.display());
        assert!(recovery.command.ends_with(&end), "{}", recovery.command);
    }
}
