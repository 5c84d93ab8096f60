//! The data dir's lock file, open for as long as backends work there: those that are started side by side share it.

#[cfg(unix)]
use std::io;
use std::{
    fs::{File, OpenOptions},
    path::PathBuf,
};

/// It is the backends that lock it. Whoever got it from here is one holder with all the others that did.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Lock {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Opens it anew, for a first backend. Where that can't be done the backend does it itself, and says what is wrong.
    pub(super) fn reopen(&mut self) {
        self.close();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        self.file = options.open(&self.path).ok().filter(|_| cfg!(unix));
    }

    pub(super) fn close(&mut self) {
        self.file = None;
    }

    #[cfg(unix)]
    pub(super) fn handed_over(&self) -> io::Result<Option<File>> {
        self.file.as_ref().map(File::try_clone).transpose()
    }
}
