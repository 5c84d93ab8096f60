//! The generations of the backend's code that were pushed, and which of them runs.
//!
//! `hot/store/<digest>/app` is never changed once it is there. `hot/state.json` points into it, and is only ever replaced
//! as a whole. A generation fits one build of the app: under another it is left where it lies, and what was installed runs.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest;
use crate::supervisor::{BackendError, Failure, Version};

#[cfg(test)]
mod tests;

const FORMAT: u32 = 1;
/// So many generations before the one that runs can be gone back to.
const HISTORY: usize = 8;
/// How often one that has not proved itself yet is started, before another is.
const STARTS_UNPROVED: u32 = 2;
/// A command of the developer's that has the folder is about to be done with it.
const LOCK_WITHIN: Duration = Duration::from_secs(5);
const JOURNAL_BYTES: u64 = 256 * 1024;

const RUN: &str = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); \
                   runpy.run_module('app', run_name='__main__', alter_sys=True)";
const STANDBY: &str = include_str!("standby.py");

/// Which generation runs. Also written by `scripts/hot_patch` while the app is closed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pointer {
    format: u32,
    /// The build that the generations are for.
    key: Value,
    /// `None`: what was installed.
    pub current: Option<String>,
    /// Whether `current` has served through its probation.
    pub confirmed: bool,
    /// To be tried.
    pub pending: Option<String>,
    /// How often `pending`, or a `current` that is not confirmed, was started.
    attempts: u32,
    /// What ran before `current` and was good, the newest last.
    pub history: Vec<String>,
    /// What is not run again, and why.
    pub quarantined: BTreeMap<String, String>,
    /// A change of the database's schema that has not proved itself yet.
    migration: Option<Migration>,
    /// Generations whose start changed the schema: there is no way back by itself once one has proved itself.
    migrated: Vec<String>,
}

/// From one generation to one with another schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Migration {
    to: String,
    /// Seconds since 1970: a backup that is as new holds the database as it was.
    since: u64,
}

/// What was installed.
#[derive(Debug, Clone)]
pub struct Base {
    /// The folder that holds `app/`.
    pub source: PathBuf,
    /// The arguments that run it.
    pub args: Vec<OsString>,
    /// Its digest.
    pub digest: String,
}

#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// What a generation must be made for.
    pub key: Value,
    pub base: Base,
    /// The arguments of the interpreter itself.
    flags: Vec<OsString>,
    pub pointer: Pointer,
    /// Held for as long as the app runs: whoever has it may write here.
    _lock: File,
}

