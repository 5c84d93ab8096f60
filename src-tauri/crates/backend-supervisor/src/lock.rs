//! The data dir's lock file, open for as long as backends work there: those that are started side by side share it.

#[cfg(unix)]
use std::io;
use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use crate::files;

/// It is the backends that lock it. Whoever got it from here is one holder with all the others that did.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Lock {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join("app.lock"),
            file: None,
        }
    }

    /// Opens it, unless it is open: a second description of it would be another holder to the system, and shut out those
    /// that have the first. Where it can't be opened the backend does it itself, and says what is wrong.
    pub(super) fn open(&mut self) {
        // Not so once the data dir was moved away.
        if (self.file.as_ref()).is_some_and(|file| is_at(file, &self.path)) {
            return;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        let opened = files::open(&self.path, &mut options);
        self.file = opened.ok().filter(|_| cfg!(unix));
    }

    /// Locks it for as long as it is open, where no backend does. One that another program has is left to it.
    pub(super) fn hold(&mut self) {
        self.open();
        let Some(file) = &self.file else { return };
        // What it says of its holder is no longer so.
        let held = file.try_lock().map_err(std::io::Error::from);
        if let Err(error) = held.and_then(|()| file.set_len(0)) {
            log::warn!("{} is not held: {error}", self.path.display());
        }
    }

    pub(super) fn close(&mut self) {
        self.file = None;
    }

    #[cfg(unix)]
    pub(super) fn handed_over(&self) -> io::Result<Option<File>> {
        self.file.as_ref().map(File::try_clone).transpose()
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let there = path.symlink_metadata().ok();
    (file.metadata().ok().zip(there)).is_some_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// Where it can't be handed over it is not kept open either.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    false
}
