//! What the window shows of the developer's edits.

use std::sync::Mutex;

use serde::Serialize;
use tauri::{AppHandle, Emitter};

use super::lock;
use crate::supervisor::{BackendError, Failure};

const EVENT: &str = "hot-patch";

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The last edit that was not taken; the code before it goes on.
    pub broken: Option<Broken>,
    /// What the window's client does not know of the API yet.
    pub drift: Option<String>,
    /// How often the code was replaced.
    pub patches: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Broken {
    /// Of the code; empty for what never came so far.
    pub digest: String,
    pub title: String,
    pub text: String,
}

impl Broken {
    pub fn new(digest: &str, message: &str, error: &BackendError) -> Self {
        // The last line of a traceback says more than that there was one.
        let last = error.log_tail.iter().rfind(|line| !line.is_empty());
        let died = matches!(error.failure, Failure::DiedEarly { .. });
        let title = last.filter(|_| died).cloned();
        Self {
            digest: digest.into(),
            title: title.unwrap_or_else(|| message.into()),
            text: error.log_tail.join("\n"),
        }
    }

    /// One that is still being tried, once it has shown where it is. `source`: the folder that its own code lies in.
    pub fn slow(digest: &str, log_tail: &[String], source: &str) -> Option<Self> {
        // Of the dump that `run.py` asks for: the main thread is the last, its innermost call the first.
        let main = log_tail
            .iter()
            .rposition(|line| line.starts_with("Thread 0x"))?;
        let place = log_tail[main..].iter().find(|line| line.contains(source));
        let at = place.map_or_else(String::new, |line| format!(" It is at {}", line.trim()));
        Some(Self {
            digest: digest.into(),
            title: format!("The edit is not up yet; the code before it goes on.{at}"),
            text: log_tail.join("\n"),
        })
    }
}

/// Tells the window.
pub fn announce(app: &AppHandle, report: &Mutex<Report>) {
    let report = lock(report).clone();
    if let Err(error) = app.emit(EVENT, report) {
        log::error!("the window was not told of the code: {error}");
    }
}

/// What went wrong, without what helps the users of an installed app.
pub fn for_developers(failure: &Failure) -> String {
    let text = failure.to_string();
    text.trim_end_matches("Reinstall the app.")
        .trim_end()
        .into()
}
