//! `hot/state.json`: the generation that runs. The file is replaced atomically.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use backend_supervisor::files::{self, write_atomic};

const FORMAT: u32 = 1;
const FILE: &str = "state.json";

/// Content of `hot/state.json`. `scripts/hot_patch` writes it as well while the app is closed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreState {
    format: u32,
    /// The build that the generations match.
    pub key: Value,
    /// Digest of the current generation; `None` for the installed code.
    pub current: Option<String>,
    /// Whether `current` has passed its probation.
    pub confirmed: bool,
    /// Digest of the generation to start next.
    pub pending: Option<String>,
    /// Number of starts of `pending`, or of an unconfirmed `current`.
    pub attempts: u32,
    /// Digests of the generations before `current`, newest last.
    pub history: Vec<String>,
    /// Digests of failed generations, which are not started again, and the reasons.
    pub quarantined: BTreeMap<String, String>,
    /// A migration whose generation is not confirmed yet.
    pub migration: Option<Migration>,
    /// Digests of generations that migrated the database: there is no automatic fallback from a confirmed one.
    pub migrated: Vec<String>,
}

/// A migration of the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// Digest of the generation that migrates.
    pub to: String,
    /// Start of the migration, as a Unix timestamp in seconds. A migration backup from then or later
    /// contains the database as it was before the migration.
    pub since: u64,
}

/// Outcome of reading `hot/state.json`.
pub enum ReadOutcome {
    Missing,
    Valid(StoreState),
    OtherBuild,
    /// The file was renamed to `state.broken.json`.
    Corrupt,
}

impl StoreState {
    /// The state of a build without generations.
    pub fn new(key: Value) -> Self {
        Self {
            format: FORMAT,
            key,
            ..Self::default()
        }
    }

    /// Reads the file, and renames a corrupt one.
    pub fn read(folder: &Path, key: &Value) -> ReadOutcome {
        let path = folder.join(FILE);
        let Ok(text) = files::read(&path) else {
            return ReadOutcome::Missing;
        };
        match serde_json::from_slice::<Self>(&text) {
            Ok(state) if state.format == FORMAT && state.key == *key => ReadOutcome::Valid(state),
            Ok(_) => ReadOutcome::OtherBuild,
            Err(_) => {
                let _ = fs::rename(path, folder.join("state.broken.json"));
                ReadOutcome::Corrupt
            }
        }
    }

    /// Writes the file atomically.
    ///
    /// # Errors
    /// If it can't be written. The file is unchanged then.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        write_atomic(&folder.join(FILE), &text)
    }
}