impl Store {
    /// # Errors
    /// When the folder can't be made or is another's.
    pub fn open(folder: PathBuf, key: Value, base: Base, flags: Vec<OsString>) -> io::Result<Self> {
        fs::create_dir_all(folder.join("store"))?;
        let lock = File::create(folder.join("lock"))?;
        let until = Instant::now() + LOCK_WITHIN;
        while lock.try_lock().is_err() {
            if Instant::now() > until {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let state = folder.join("state.json");
        let text = fs::read(&state).ok();
        let first = text.is_none();
        let read = text.and_then(|text| serde_json::from_slice::<Pointer>(&text).ok());
        let broken = !first && read.is_none();
        if broken {
            // Kept for whoever wants to know what it was.
            let _ = fs::rename(&state, folder.join("state.broken.json"));
        }
        let pointer = read.filter(|pointer| pointer.format == FORMAT && pointer.key == key);
        let mut store = Self {
            folder,
            key,
            base,
            flags,
            pointer: pointer.clone().unwrap_or_default(),
            _lock: lock,
        };
        if pointer.is_none() {
            store.pointer.format = FORMAT;
            store.pointer.key = store.key.clone();
            if broken {
                let why = "state.json can't be read, and was kept as state.broken.json";
                log::warn!("{why}: what was installed runs");
                store.note("what was installed runs", None, why);
            } else if !first {
                store.note("another build: what was installed runs", None, "");
            }
            store.save();
        }
        Ok(store)
    }

    /// What the next start runs. A generation whose files were changed, or that was tried before and never came up, is
    /// passed over.
    pub fn next(&mut self) -> Version {
        if let Some(pending) = self.pointer.pending.take() {
            let usable = self.usable(&pending);
            if self.pointer.attempts == 0 && usable.is_ok() {
                self.pointer.attempts = 1;
                self.pointer.pending = Some(pending.clone());
                self.save();
                return self.version(&pending);
            }
            let why = usable.err().unwrap_or_else(|| "it never came up".into());
            self.note("passed over", Some(&pending), &why);
            self.pointer.attempts = 0;
            self.save();
        }
        while let Some(current) = self.pointer.current.clone() {
            if self.may_start(&current) {
                return self.with_its_database(&current);
            }
            self.step_back();
        }
        self.with_its_database(&self.base.digest)
    }

    /// As it was before a migration that came to nothing, or whose code came to nothing.
    fn with_its_database(&self, digest: &str) -> Version {
        let mut version = self.version(digest);
        let undone = self.pointer.migration.as_ref();
        if let Some(migration) = undone.filter(|it| it.to != digest) {
            version.prepare = self
                .backup_since(migration.since)
                .map(|backup| self.restore(digest, &backup));
        }
        version
    }

    /// The arguments that put a backup in the database's place, keeping what that was.
    pub fn restore(&self, digest: &str, backup: &Path) -> Vec<OsString> {
        let own = ["restore".into(), backup.into()];
        self.version(digest).args.into_iter().chain(own).collect()
    }

    fn backup_since(&self, since: u64) -> Option<PathBuf> {
        let backups = self.folder.with_file_name("backups");
        let is_one = |path: &PathBuf| path.to_string_lossy().ends_with("-migration.db");
        let is_new = |path: &PathBuf| {
            let at = path.metadata().and_then(|about| about.modified()).ok();
            at.is_some_and(|at| at >= UNIX_EPOCH + Duration::from_secs(since))
        };
        let found = fs::read_dir(backups).ok()?.flatten();
        let mut found: Vec<_> = found.map(|it| it.path()).filter(is_one).collect();
        found.retain(is_new);
        found.into_iter().max()
    }

    fn may_start(&mut self, current: &str) -> bool {
        if let Err(why) = self.usable(current) {
            log::warn!("code {}: {why}", short(current));
            self.note("passed over", Some(current), &why);
            return false;
        }
        if !self.pointer.confirmed {
            self.pointer.attempts += 1;
            self.save();
            if self.pointer.attempts > STARTS_UNPROVED {
                self.quarantine(current, "the app ended in its probation, again and again");
                return false;
            }
        }
        true
    }

    /// Whether `digest` lies in the store as it was put there, was made for this build, and has not failed.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn usable(&self, digest: &str) -> Result<(), String> {
        if digest == self.base.digest {
            return Ok(());
        }
        if let Some(why) = self.pointer.quarantined.get(digest) {
            let why = why.trim_end_matches('.');
            return Err(format!(
                "it failed before: {why}. Edit it, or have it tried again with make hot-patch ARGS=--again"
            ));
        }
        let generation = self.source(digest);
        let made_for = fs::read(generation.join("generation.json"))
            .ok()
            .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
            .map(|about| about["key"].clone());
        if made_for.as_ref() != Some(&self.key) {
            return Err("it was made for another build, or is incomplete.".into());
        }
        match digest::of(&generation.join("app")) {
            Ok(found) if found == digest => Ok(()),
            _ => Err("its files in the store were changed.".into()),
        }
    }

    /// What is run as `version`.
    pub fn digest_of<'a>(&'a self, version: &'a Version) -> &'a str {
        let digest = version.code_digest.as_ref();
        digest.map_or(&self.base.digest, |it| it.trim_start_matches("sha256:"))
    }

    /// Whatever it did, it may be tried again.
    pub fn forgive(&mut self, digest: &str) {
        self.pointer.quarantined.remove(digest);
    }

    pub fn version(&self, digest: &str) -> Version {
        let is_base = digest == self.base.digest;
        let source = if is_base {
            self.base.source.clone()
        } else {
            self.source(digest)
        };
        let own = ["-c".into(), RUN.into(), source.clone().into()];
        Version {
            args: if is_base {
                self.base.args.clone()
            } else {
                self.flags.iter().cloned().chain(own).collect()
            },
            // What was installed may be edited in its place.
            code_digest: (!is_base).then(|| format!("sha256:{digest}")),
            prepare: None,
            order: Some(json!({ "source": source }).to_string()),
        }
    }

    /// The arguments of a process that has the imports of the present code.
    pub fn standby(&self) -> Vec<OsString> {
        let source = match &self.pointer.current {
            Some(digest) => self.source(digest),
            None => self.base.source.clone(),
        };
        let own = ["-c".into(), STANDBY.into(), source.into()];
        self.flags.iter().cloned().chain(own).collect()
    }

    /// `digest` is about to be tried beside what runs.
    pub fn try_out(&mut self, digest: &str) {
        self.pointer.pending = Some(digest.into());
        self.pointer.attempts = 1;
        self.note("pending", Some(digest), "");
        self.save();
    }

    /// `digest` is about to be started after the one that runs has ended, and will change the database's schema.
    pub fn try_migration(&mut self, digest: &str) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.pointer.migration = Some(Migration {
            to: digest.into(),
            since: since.unwrap_or_default().as_secs(),
        });
        self.pointer.migrated.push(digest.into());
        self.try_out(digest);
    }

