//! The one window.

use serde::Deserialize;
use tauri::{
    App, AppHandle, Manager, Theme, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse,
};

use crate::{data_dir, downloads, links, menu, page_policy, shell, theme_choice};

const LABEL: &str = "main";

/// A theme as the page names it.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum PageTheme {
    Light,
    Dark,
}

impl From<PageTheme> for Theme {
    fn from(theme: PageTheme) -> Self {
        match theme {
            PageTheme::Light => Self::Light,
            PageTheme::Dark => Self::Dark,
        }
    }
}

/// Opens the window as the configuration describes it, in the colour that its first page will have: no white flash.
pub fn open(app: &App, chosen: Option<Theme>) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        let (outward, saving, loading) = (
            app.handle().clone(),
            app.handle().clone(),
            app.handle().clone(),
        );
        let mut builder = WebviewWindowBuilder::from_config(app, config)?;
        let data_dir = data_dir::path(app.handle())?;
        if !data_dir.is_dir() || data_dir::trusted(&data_dir).is_none() {
            // The web view makes its own folder there, and can't. With one elsewhere it can still say why.
            builder = builder.data_directory(data_dir::temporary(app.handle())?);
        }
        let window = builder
            .title(&app.package_info().name)
            .theme(chosen)
            .menu(menu::build(app.handle())?)
            .on_navigation(move |url| links::follow(&outward, url))
            .on_new_window(move |url, _| {
                links::open_outside(&url);
                NewWindowResponse::Deny
            })
            .on_web_resource_request(move |_, page| page_policy::narrow(&loading, page))
            .on_download(move |_, event| downloads::on_event(&saving, event))
            .build()?;
        #[cfg(target_os = "linux")]
        crate::web_process::look_after(&window, crate::server::is_loopback(app.handle()))?;
        let background = shell::config(app.handle()).background.of(window.theme()?);
        window.set_background_color(Some(background))?;
        window.show()?;
    }
    Ok(())
}

/// Brings the window to the front, for a second launch of the app.
pub fn focus(app: &AppHandle) {
    if let Some(window) = of(app) {
        // A window that can't come to the front is still there.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// The background is also the menu's, so the two change together.
pub fn set_theme(app: &AppHandle, choice: Option<Theme>, page: Theme) -> tauri::Result<()> {
    let Some(window) = of(app) else { return Ok(()) };
    if let Err(error) = theme_choice::write(&data_dir::path(app)?, choice) {
        log::warn!("the theme was not saved for the next start: {error}");
    }
    window.set_theme(choice)?;
    window.set_background_color(Some(shell::config(app).background.of(page)))
}

/// Has the page's requests go through the system's proxy or not, as whoever answers them needs it.
#[cfg(target_os = "linux")]
pub fn route(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = of(app) {
        let direct = crate::server::is_loopback(app);
        window.with_webview(move |webview| crate::web_process::route(&webview.inner(), direct))?;
    }
    Ok(())
}

pub fn reload(app: &AppHandle) -> tauri::Result<()> {
    of(app).map_or(Ok(()), |window| window.reload())
}

pub fn of(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}
