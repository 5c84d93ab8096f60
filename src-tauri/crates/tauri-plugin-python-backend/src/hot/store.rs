//! The generations of the backend's code that were pushed, and which of them runs.
//!
//! `hot/store/<digest>/app` is never changed once it is there. `hot/state.json` points into it, and is only ever replaced
//! as a whole. A generation fits one build of the app: under another it is left where it lies, and what was installed runs.

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
    pointer::{Found, Migration, Pointer},
};
use backend_supervisor::{Failure, Version, files};

#[cfg(test)]
mod tests;

/// So many generations before the one that runs can be gone back to.
const HISTORY: usize = 8;
/// So many that failed are remembered, whether they are kept or not.
const QUARANTINED: usize = 64;
/// How often one that has not proved itself yet is started, before another is.
const STARTS_UNPROVED: u32 = 2;
/// A command of the developer's that has the folder is about to be done with it.
const LOCK_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    pub generations: Generations,
    pub pointer: Pointer,
    /// Held for as long as the app runs: whoever has it may write here.
    _lock: File,
}

impl Store {
    /// # Errors
    /// When the folder can't be made or is another's.
    pub fn open(folder: PathBuf, key: Value, base: Base, flags: Vec<OsString>) -> io::Result<Self> {
        files::create_dir(&folder)?;
        files::create_dir(&folder.join("store"))?;
        let mut options = OpenOptions::new();
        let lock = files::open(&folder.join("lock"), options.write(true).create(true))?;
        let until = Instant::now() + LOCK_WITHIN;
        while lock.try_lock().is_err() {
            if Instant::now() > until {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let found = Pointer::read(&folder, &key);
        let (kept, why) = match found {
            Found::Kept(pointer) => (Some(pointer), None),
            Found::Nothing => (None, None),
            Found::OfAnotherBuild => (None, Some("another build")),
            Found::Broken => (
                None,
                Some("state.json can't be read, and was kept as state.broken.json"),
            ),
        };
        let is_new = kept.is_none();
        let store = Self {
            pointer: kept.unwrap_or_else(|| Pointer::of(key.clone())),
            generations: Generations {
                folder: folder.join("store"),
                key,
                base,
                flags,
            },
            folder,
            _lock: lock,
        };
        if let Some(why) = why {
            log::warn!("{why}: what was installed runs");
            store.note("what was installed runs", None, why);
        }
        if is_new {
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
                return self.generations.version(&pending);
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
        self.with_its_database(&self.generations.base.digest)
    }

    /// As it was before a migration that came to nothing, or whose code came to nothing.
    fn with_its_database(&self, digest: &str) -> Version {
        let mut version = self.generations.version(digest);
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
        self.generations
            .version(digest)
            .args
            .into_iter()
            .chain(own)
            .collect()
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

    /// Whether `digest` can be run, and has not failed.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn usable(&self, digest: &str) -> Result<(), String> {
        if let Some(why) = self.pointer.quarantined.get(digest) {
            let why = why.trim_end_matches('.');
            return Err(format!(
                "it failed before: {why}. Edit it, or have it tried again with make hot-patch ARGS=--again"
            ));
        }
        self.generations.check(digest)
    }

    /// Whatever it did, it may be tried again.
    pub fn forgive(&mut self, digest: &str) {
        self.pointer.quarantined.remove(digest);
    }

    /// `digest` is about to be tried beside what runs.
    ///
    /// # Errors
    /// When that can't be written down: it is not to be tried then.
    pub fn try_out(&mut self, digest: &str) -> io::Result<()> {
        let before = self.pointer.clone();
        self.pointer.pending = Some(digest.into());
        self.pointer.attempts = 1;
        self.write_down(before)?;
        self.note("pending", Some(digest), "");
        Ok(())
    }

    /// `digest` is about to be started after the one that runs has ended, and will change the database's schema.
    ///
    /// # Errors
    /// As `try_out`.
    pub fn try_migration(&mut self, digest: &str) -> io::Result<()> {
        let before = self.pointer.clone();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.pointer.migration = Some(Migration {
            to: digest.into(),
            since: since.unwrap_or_default().as_secs(),
        });
        self.pointer.migrated.push(digest.into());
        let tried = self.try_out(digest);
        if tried.is_err() {
            self.pointer = before;
        }
        tried
    }

    pub fn serves(&mut self, digest: &str) {
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

    /// Whether there is another to be started in place of `digest`, which is no good: `why`, in words.
    pub fn failed(&mut self, digest: &str, failure: &Failure, why: &str) -> bool {
        if digest == self.generations.base.digest || !blames_the_code(failure) {
            return false;
        }
        let kept = self.pointer.migrated.iter().any(|it| it == digest);
        if kept && self.pointer.migration.is_none() {
            // What was written since would be lost, which is not decided here.
            return false;
        }
        self.quarantine(digest, why);
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
        if digest != self.generations.base.digest && blames_the_code(failure) {
            self.quarantine(digest, why);
        }
        self.save();
    }

    pub fn running(&self) -> &str {
        self.pointer
            .current
            .as_ref()
            .unwrap_or(&self.generations.base.digest)
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

    fn prune(&mut self) {
        let pointer = &mut self.pointer;
        let kept: BTreeSet<&str> = [&pointer.current, &pointer.pending]
            .into_iter()
            .flatten()
            .chain(&pointer.history)
            .map(String::as_str)
            .collect();
        self.generations.prune(&kept);
        if pointer.quarantined.len() > QUARANTINED {
            (pointer.quarantined).retain(|digest, _| self.generations.holds(digest));
        }
    }

    /// The pointer as it is now; or, if that can't be written, as it was `before`, here as well.
    fn write_down(&mut self, before: Pointer) -> io::Result<()> {
        let written = self.pointer.write(&self.folder);
        if written.is_err() {
            self.pointer = before;
        }
        written
    }

    /// As `write_down`, for what has happened already.
    fn save(&self) {
        if let Err(error) = self.pointer.write(&self.folder) {
            log::error!("which code runs can't be kept for the next start: {error}");
        }
    }

    fn note(&self, what: &str, digest: Option<&str>, why: &str) {
        journal::note(&self.folder, what, digest, why);
    }
}

/// As little of a digest as people need.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Whether the failure can come from the code, rather than from the machine or the data. `WrongCode` can't: another
/// process changed the stored files while they were read, and the same edit is good.
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
                | Failure::HealthCheckFailed { .. }
        ),
    }
}