    pub fn serves(&mut self, digest: &str) {
        let pointer = &mut self.pointer;
        pointer.migration.take_if(|it| it.to != digest);
        if pointer.pending.as_deref() == Some(digest) {
            pointer.pending = None;
        }
        let current = (digest != self.base.digest).then(|| digest.to_owned());
        if pointer.current == current {
            return self.save();
        }
        let before = std::mem::replace(&mut pointer.current, current);
        pointer.confirmed = pointer.current.is_none();
        // A first start, if the shell was killed now.
        pointer.attempts = 0;
        match pointer.history.iter().position(|it| it == digest) {
            Some(place) => pointer.history.truncate(place),
            None if pointer.current.is_none() => pointer.history.clear(),
            None => pointer.history.extend(before),
        }
        let too_many = pointer.history.len().saturating_sub(HISTORY);
        pointer.history.drain(..too_many);
        self.note("serves", Some(digest), "");
        self.save();
        self.prune();
    }

    pub fn proved(&mut self, digest: &str) {
        if self.pointer.current.as_deref() == Some(digest) && !self.pointer.confirmed {
            self.pointer.confirmed = true;
            self.pointer.attempts = 0;
            self.pointer.migration = None;
            self.note("confirmed", Some(digest), "");
            self.save();
        }
    }

    /// Whether there is another to be started in place of `digest`, which is no good.
    pub fn failed(&mut self, digest: &str, error: &BackendError) -> bool {
        if digest == self.base.digest || !blames_the_code(&error.failure) {
            return false;
        }
        let kept = self.pointer.migrated.iter().any(|it| it == digest);
        if kept && self.pointer.migration.is_none() {
            // What was written since would be lost, which is not decided here.
            return false;
        }
        self.quarantine(digest, &error.to_string());
        if self.pointer.pending.as_deref() == Some(digest) {
            self.pointer.pending = None;
            self.pointer.attempts = 0;
        }
        if self.pointer.current.as_deref() == Some(digest) {
            self.step_back();
        }
        self.save();
        true
    }

