//! The data dir's lock file. The supervisor opens it, and its backend processes inherit the open file.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use crate::files;

/// Name of the lock file in the data dir.
pub const FILE: &str = "app.lock";

/// Processes that inherit this open file share one lock. On Unix the backend locks the file; on Windows its sharing mode is the
/// lock: no other program can open it for writing.
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

    /// Opens the file unless it is open: a lock belongs to the open file description, so a second one would conflict with the
    /// first. If it can't be opened, the backend retries and reports the error.
    pub(super) fn open(&mut self) {
        // After the data dir was moved, the path refers to another file.
        if (self.file.as_ref()).is_some_and(|file| system::is_same_file(file, &self.path)) {
            return;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        system::share(&mut options);
        self.file = files::open(&self.path, &mut options).ok();
    }

    /// Locks the file while no backend runs, until [`Self::release`]. On Unix logs a warning if another program holds
    /// the lock; on Windows the file can't be opened then, which is not logged.
    pub(super) fn acquire(&mut self) {
        self.open();
        let Some(file) = &self.file else { return };
        // Clears the identity that the last backend wrote.
        if let Err(error) = system::lock(file).and_then(|()| file.set_len(0)) {
            log::warn!("{} was not locked: {error}", self.path.display());
        }
    }

    pub(super) fn release(&mut self) {
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

    pub(super) fn is_same_file(file: &File, path: &Path) -> bool {
        let at_path = path.symlink_metadata().ok();
        let both = file.metadata().ok().zip(at_path);
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

    /// The sharing mode instead of a byte range lock, which belongs to one process and is not shared.
    pub(super) fn share(options: &mut OpenOptions) {
        options.share_mode(FILE_SHARE_READ.0);
    }

    #[allow(clippy::unnecessary_wraps)] // as on Unix
    pub(super) fn lock(_: &File) -> io::Result<()> {
        Ok(())
    }

    /// An open file can't be moved or deleted.
    pub(super) fn is_same_file(_: &File, _: &Path) -> bool {
        true
    }
}
