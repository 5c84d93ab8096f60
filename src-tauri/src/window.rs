//! The one window.

use tauri::{App, AppHandle, Manager, Theme, WebviewWindowBuilder, window::Color};

const LABEL: &str = "main";

/// Opens the window as the configuration describes it, in the colour that its first page will have: no white flash.
pub fn open(app: &App) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        let window = WebviewWindowBuilder::from_config(app, config)?.build()?;
        window.set_background_color(Some(ground(window.theme()?)))?;
        window.show()?;
    }
    Ok(())
}

/// Brings the window to the front, for a second launch of the app.
pub fn focus(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // A window that can't come to the front is still there.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// The same colours as in the UI's `first-paint.css`.
fn ground(theme: Theme) -> Color {
    match theme {
        Theme::Dark => Color(0x0f, 0x11, 0x14, 0xff),
        _ => Color(0xfa, 0xfa, 0xfa, 0xff),
    }
}