    /// One that was tried beside what runs did not come up.
    pub fn give_up(&mut self, digest: &str, failure: &Failure, why: &str) {
        if self.pointer.pending.as_deref() == Some(digest) {
            self.pointer.pending = None;
            self.pointer.attempts = 0;
        }
        if digest != self.base.digest && blames_the_code(failure) {
            self.quarantine(digest, why);
        }
        self.save();
    }

    pub fn running(&self) -> &str {
        self.pointer.current.as_ref().unwrap_or(&self.base.digest)
    }

    fn step_back(&mut self) {
        self.pointer.current = self.pointer.history.pop();
        self.pointer.confirmed = true;
        self.pointer.attempts = 0;
        self.save();
    }

    fn quarantine(&mut self, digest: &str, why: &str) {
        log::warn!("code {}: {why}", short(digest));
        self.note("quarantined", Some(digest), why);
        self.pointer.quarantined.insert(digest.into(), why.into());
        self.save();
    }

    /// A digest is a folder's name only if it is a digest.
    pub fn is_digest(name: &str) -> bool {
        name.len() == 64 && name.bytes().all(|it| it.is_ascii_hexdigit())
    }

    pub fn source(&self, digest: &str) -> PathBuf {
        self.folder.join("store").join(digest)
    }

    fn prune(&mut self) {
        let pointer = &self.pointer;
        let kept = |name: &str| {
            [&pointer.current, &pointer.pending]
                .into_iter()
                .flatten()
                .chain(&pointer.history)
                .any(|it| it == name)
        };
        let gone: Vec<PathBuf> = fs::read_dir(self.folder.join("store"))
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| !kept(&entry.file_name().to_string_lossy()) && is_old(&entry.path()))
            .map(|entry| entry.path())
            .collect();
        for generation in gone {
            // What is still there is tried again with the next.
            let _ = fs::remove_dir_all(generation);
        }
        let lies_there = |digest: &String| self.folder.join("store").join(digest).exists();
        let mut quarantined = std::mem::take(&mut self.pointer.quarantined);
        quarantined.retain(|digest, _| lies_there(digest));
        self.pointer.quarantined = quarantined;
    }

    /// The pointer as it is now, whole or as before.
    fn save(&self) {
        let written = serde_json::to_vec_pretty(&self.pointer)
            .map_err(io::Error::other)
            .and_then(|text| write_whole(&self.folder.join("state.json"), &text));
        if let Err(error) = written {
            log::error!("which code runs can't be kept for the next start: {error}");
        }
    }

    fn note(&self, what: &str, digest: Option<&str>, why: &str) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH);
        let line = json!({
            "at": at.unwrap_or_default().as_secs(), "what": what, "digest": digest, "why": why,
        });
        let path = self.folder.join("journal.jsonl");
        if path.metadata().is_ok_and(|it| it.len() > JOURNAL_BYTES) {
            let _ = fs::rename(&path, path.with_extension("old.jsonl"));
        }
        // It is for people to read: nothing depends on it.
        let file = OpenOptions::new().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| writeln!(file, "{line}"));
    }
}

/// As little of a digest as people need.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Whether what went wrong can come from the code, rather than from the machine or the data.
fn blames_the_code(failure: &Failure) -> bool {
    match failure {
        Failure::Reported { code, .. } => matches!(
            code.as_str(),
            "import_failed" | "migration_failed" | "database_newer" | "start_failed"
        ),
        failure => matches!(
            failure,
            Failure::DiedEarly { .. }
                | Failure::Died { .. }
                | Failure::Stalled { .. }
                | Failure::StartTimeout { .. }
                | Failure::BadReadyLine { .. }
                | Failure::WrongCode { .. }
                | Failure::HealthCheckFailed { .. }
        ),
    }
}

/// One that is being put there is not named anywhere yet.
fn is_old(path: &Path) -> bool {
    path.metadata()
        .and_then(|about| about.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(600)))
}

pub fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(beside, path)
}
