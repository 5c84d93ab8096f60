//! Events that the plugin emits to all windows. guest-js/bindings.ts is generated from their names and payloads.

use serde::Serialize;
use tauri::{AppHandle, Emitter};

use crate::downloads::Download;
use backend_supervisor::State;

/// An event and its payload.
pub(crate) trait Event: Serialize + Clone {
    const NAME: &'static str;

    /// Emits the event to all windows. Logs an error.
    fn emit(self, app: &AppHandle) {
        if let Err(error) = app.emit(Self::NAME, self) {
            log::error!("event {} was not emitted: {error}", Self::NAME);
        }
    }
}

/// The menu item Settings was selected.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub(crate) struct OpenSettings;

impl Event for State {
    const NAME: &'static str = "backend-state";
}

impl Event for Download {
    const NAME: &'static str = "download";
}

impl Event for OpenSettings {
    const NAME: &'static str = "open-settings";
}

#[cfg(feature = "hot-reload")]
impl Event for crate::hot::Report {
    const NAME: &'static str = "hot-patch";
}
