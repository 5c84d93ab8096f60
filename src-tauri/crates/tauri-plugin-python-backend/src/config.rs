use serde::Deserialize;
use tauri::{Theme, window::Color};

/// The Python package that serves an ASGI app.
pub(crate) const HOST_PACKAGE: &str = "backend_host";

/// Configuration of the plugin: `plugins.python-backend` in tauri.conf.json.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The Python module that `python -m` runs, or an ASGI app as `module:attribute`, which `backend_host` serves.
    pub module: String,
    /// Path of the HTTP API of the local backend and of servers, without a trailing slash, such as `/api/v1`.
    #[serde(default)]
    pub api_path: String,
    /// API version that a server must have.
    #[serde(default)]
    pub api_version: u32,
    /// Background color of the window until the first page is drawn.
    #[serde(default)]
    pub background: Background,
    /// Whether the menu has the item that emits the event `open-settings`.
    #[serde(default)]
    pub settings_menu: bool,
}

impl Config {
    /// The arguments of `python -m`.
    pub(crate) fn module_args(&self) -> Vec<&str> {
        if self.module.contains(':') {
            vec![HOST_PACKAGE, &self.module]
        } else {
            vec![&self.module]
        }
    }
}

/// A color per theme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    light: Color,
    dark: Color,
}

impl Default for Background {
    /// White, and nearly black for the dark theme.
    fn default() -> Self {
        Self {
            light: Color(255, 255, 255, 255),
            dark: Color(24, 24, 24, 255),
        }
    }
}

impl Background {
    pub(crate) fn of(&self, theme: Theme) -> Color {
        match theme {
            Theme::Dark => self.dark,
            _ => self.light,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_args_run_a_module_or_serve_an_asgi_app() {
        let config = |text| serde_json::from_str::<Config>(text).unwrap();
        let package = config(r#"{"module": "app", "apiPath": "/api/v1", "settingsMenu": true}"#);
        assert_eq!(package.module_args(), ["app"]);
        let asgi = config(r#"{"module": "main:app"}"#);
        assert_eq!(asgi.module_args(), ["backend_host", "main:app"]);
        assert_eq!((asgi.api_path.as_str(), asgi.settings_menu), ("", false));
    }
}
