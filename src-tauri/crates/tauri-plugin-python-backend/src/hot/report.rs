//! What the window shows of the developer's edits.

use std::{collections::BTreeMap, sync::Mutex};

use serde::Serialize;
use tauri::AppHandle;

use super::lock;
use crate::events::Event;
use backend_supervisor::{BackendError, Failure};

const GOES_ON: &str = "The code before it goes on.";

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename = "HotPatch")]
#[cfg_attr(test, derive(specta::Type))]
pub struct Report {
    /// The last edit that was not taken; the code before it goes on.
    pub broken: Option<Broken>,
    /// What the developer's tools found, by its kind, such as a request that failed.
    pub notes: BTreeMap<String, Note>,
    /// What the window's client does not know of the API yet.
    pub drift: Option<String>,
    /// How often the code was replaced.
    pub patches: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Broken {
    /// Of the code; empty for what never came so far.
    pub digest: String,
    pub title: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct Note {
    pub title: String,
    pub text: String,
}

impl Report {
    /// Replaces the note called `name`; without a `title` there is none any more.
    pub fn note(&mut self, name: &str, title: Option<&str>, text: &str) {
        if let Some(title) = title {
            let (title, text) = (title.to_owned(), text.to_owned());
            self.notes.insert(name.to_owned(), Note { title, text });
        } else {
            self.notes.remove(name);
        }
    }
}

impl Broken {
    pub fn new(digest: &str, message: &str, error: &BackendError) -> Self {
        // The last line of a traceback says more than that there was one.
        let last = error.log_tail.iter().rfind(|line| !line.is_empty());
        let died = matches!(error.failure, Failure::DiedEarly { .. });
        let title = last.filter(|line| died && !line.starts_with(char::is_whitespace));
        Self {
            digest: digest.into(),
            title: match title {
                Some(line) => format!("{line}. {GOES_ON}"),
                None => format!("{message} {GOES_ON}"),
            },
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
            title: format!("The edit is not up yet. {GOES_ON}{at}"),
            text: log_tail.join("\n"),
        })
    }
}

/// Tells the window.
pub fn announce(app: &AppHandle, report: &Mutex<Report>) {
    let report = lock(report).clone();
    report.emit(app);
}

/// What went wrong, with what helps whoever wrote the code in place of what helps the users of an installed app.
pub fn for_developers(failure: &Failure) -> String {
    match failure {
        Failure::DiedEarly { status } => format!("The edit ended at its start ({status})."),
        Failure::Died { status } => format!("The edit ended ({status})."),
        Failure::Stalled { reason } => format!("The edit stopped answering: {reason}."),
        Failure::StartTimeout { seconds } => format!("The edit was not up after {seconds} s."),
        Failure::HealthCheckFailed { reason } => {
            format!("The edit did not pass its health check: {reason}.")
        }
        Failure::Reported { code, .. } if code == "migration_failed" => {
            "The migration failed, and the database is as it was. Mend the migration, and push again.".into()
        }
        failure => {
            let text = failure.to_string();
            let text = text.trim_end_matches("Reinstall the app.").trim_end();
            text.into()
        }
    }
}

/// Without the sentences for users, which the backend writes to its log as well.
pub fn without_message(log_tail: Vec<String>, failure: &Failure) -> Vec<String> {
    let Failure::Reported { message, .. } = failure else {
        return log_tail;
    };
    let log = log_tail
        .join("\n")
        .replace(&format!("Error: {message}"), "");
    log.trim_end().lines().map(str::to_owned).collect()
}

/// Without the lines that are Python's own business.
pub fn without_machinery(log_tail: Vec<String>) -> Vec<String> {
    let is_machinery = |line: &String| line.trim_start().starts_with("File \"<frozen ");
    (log_tail.into_iter())
        .filter(|line| !is_machinery(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_developer_is_told_to_mend_the_migration_and_sees_where_it_failed() {
        let failure = Failure::Reported {
            code: "migration_failed".into(),
            message: "It failed.\nReport this with the log.".into(),
        };
        assert!(for_developers(&failure).contains("Mend the migration"));
        let log = [
            "ValueError: half way",
            "Error: It failed.",
            "Report this with the log.",
        ];
        let log = log.map(str::to_owned).to_vec();
        assert_eq!(without_message(log, &failure), ["ValueError: half way"]);
    }
}
