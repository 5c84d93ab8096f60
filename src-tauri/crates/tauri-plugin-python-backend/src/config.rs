use serde::Deserialize;
use tauri::{Theme, window::Color};

/// The app's facts: `plugins.python-backend` in tauri.conf.json.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The Python module that `python -m` runs.
    pub module: String,
    /// Path of the HTTP API, at this backend and at any server: `/api/v1`.
    pub api_path: String,
    /// Version that the API of a server must have, see [`crate::server`].
    pub api_version: u32,
    /// Background of the window before the first page is drawn.
    pub background: Background,
}

/// A color per theme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    light: Color,
    dark: Color,
}

impl Background {
    pub(crate) fn of(&self, theme: Theme) -> Color {
        match theme {
            Theme::Dark => self.dark,
            _ => self.light,
        }
    }
}
