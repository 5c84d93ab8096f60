//! The folder that generations lie in, and what is run for each. None is ever changed once it is there.

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
    report::{without_machinery, without_message},
};
use backend_supervisor::{BackendError, Version};

const RUN: &str = concat!(include_str!("debugger.py"), include_str!("run.py"));
const STANDBY: &str = concat!(
    include_str!("standby.py"),
    include_str!("debugger.py"),
    include_str!("run.py")
);
/// One that was put there is pushed within this time, and named by nothing before.
const UNNAMED_FOR: Duration = Duration::from_secs(60);

/// What was installed.
#[derive(Debug, Clone)]
pub struct Base {
    /// The folder that holds its packages.
    pub source: PathBuf,
    /// The folder whose packages it was staged from, where a developer edits them.
    pub origin: PathBuf,
    /// The arguments of `python -m` that run it.
    pub module_args: Vec<OsString>,
    /// Its digest.
    pub digest: String,
}

#[derive(Debug)]
pub struct Generations {
    /// Each is `<digest>/`, with the packages and `generation.json`.
    pub folder: PathBuf,
    /// What a generation must be made for.
    pub key: Value,
    pub base: Base,
    /// The arguments of the interpreter itself.
    pub flags: Vec<OsString>,
}

impl Generations {
    /// A digest is a folder's name only if it is a digest.
    pub fn is_digest(name: &str) -> bool {
        name.len() == 64 && name.bytes().all(|it| it.is_ascii_hexdigit())
    }

    /// The folder that holds its packages.
    pub fn source(&self, digest: &str) -> PathBuf {
        if digest == self.base.digest {
            self.base.source.clone()
        } else {
            self.folder.join(digest)
        }
    }

    /// Whether `digest` lies there as it was put there, and was made for this build.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn check(&self, digest: &str) -> Result<(), String> {
        if digest == self.base.digest {
            return Ok(());
        }
        if self.about(digest)["key"] != self.key {
            return Err("it was made for another build, or is incomplete.".into());
        }
        match digest::of(&self.source(digest)) {
            Ok(found) if found == digest => Ok(()),
            _ => Err("its files in the store were changed.".into()),
        }
    }

    /// The folder that the packages of `digest` were copied from.
    pub fn origin(&self, digest: &str) -> PathBuf {
        if digest == self.base.digest {
            return self.base.origin.clone();
        }
        let about = self.about(digest);
        about["origin"]
            .as_str()
            .map_or_else(|| self.source(digest), PathBuf::from)
    }

    /// `text` with the paths that the developer knows.
    pub fn at_origin(&self, digest: &str, text: &str) -> String {
        let (source, origin) = (self.source(digest), self.origin(digest));
        text.replace(&*source.to_string_lossy(), &origin.to_string_lossy())
    }

    pub fn log_at_origin(&self, digest: &str, log_tail: Vec<String>) -> Vec<String> {
        (without_machinery(log_tail).iter())
            .map(|line| self.at_origin(digest, line))
            .collect()
    }

    /// As `at_origin`, for its log.
    pub fn error_at_origin(&self, digest: &str, mut error: BackendError) -> BackendError {
        let log_tail = without_message(error.log_tail, &error.failure);
        error.log_tail = self.log_at_origin(digest, log_tail);
        error
    }

    /// What was written down when it was put there; null for what was installed.
    fn about(&self, digest: &str) -> Value {
        fs::read(self.folder.join(digest).join(digest::GENERATION))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    pub fn version(&self, digest: &str) -> Version {
        let is_base = digest == self.base.digest;
        let (source, origin) = (self.source(digest), self.origin(digest));
        Version {
            args: self.interpreting(RUN, [&source, &origin]),
            // What was installed may be edited in its place.
            code_digest: (!is_base).then(|| format!("sha256:{digest}")),
            prepare: None,
            standby_order: Some(json!({ "source": source, "origin": origin }).to_string()),
        }
    }

    /// What is run as `version`.
    pub fn digest_of<'a>(&'a self, version: &'a Version) -> &'a str {
        let digest = version.code_digest.as_ref();
        digest.map_or(&self.base.digest, |it| it.trim_start_matches("sha256:"))
    }

    /// The arguments of a process that has the imports of `digest`.
    pub fn standby(&self, digest: &str) -> Vec<OsString> {
        self.interpreting(STANDBY, [&self.source(digest)])
    }

    fn interpreting<const N: usize>(&self, program: &str, folders: [&PathBuf; N]) -> Vec<OsString> {
        let own = ["-c".into(), program.into()];
        (self.flags.iter().cloned())
            .chain(own)
            .chain(folders.map(Into::into))
            .chain(self.base.module_args.iter().cloned())
            .collect()
    }

    /// Removes all but `kept`.
    pub fn prune(&self, kept: &BTreeSet<&str>) {
        let found = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in found {
            let name = entry.file_name();
            if !kept.contains(&*name.to_string_lossy()) && is_old(&entry.path()) {
                // What is still there is tried again with the next.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    pub fn holds(&self, digest: &str) -> bool {
        self.folder.join(digest).exists()
    }
}

fn is_old(path: &Path) -> bool {
    path.metadata()
        .and_then(|about| about.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > UNNAMED_FOR))
}
