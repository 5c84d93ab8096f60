//! The report of hot patching that the page shows to the developer.

use std::{collections::BTreeMap, sync::Mutex};

use serde::Serialize;
use tauri::AppHandle;

use super::lock;
use crate::events::Event;
use backend_supervisor::{BackendError, Failure};

/// The candidate failed, and the current process was not affected.
pub const PREVIOUS_CODE_RUNS: &str = "The previous code keeps running.";
/// The current process failed, or was stopped for the edit.
pub const PREVIOUS_CODE_STARTS: &str = "The backend restarts with the previous code.";

/// State of hot patching, payload of the event `hot-patch`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename = "HotPatch")]
#[cfg_attr(test, derive(specta::Type))]
pub struct Report {
    /// The last edit, if it failed; the previous code runs.
    pub failed_edit: Option<FailedEdit>,
    /// Findings of the developer tools by kind, such as failed requests.
    pub notes: BTreeMap<String, Note>,
    /// Differences between the API and the page's generated client.
    pub api_changes: Option<String>,
    /// Number of successful patches.
    pub patches: u32,
}

/// An edit that failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct FailedEdit {
    /// Code digest; empty if the code was not pushed.
    pub digest: String,
    /// What failed.
    pub title: String,
    /// Traceback or log.
    pub text: String,
}

/// A finding of the developer tools.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Note {
    pub title: String,
    pub text: String,
}

impl Report {
    /// Replaces the note `name`; without a `title` removes it.
    pub fn note(&mut self, name: &str, title: Option<&str>, text: &str) {
        if let Some(title) = title {
            let (title, text) = (title.to_owned(), text.to_owned());
            self.notes.insert(name.to_owned(), Note { title, text });
        } else {
            self.notes.remove(name);
        }
    }
}

impl FailedEdit {
    /// `consequence`: [`PREVIOUS_CODE_RUNS`], [`PREVIOUS_CODE_STARTS`] or empty.
    pub fn new(digest: &str, message: &str, error: &BackendError, consequence: &str) -> Self {
        // The last line of a traceback contains the exception.
        let last = error.log_tail.iter().rfind(|line| !line.is_empty());
        let has_exited = matches!(error.failure, Failure::ExitedBeforeReady { .. });
        let title = last.filter(|line| has_exited && !line.starts_with(char::is_whitespace));
        Self {
            digest: digest.into(),
            title: match title {
                Some(line) => format!("{line}. {consequence}"),
                None => format!("{message} {consequence}"),
            }
            .trim_end()
            .to_owned(),
            text: error.log_tail.join("\n"),
        }
    }

    /// A candidate whose start is slow, once its log contains the traceback that `run.py` dumps. `source`: folder of its code.
    pub fn slow(digest: &str, log_tail: &[String], source: &str) -> Option<Self> {
        // The dump ends with the main thread, whose innermost frame is the first.
        let main = log_tail
            .iter()
            .rposition(|line| line.starts_with("Thread 0x"))?;
        let frame = log_tail[main..].iter().find(|line| line.contains(source));
        let at = frame.map_or_else(String::new, |line| {
            format!(" The edit is at {}", line.trim())
        });
        Some(Self {
            digest: digest.into(),
            title: format!("The edit is not ready yet. {PREVIOUS_CODE_RUNS}{at}"),
            text: log_tail.join("\n"),
        })
    }
}

/// Emits the report to the page.
pub fn emit(app: &AppHandle, report: &Mutex<Report>) {
    let report = lock(report).clone();
    report.emit(app);
}

/// The message of a failure, with advice for the developer instead of the user of an installed app.
pub fn developer_message(failure: &Failure) -> String {
    match failure {
        Failure::ExitedBeforeReady { status } => {
            format!("The edit exited at its start ({status}).")
        }
        Failure::ExitedUnexpectedly { status } => format!("The edit exited ({status})."),
        Failure::Stalled { reason } => format!("The edit stopped responding: {reason}."),
        Failure::StartTimeout { seconds } => format!("The edit was not ready after {seconds} s."),
        Failure::HealthCheckFailed { reason } => {
            format!("The edit failed its health check: {reason}.")
        }
        Failure::Reported { code, .. } if code == "migration_failed" => {
            "The migration failed, and the database is unchanged. Fix the migration and push again."
                .into()
        }
        failure => {
            let text = failure.to_string();
            let text = text.trim_end_matches("Reinstall the app.").trim_end();
            text.into()
        }
    }
}

/// Removes the message for users, which the backend also writes to its log.
pub fn strip_message(log_tail: Vec<String>, failure: &Failure) -> Vec<String> {
    let Failure::Reported { message, .. } = failure else {
        return log_tail;
    };
    let log = log_tail
        .join("\n")
        .replace(&format!("Error: {message}"), "");
    log.trim_end().lines().map(str::to_owned).collect()
}

/// Strips importlib frames from tracebacks.
pub fn strip_importlib_frames(log_tail: Vec<String>) -> Vec<String> {
    let is_importlib = |line: &String| line.trim_start().starts_with("File \"<frozen ");
    (log_tail.into_iter())
        .filter(|line| !is_importlib(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_migration_shows_advice_and_traceback() {
        let failure = Failure::Reported {
            code: "migration_failed".into(),
            message: "It failed.\nReport this with the log.".into(),
        };
        assert!(developer_message(&failure).contains("Fix the migration"));
        let log = [
            "ValueError: half way",
            "Error: It failed.",
            "Report this with the log.",
        ];
        let log = log.map(str::to_owned).to_vec();
        assert_eq!(strip_message(log, &failure), ["ValueError: half way"]);
    }
}
