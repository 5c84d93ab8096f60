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
    generations::{Generations, InstalledCode},
    journal,
    store_state::{Migration, ReadOutcome, StoreState},
};
use backend_supervisor::{Failure, Version, files};

#[cfg(test)]
mod tests;

/// Number of previous generations that are retained.
const MAX_HISTORY: usize = 8;
/// If more generations are quarantined, the entries of pruned generations are removed.
const MAX_QUARANTINED: usize = 64;
/// Limit of starts of an unconfirmed generation before the fallback.
const MAX_UNCONFIRMED_STARTS: u32 = 2;
/// Time to wait for a command of `scripts/hot_patch` that holds the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    pub generations: Generations,
    pub state: StoreState,
    /// Whether code was pushed to this run of the app. Before that, no standby process is needed.
    pub received_push: bool,
    /// Locked while the app runs. The holder may write to the folder.
    _lock: File,
}

impl Store {
    /// Opens the store and locks it.
    ///
    /// # Errors
    /// If the folder can't be created, belongs to another user or is locked.
    pub fn open(
        folder: PathBuf,
        key: Value,
        installed: InstalledCode,
        flags: Vec<OsString>,
    ) -> io::Result<Self> {
        files::create_dir(&folder)?;
        files::create_dir(&folder.join("store"))?;
        let mut options = OpenOptions::new();
        let lock = files::open(&folder.join("lock"), options.write(true).create(true))?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        while lock.try_lock().is_err() {
            if Instant::now() > deadline {
                return Err(io::Error::new(
                    io::ErrorKind::WouldBlock,
                    "another process has locked hot/lock",
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let (state, reason) = match StoreState::read(&folder, &key) {
            ReadOutcome::Valid(state) => (Some(state), None),
            ReadOutcome::Missing => (None, None),
            ReadOutcome::OtherBuild => (None, Some("state.json belongs to another build")),
            ReadOutcome::Corrupt => (
                None,
                Some("state.json can't be read and was renamed to state.broken.json"),
            ),
        };
        let is_new = state.is_none();
        let store = Self {
            state: state.unwrap_or_else(|| StoreState::new(key.clone())),
            generations: Generations {
                folder: folder.join("store"),
                key,
                installed,
                flags,
                standby_host_digest: None,
            },
            received_push: false,
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
        if let Some(pending) = self.state.pending.take() {
            let usable = self.check_usable(&pending);
            if self.state.attempts == 0 && usable.is_ok() {
                self.state.attempts = 1;
                self.state.pending = Some(pending.clone());
                self.save();
                return self.generations.version(&pending);
            }
            let reason = (usable.err()).unwrap_or_else(|| "it did not become ready".into());
            self.journal("skipped", Some(&pending), &reason);
            self.state.attempts = 0;
            self.save();
        }
        while let Some(current) = self.state.current.clone() {
            if self.may_start(&current) {
                return self.version_with_database(&current);
            }
            self.roll_back();
        }
        self.version_with_database(&self.generations.installed.digest)
    }

    /// The version, with a restore of the database if the generation of the last migration failed.
    fn version_with_database(&self, digest: &str) -> Version {
        let mut version = self.generations.version(digest);
        let failed = self.state.migration.as_ref().filter(|it| it.to != digest);
        if let Some(migration) = failed {
            version.prepare = self
                .backup_since(migration.since)
                .map(|backup| self.restore_args(digest, &backup));
        }
        version
    }

    /// Interpreter arguments that restore a backup. The replaced database is backed up as well.
    pub fn restore_args(&self, digest: &str, backup: &Path) -> Vec<OsString> {
        let command = ["restore".into(), backup.into()];
        self.generations
            .version(digest)
            .args
            .into_iter()
            .chain(command)
            .collect()
    }

    /// The last migration backup from `since` (a Unix timestamp in seconds) or later.
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
        if !self.state.confirmed {
            self.state.attempts += 1;
            self.save();
            if self.state.attempts > MAX_UNCONFIRMED_STARTS {
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
        if let Some(reason) = self.state.quarantined.get(digest) {
            let reason = reason.trim_end_matches('.');
            return Err(format!(
                "it failed before: {reason}. Edit it, or try it again with make hot-patch ARGS=--again"
            ));
        }
        self.generations.check(digest)
    }

    /// Allows starting a failed generation again.
    pub fn unquarantine(&mut self, digest: &str) {
        self.state.quarantined.remove(digest);
    }

    /// Stores that `digest` is about to be started as a candidate.
    ///
    /// # Errors
    /// If the state can't be written. The generation must not be started then.
    pub fn set_pending(&mut self, digest: &str) -> io::Result<()> {
        let before = self.state.clone();
        self.state.pending = Some(digest.into());
        self.state.attempts = 1;
        self.persist(before)?;
        self.journal("pending", Some(digest), "");
        Ok(())
    }

    /// Stores that `digest` is about to be started, after the current backend has stopped, and will migrate the database.
    ///
    /// # Errors
    /// As [`Self::set_pending`].
    pub fn set_pending_migration(&mut self, digest: &str) -> io::Result<()> {
        let before = self.state.clone();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.state.migration = Some(Migration {
            to: digest.into(),
            since: since.unwrap_or_default().as_secs(),
        });
        self.state.migrated.push(digest.into());
        let saved = self.set_pending(digest);
        if saved.is_err() {
            self.state = before;
        }
        saved
    }

    /// Generation `digest` is ready: it becomes the current one.
    pub fn on_ready(&mut self, digest: &str) {
        let state = &mut self.state;
        state.migration.take_if(|it| it.to != digest);
        if state.pending.as_deref() == Some(digest) {
            state.pending = None;
        }
        let current = (digest != self.generations.installed.digest).then(|| digest.to_owned());
        if state.current == current {
            return self.save();
        }
        let before = std::mem::replace(&mut state.current, current);
        state.confirmed = state.current.is_none();
        // If the shell is killed now, the next start is the first attempt.
        state.attempts = 0;
        match state.history.iter().position(|it| it == digest) {
            Some(index) => state.history.truncate(index),
            None if state.current.is_none() => state.history.clear(),
            None => state.history.extend(before),
        }
        let excess = state.history.len().saturating_sub(MAX_HISTORY);
        state.history.drain(..excess);
        self.journal("ready", Some(digest), "");
        self.save();
        self.prune();
    }

    /// Generation `digest` has passed its probation.
    pub fn on_confirmed(&mut self, digest: &str) {
        if self.state.current.as_deref() == Some(digest) && !self.state.confirmed {
            self.state.confirmed = true;
            self.state.attempts = 0;
            self.state.migration = None;
            self.journal("confirmed", Some(digest), "");
            self.save();
        }
    }

    /// A person stopped or restarted generation `digest` in its probation: that start does not count.
    pub fn on_stopped(&mut self, digest: &str) {
        let state = &mut self.state;
        if state.pending.is_none() && state.current.as_deref() == Some(digest) && !state.confirmed {
            state.attempts = 0;
            self.save();
        }
    }

    /// Generation `digest` failed. If its code may be the cause and a fallback loses no data, quarantines it and
    /// returns `true`: another version is to be started.
    pub fn on_failure(&mut self, digest: &str, failure: &Failure, reason: &str) -> bool {
        if digest == self.generations.installed.digest || !is_caused_by_code(failure) {
            return false;
        }
        let has_migrated = self.state.migrated.iter().any(|it| it == digest);
        if has_migrated && self.state.migration.is_none() {
            // A fallback would restore the database and lose newer writes. Only the developer may decide that.
            return false;
        }
        self.quarantine(digest, reason);
        if self.state.pending.as_deref() == Some(digest) {
            self.state.pending = None;
            self.state.attempts = 0;
        }
        if self.state.current.as_deref() == Some(digest) {
            self.roll_back();
        }
        self.save();
        true
    }

    /// The push of `digest` failed. Does not change the current generation.
    pub fn on_rejected(&mut self, digest: &str, failure: &Failure, reason: &str) {
        if self.state.pending.as_deref() == Some(digest) {
            self.state.pending = None;
            self.state.attempts = 0;
        }
        if digest != self.generations.installed.digest && is_caused_by_code(failure) {
            self.quarantine(digest, reason);
        }
        self.save();
    }

    /// Digest of the current generation or of the installed code.
    pub fn running(&self) -> &str {
        self.state
            .current
            .as_ref()
            .unwrap_or(&self.generations.installed.digest)
    }

    /// Makes the previous generation the current one.
    fn roll_back(&mut self) {
        self.state.current = self.state.history.pop();
        self.state.confirmed = true;
        self.state.attempts = 0;
        self.save();
    }

    fn quarantine(&mut self, digest: &str, reason: &str) {
        log::warn!("code {}: {reason}", short_digest(digest));
        self.journal("quarantined", Some(digest), reason);
        let quarantined = &mut self.state.quarantined;
        quarantined.insert(digest.into(), reason.into());
        self.save();
    }

    fn prune(&mut self) {
        let state = &mut self.state;
        let retained: BTreeSet<&str> = [&state.current, &state.pending]
            .into_iter()
            .flatten()
            .chain(&state.history)
            .map(String::as_str)
            .collect();
        self.generations.prune(&retained);
        if state.quarantined.len() > MAX_QUARANTINED {
            (state.quarantined).retain(|digest, _| self.generations.contains(digest));
        }
    }

    /// Writes the state, or resets it to `before` if that fails.
    fn persist(&mut self, before: StoreState) -> io::Result<()> {
        let written = self.state.write(&self.folder);
        if written.is_err() {
            self.state = before;
        }
        written
    }

    /// Writes the state after an event. Logs an error.
    fn save(&self) {
        if let Err(error) = self.state.write(&self.folder) {
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

/// Whether the code may have caused the failure, rather than the machine or the data. `CodeDigestMismatch` means that another
/// process changed the stored files while they were read; the code itself may work.
fn is_caused_by_code(failure: &Failure) -> bool {
    match failure {
        Failure::Reported { code, .. } => matches!(
            code.as_str(),
            "import_failed" | "migration_failed" | "database_newer" | "start_failed"
        ),
        failure => matches!(
            failure,
            Failure::ExitedBeforeReady { .. }
                | Failure::ExitedUnexpectedly { .. }
                | Failure::Stalled { .. }
                | Failure::StartTimeout { .. }
                | Failure::InvalidReadyEvent { .. }
                | Failure::HealthCheckFailed { .. }
        ),
    }
}
