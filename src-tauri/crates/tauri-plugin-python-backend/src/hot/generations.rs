//! The folder of generations (immutable copies of the backend's source), and the command line of each.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    digest,
    report::{strip_importlib_frames, strip_message},
};
use crate::config::HOST_PACKAGE;
use backend_supervisor::{BackendError, Version};

const RUN: &str = concat!(
    include_str!("debugger.py"),
    include_str!("source_paths.py"),
    include_str!("run.py")
);
const STANDBY: &str = concat!(
    include_str!("debugger.py"),
    include_str!("source_paths.py"),
    include_str!("standby.py"),
    include_str!("run.py")
);
/// Minimum age of a generation that is pruned: a newer one may be about to be pushed.
const MIN_AGE: Duration = Duration::from_secs(60);

/// The installed code.
#[derive(Debug, Clone)]
pub struct InstalledCode {
    /// Folder of its packages.
    pub source: PathBuf,
    /// Folder in the checkout from which it was staged, where the developer edits it.
    pub origin: PathBuf,
    /// Arguments of `python -m`.
    pub module_args: Vec<OsString>,
    /// Code digest.
    pub digest: String,
}

#[derive(Debug)]
pub struct Generations {
    /// Contains a folder `<digest>/` per generation, with its packages and `generation.json`.
    pub folder: PathBuf,
    /// The build that generations must match.
    pub key: Value,
    pub installed: InstalledCode,
    /// Interpreter flags.
    pub flags: Vec<OsString>,
    /// Digest of the host package that the standby process has imported; `None` if it is installed as a library.
    pub standby_host_digest: Option<String>,
}

impl Generations {
    /// Whether `name` is a SHA-256 digest in hex, and therefore safe as a folder name.
    pub fn is_digest(name: &str) -> bool {
        name.len() == 64 && name.bytes().all(|it| it.is_ascii_hexdigit())
    }

    /// Folder of the generation's packages.
    pub fn source(&self, digest: &str) -> PathBuf {
        if digest == self.installed.digest {
            self.installed.source.clone()
        } else {
            self.folder.join(digest)
        }
    }

    /// Checks that the generation is unchanged and matches this build.
    ///
    /// # Errors
    /// A message.
    pub fn check(&self, digest: &str) -> Result<(), String> {
        if digest == self.installed.digest {
            return Ok(());
        }
        if self.metadata(digest)["key"] != self.key {
            return Err("it is for another build, or incomplete.".into());
        }
        match digest::of(&self.source(digest)) {
            Ok(found) if found == digest => Ok(()),
            _ => Err("its files in the store have changed.".into()),
        }
    }

    /// Folder in the checkout from which the generation was copied.
    pub fn origin(&self, digest: &str) -> PathBuf {
        if digest == self.installed.digest {
            return self.installed.origin.clone();
        }
        let metadata = self.metadata(digest);
        metadata["origin"]
            .as_str()
            .map_or_else(|| self.source(digest), PathBuf::from)
    }

    /// Replaces paths of the store in `text` with paths of the checkout.
    pub fn map_to_origin(&self, digest: &str, text: &str) -> String {
        let (source, origin) = (self.source(digest), self.origin(digest));
        text.replace(&*source.to_string_lossy(), &origin.to_string_lossy())
    }

    /// Like [`Self::map_to_origin`] for log lines, without importlib frames.
    pub fn map_log_to_origin(&self, digest: &str, log_tail: Vec<String>) -> Vec<String> {
        (strip_importlib_frames(log_tail).iter())
            .map(|line| self.map_to_origin(digest, line))
            .collect()
    }

    /// Like [`Self::map_log_to_origin`] for the log of an error.
    pub fn map_error_to_origin(&self, digest: &str, mut error: BackendError) -> BackendError {
        let log_tail = strip_message(error.log_tail, &error.failure);
        error.log_tail = self.map_log_to_origin(digest, log_tail);
        error
    }

    /// Content of `generation.json`; null for the installed code.
    fn metadata(&self, digest: &str) -> Value {
        fs::read(self.folder.join(digest).join(digest::GENERATION))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// Digest of the host package, if it is a part of the generation.
    fn host_digest(&self, digest: &str) -> Option<String> {
        digest::of(&self.source(digest).join(HOST_PACKAGE)).ok()
    }

    /// The version that the supervisor runs.
    pub fn version(&self, digest: &str) -> Version {
        let is_installed = digest == self.installed.digest;
        let (source, origin) = (self.source(digest), self.origin(digest));
        Version {
            args: self.interpreter_args(RUN, [&source, &origin]),
            // The installed code may be edited in place.
            code_digest: (!is_installed).then(|| format!("sha256:{digest}")),
            prepare: None,
            // The standby process has imported the host, and Python can't reload modules reliably.
            standby_command: (self.host_digest(digest) == self.standby_host_digest)
                .then(|| json!({ "source": source, "origin": origin }).to_string()),
        }
    }

    /// Code digest of `version`.
    pub fn digest_of<'a>(&'a self, version: &'a Version) -> &'a str {
        let digest = version.code_digest.as_ref();
        digest.map_or(&self.installed.digest, |it| {
            it.trim_start_matches("sha256:")
        })
    }

    /// Interpreter arguments of a standby process with the imports of generation `digest`.
    pub fn standby_args(&mut self, digest: &str) -> Vec<OsString> {
        self.standby_host_digest = self.host_digest(digest);
        self.interpreter_args(STANDBY, [&self.source(digest), &self.origin(digest)])
    }

    fn interpreter_args<const N: usize>(
        &self,
        program: &str,
        folders: [&PathBuf; N],
    ) -> Vec<OsString> {
        let command = ["-c".into(), program.into()];
        (self.flags.iter().cloned())
            .chain(command)
            .chain(folders.map(Into::into))
            .chain(self.installed.module_args.iter().cloned())
            .collect()
    }

    /// Removes all generations except `retained` and those younger than [`MIN_AGE`].
    pub fn prune(&self, retained: &BTreeSet<&str>) {
        let found = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in found {
            let name = entry.file_name();
            if !retained.contains(&*name.to_string_lossy()) && is_old(&entry.path()) {
                // A failed removal is retried by the next prune.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    pub fn contains(&self, digest: &str) -> bool {
        self.folder.join(digest).exists()
    }
}

fn is_old(path: &Path) -> bool {
    path.metadata()
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > MIN_AGE))
}
