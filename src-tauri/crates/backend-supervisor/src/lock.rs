//! The data dir's lock file, open for as long as backends work there: those that are started side by side share it.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use crate::files;

/// Its name in the data dir.
pub const FILE: &str = "app.lock";

/// The processes that are given this open file share one lock. On Unix a backend locks it; on Windows it is locked while it
/// is open, because no other program can open it for writing.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Lock {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join(FILE),
            file: None,
        }
    }

    /// Opens it, unless it is open: a second description of it would be another holder to the system, and shut out those
    /// that have the first. Where it can't be opened the backend does it itself, and says what is wrong.
    pub(super) fn open(&mut self) {
        // Not so once the data dir was moved away.
        if (self.file.as_ref()).is_some_and(|file| system::is_at(file, &self.path)) {
            return;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        system::share(&mut options);
        self.file = files::open(&self.path, &mut options).ok();
    }

    /// Locks it for as long as it is open, where no backend does. One that another program has is left to it.
    pub(super) fn hold(&mut self) {
        self.open();
        let Some(file) = &self.file else { return };
        // What it says of its holder is no longer so.
        if let Err(error) = system::lock(file).and_then(|()| file.set_len(0)) {
            log::warn!("{} is not held: {error}", self.path.display());
        }
    }

    pub(super) fn close(&mut self) {
        self.file = None;
    }

    pub(super) fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }
}

#[cfg(unix)]
mod system {
    use std::{
        fs::{File, OpenOptions},
        io,
        os::unix::fs::MetadataExt,
        path::Path,
    };

    pub(super) fn share(_: &mut OpenOptions) {}

    pub(super) fn lock(file: &File) -> io::Result<()> {
        file.try_lock().map_err(Into::into)
    }

    pub(super) fn is_at(file: &File, path: &Path) -> bool {
        let there = path.symlink_metadata().ok();
        let both = file.metadata().ok().zip(there);
        both.is_some_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()))
    }
}

#[cfg(windows)]
mod system {
    use std::{
        fs::{File, OpenOptions},
        io,
        os::windows::fs::OpenOptionsExt,
        path::Path,
    };

    use windows::Win32::Storage::FileSystem::FILE_SHARE_READ;

    /// A byte range lock would belong to one process, whoever else has the file open.
    pub(super) fn share(options: &mut OpenOptions) {
        options.share_mode(FILE_SHARE_READ.0);
    }

    #[allow(clippy::unnecessary_wraps)] // as on Unix
    pub(super) fn lock(_: &File) -> io::Result<()> {
        Ok(())
    }

    /// While it is open, nobody can move or delete it.
    pub(super) fn is_at(_: &File, _: &Path) -> bool {
        true
    }
}
