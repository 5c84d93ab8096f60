//! Which generation runs, in a file that is only ever replaced as a whole.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use backend_supervisor::files::{self, write_atomic};

const FORMAT: u32 = 1;
const FILE: &str = "state.json";

/// Which generation runs. Also written by `scripts/hot_patch` while the app is closed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pointer {
    format: u32,
    /// The build that the generations are for.
    pub key: Value,
    /// `None`: what was installed.
    pub current: Option<String>,
    /// Whether `current` has served through its probation.
    pub confirmed: bool,
    /// To be tried.
    pub pending: Option<String>,
    /// How often `pending`, or a `current` that is not confirmed, was started.
    pub attempts: u32,
    /// What served before `current`, the newest last.
    pub history: Vec<String>,
    /// What is not run again, and why.
    pub quarantined: BTreeMap<String, String>,
    /// A change of the database's schema that has not proved itself yet.
    pub migration: Option<Migration>,
    /// Generations whose start changed the schema: there is no way back by itself once one has proved itself.
    pub migrated: Vec<String>,
}

/// From one generation to one with another schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    pub to: String,
    /// Seconds since 1970: a backup that is as new holds the database as it was.
    pub since: u64,
}

/// What was found at a start.
pub enum Found {
    /// Nothing: it is the first.
    Nothing,
    Kept(Pointer),
    OfAnotherBuild,
    /// It was set aside, for whoever wants to know what it was.
    Broken,
}

impl Pointer {
    pub fn of(key: Value) -> Self {
        Self {
            format: FORMAT,
            key,
            ..Self::default()
        }
    }

    pub fn read(folder: &Path, key: &Value) -> Found {
        let path = folder.join(FILE);
        let Ok(text) = files::read(&path) else {
            return Found::Nothing;
        };
        match serde_json::from_slice::<Self>(&text) {
            Ok(pointer) if pointer.format == FORMAT && pointer.key == *key => Found::Kept(pointer),
            Ok(_) => Found::OfAnotherBuild,
            Err(_) => {
                let _ = fs::rename(path, folder.join("state.broken.json"));
                Found::Broken
            }
        }
    }

    /// # Errors
    /// When it can't be written; the file is as before then.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        write_atomic(&folder.join(FILE), &text)
    }
}
