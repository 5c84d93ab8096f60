//! What the plugin emits to every window. The generator of guest-js/bindings.ts takes names and payloads from here.

use serde::Serialize;
use tauri::{AppHandle, Emitter};

use crate::downloads::Download;
use backend_supervisor::State;

/// An event and its payload.
pub(crate) trait Event: Serialize + Clone {
    const NAME: &'static str;

    /// Logs an event that can't be emitted: there is nobody else to notify.
    fn emit(self, app: &AppHandle) {
        if let Err(error) = app.emit(Self::NAME, self) {
            log::error!("event {} was not emitted: {error}", Self::NAME);
        }
    }
}

/// The menu's Settings was chosen.
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
