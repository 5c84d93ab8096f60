//! `make dev` only: an edit of the backend's source restarts it, on the same address.

use std::{
    error::Error,
    sync::{Arc, mpsc::channel},
    thread,
    time::Duration,
};

use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, new_debouncer,
    notify::{EventKind, RecursiveMode},
};
use tauri::{App, Manager};

use crate::{launch, supervisor::Supervisor};

/// Editors write a file in several steps, and a formatter follows.
const QUIET_FOR: Duration = Duration::from_millis(200);

pub fn watch(app: &App, supervisor: Arc<Supervisor>) -> Result<(), Box<dyn Error>> {
    let (edited, edits) = channel();
    let mut watcher = new_debouncer(QUIET_FOR, None, move |events: DebounceEventResult| {
        if events.is_ok_and(|events| events.iter().any(is_edit)) {
            // Fails only when the app is about to end.
            let _ = edited.send(());
        }
    })?;
    watcher.watch(launch::source_dir().join("app"), RecursiveMode::Recursive)?;
    // Watches for as long as it is kept.
    app.manage(watcher);
    thread::Builder::new()
        .name("dev reload".into())
        .spawn(move || {
            while edits.recv().is_ok() {
                // Edits made during the last restart are all in the next.
                while edits.try_recv().is_ok() {}
                log::info!("the backend's source has changed");
                // A source that can't start is told by the state; the next edit tries again.
                let _ = supervisor.restart();
            }
        })?;
    Ok(())
}

fn is_edit(event: &DebouncedEvent) -> bool {
    !matches!(event.kind, EventKind::Access(_))
        && event
            .paths
            .iter()
            .any(|path| path.extension().is_some_and(|it| it == "py"))
}
