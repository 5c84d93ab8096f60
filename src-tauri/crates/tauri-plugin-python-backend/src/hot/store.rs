//! The store of pushed generations, and the state that selects the current generation.
//!
//! `hot/store/<digest>/` is immutable. `hot/state.json` refers to it and is replaced atomically. A generation matches one build of
//! the app; another build ignores it and runs the installed code.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use super::{
    generations::{Base, Generations},
    journal,
    pointer::{Migration, Pointer, Stored},
};
use backend_supervisor::{Failure, Version, files};

#[cfg(test)]
mod tests;

/// Number of previous generations that are retained.
const MAX_HISTORY: usize = 8;
/// Number of quarantine entries above which those of pruned generations are removed.
const MAX_QUARANTINED: usize = 64;
/// Limit of starts of an unconfirmed generation before the fallback.
const MAX_UNCONFIRMED_STARTS: u32 = 2;
/// Time to wait for a command of `scripts/hot_patch` that holds the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    pub generations: Generations,
    pub pointer: Pointer,
    /// Locked while the app runs. The holder may write to the folder.
    _lock: File,
}

impl Store {
    /// Opens the store and locks it.
    ///
    /// # Errors
    /// If the folder can't be created, belongs to another user or is locked.
    pub fn open(folder: PathBuf, key: Value, base: Base, flags: Vec<OsString>) -> io::Result<Self> {
        files::create_dir(&folder)?;
        files::create_dir(&folder.join("store"))?;
        let mut options = OpenOptions::new();
        let lock = files::open(&folder.join("lock"), options.write(true).create(true))?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        while lock.try_lock().is_err() {
            if Instant::now() > deadline {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let (pointer, reason) = match Pointer::read(&folder, &key) {
            Stored::Valid(pointer) => (Some(pointer), None),
            Stored::Missing => (None, None),
            Stored::OtherBuild => (None, Some("another build")),
            Stored::Corrupt => (
                None,
                Some("state.json can't be read and was renamed to state.broken.json"),
            ),
        };
        let is_new = pointer.is_none();
        let store = Self {
            pointer: pointer.unwrap_or_else(|| Pointer::new(key.clone())),
            generations: Generations {
                folder: folder.join("store"),
                key,
                base,
                flags,
                standby_host: None,
            },
            folder,
            _lock: lock,
        };
        if let Some(reason) = reason {
            log::warn!("{reason}: running the installed code");
            store.journal("installed code runs", None, reason);
        }
        if is_new {
            store.save();
        }
        Ok(store)
    }

    /// The version of the next start. Skips generations whose files have changed, and a pending generation whose first start
    /// did not become ready.
    pub fn next_version(&mut self) -> Version {
        if let Some(pending) = self.pointer.pending.take() {
            let usable = self.check_usable(&pending);
            if self.pointer.attempts == 0 && usable.is_ok() {
                self.pointer.attempts = 1;
                self.pointer.pending = Some(pending.clone());
                self.save();
                return self.generations.version(&pending);
            }
            let reason = (usable.err()).unwrap_or_else(|| "it never became ready".into());
            self.journal("skipped", Some(&pending), &reason);
            self.pointer.attempts = 0;
            self.save();
        }
        while let Some(current) = self.pointer.current.clone() {
            if self.may_start(&current) {
                return self.version_with_database(&current);
            }
            self.roll_back();
        }
        self.version_with_database(&self.generations.base.digest)
    }

    /// The version, with a restore of the database if the generation of the last migration failed.
    fn version_with_database(&self, digest: &str) -> Version {
        let mut version = self.generations.version(digest);
        let failed = self.pointer.migration.as_ref().filter(|it| it.to != digest);
        if let Some(migration) = failed {
            version.prepare = self
                .backup_since(migration.since)
                .map(|backup| self.restore(digest, &backup));
        }
        version
    }

    /// Interpreter arguments that restore a backup. The replaced database is backed up as well.
    pub fn restore(&self, digest: &str, backup: &Path) -> Vec<OsString> {
        let command = ["restore".into(), backup.into()];
        self.generations
            .version(digest)
            .args
            .into_iter()
            .chain(command)
            .collect()
    }

    /// The last migration backup that is not older than `since`, in seconds since 1970.
    fn backup_since(&self, since: u64) -> Option<PathBuf> {
        let backups = self.folder.with_file_name("backups");
        let is_backup = |path: &PathBuf| path.to_string_lossy().ends_with("-migration.db");
        let is_new = |path: &PathBuf| {
            let at = (path.metadata().and_then(|metadata| metadata.modified())).ok();
            at.is_some_and(|at| at >= UNIX_EPOCH + Duration::from_secs(since))
        };
        let entries = fs::read_dir(backups).ok()?.flatten();
        let paths = entries.map(|it| it.path());
        paths.filter(is_backup).filter(is_new).max()
    }

    fn may_start(&mut self, current: &str) -> bool {
        if let Err(reason) = self.check_usable(current) {
            log::warn!("code {}: {reason}", short_digest(current));
            self.journal("skipped", Some(current), &reason);
            return false;
        }
        if !self.pointer.confirmed {
            self.pointer.attempts += 1;
            self.save();
            if self.pointer.attempts > MAX_UNCONFIRMED_STARTS {
                self.quarantine(current, "the app exited repeatedly during its probation");
                return false;
            }
        }
        true
    }

    /// Checks that the generation `digest` can be started and has not failed before.
    ///
    /// # Errors
    /// A message.
    pub fn check_usable(&self, digest: &str) -> Result<(), String> {
        if let Some(reason) = self.pointer.quarantined.get(digest) {
            let reason = reason.trim_end_matches('.');
            return Err(format!(
                "it failed before: {reason}. Edit it, or try it again with make hot-patch ARGS=--again"
            ));
        }
        self.generations.check(digest)
    }

    /// Allows starting a failed generation again.
    pub fn unquarantine(&mut self, digest: &str) {
        self.pointer.quarantined.remove(digest);
    }

    /// Stores that `digest` is about to be started as a candidate.
    ///
    /// # Errors
    /// If the state can't be written. The generation must not be started then.
    pub fn set_pending(&mut self, digest: &str) -> io::Result<()> {
        let before = self.pointer.clone();
        self.pointer.pending = Some(digest.into());
        self.pointer.attempts = 1;
        self.persist(before)?;
        self.journal("pending", Some(digest), "");
        Ok(())
    }

    /// Stores that `digest` is about to be started, after the current backend has stopped, and will migrate the database.
    ///
    /// # Errors
    /// As [`Self::set_pending`].
    pub fn set_pending_migration(&mut self, digest: &str) -> io::Result<()> {
        let before = self.pointer.clone();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.pointer.migration = Some(Migration {
            to: digest.into(),
            since: since.unwrap_or_default().as_secs(),
        });
        self.pointer.migrated.push(digest.into());
        let saved = self.set_pending(digest);
        if saved.is_err() {
            self.pointer = before;
        }
        saved
    }

    /// Generation `digest` is ready: it becomes the current one.
    pub fn on_ready(&mut self, digest: &str) {
        let pointer = &mut self.pointer;
        pointer.migration.take_if(|it| it.to != digest);
        if pointer.pending.as_deref() == Some(digest) {
            pointer.pending = None;
        }
        let current = (digest != self.generations.base.digest).then(|| digest.to_owned());
        if pointer.current == current {
            return self.save();
        }
        let before = std::mem::replace(&mut pointer.current, current);
        pointer.confirmed = pointer.current.is_none();
        // If the shell is killed now, the next start is the first attempt.
        pointer.attempts = 0;
        match pointer.history.iter().position(|it| it == digest) {
            Some(index) => pointer.history.truncate(index),
            None if pointer.current.is_none() => pointer.history.clear(),
            None => pointer.history.extend(before),
        }
        let excess = pointer.history.len().saturating_sub(MAX_HISTORY);
        pointer.history.drain(..excess);
        self.journal("ready", Some(digest), "");
        self.save();
        self.prune();
    }

    /// Generation `digest` has passed its probation.
    pub fn on_confirmed(&mut self, digest: &str) {
        if self.pointer.current.as_deref() == Some(digest) && !self.pointer.confirmed {
            self.pointer.confirmed = true;
            self.pointer.attempts = 0;
            self.pointer.migration = None;
            self.journal("confirmed", Some(digest), "");
            self.save();
        }
    }

    /// Generation `digest` failed. Quarantines it and returns whether another version is to be started.
    pub fn on_failure(&mut self, digest: &str, failure: &Failure, reason: &str) -> bool {
        if digest == self.generations.base.digest || !is_caused_by_code(failure) {
            return false;
        }
        let has_migrated = self.pointer.migrated.iter().any(|it| it == digest);
        if has_migrated && self.pointer.migration.is_none() {
            // A fallback would restore the database and lose newer writes. Only the developer may decide that.
            return false;
        }
        self.quarantine(digest, reason);
        if self.pointer.pending.as_deref() == Some(digest) {
            self.pointer.pending = None;
            self.pointer.attempts = 0;
        }
        if self.pointer.current.as_deref() == Some(digest) {
            self.roll_back();
        }
        self.save();
        true
    }

    /// The candidate `digest` failed; the current generation keeps running.
    pub fn on_rejected(&mut self, digest: &str, failure: &Failure, reason: &str) {
        if self.pointer.pending.as_deref() == Some(digest) {
            self.pointer.pending = None;
            self.pointer.attempts = 0;
        }
        if digest != self.generations.base.digest && is_caused_by_code(failure) {
            self.quarantine(digest, reason);
        }
        self.save();
    }

    /// Digest of the current generation or of the installed code.
    pub fn running(&self) -> &str {
        self.pointer
            .current
            .as_ref()
            .unwrap_or(&self.generations.base.digest)
    }

    /// Makes the previous generation the current one.
    fn roll_back(&mut self) {
        self.pointer.current = self.pointer.history.pop();
        self.pointer.confirmed = true;
        self.pointer.attempts = 0;
        self.save();
    }

    fn quarantine(&mut self, digest: &str, reason: &str) {
        log::warn!("code {}: {reason}", short_digest(digest));
        self.journal("quarantined", Some(digest), reason);
        let quarantined = &mut self.pointer.quarantined;
        quarantined.insert(digest.into(), reason.into());
        self.save();
    }

    fn prune(&mut self) {
        let pointer = &mut self.pointer;
        let retained: BTreeSet<&str> = [&pointer.current, &pointer.pending]
            .into_iter()
            .flatten()
            .chain(&pointer.history)
            .map(String::as_str)
            .collect();
        self.generations.prune(&retained);
        if pointer.quarantined.len() > MAX_QUARANTINED {
            (pointer.quarantined).retain(|digest, _| self.generations.contains(digest));
        }
    }

    /// Writes the state, or resets it to `before` if that fails.
    fn persist(&mut self, before: Pointer) -> io::Result<()> {
        let written = self.pointer.write(&self.folder);
        if written.is_err() {
            self.pointer = before;
        }
        written
    }

    /// Writes the state of what has happened already. Logs an error.
    fn save(&self) {
        if let Err(error) = self.pointer.write(&self.folder) {
            log::error!("hot/state.json can't be written: {error}");
        }
    }

    fn journal(&self, event: &str, digest: Option<&str>, reason: &str) {
        journal::append(&self.folder, event, digest, reason);
    }
}

/// The first 12 characters of a digest.
pub fn short_digest(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Whether the code may have caused the failure, rather than the machine or the data. `WrongCode` means that another process changed
/// the stored files while they were read; the code itself may work.
fn is_caused_by_code(failure: &Failure) -> bool {
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
                | Failure::HealthCheckFailed { .. }
        ),
    }
}
