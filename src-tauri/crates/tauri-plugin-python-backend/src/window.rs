//! The main window.

use serde::Deserialize;
use tauri::{
    App, AppHandle, Manager, Theme, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse,
};

use crate::{csp, data_dir, downloads, menu, navigation, shell, stored_theme};

const LABEL: &str = "main";

/// Theme of the page.
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

/// Opens the configured windows with the background color of the first page, which avoids a white flash.
pub fn open(app: &App, chosen: Option<Theme>) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        let (navigation_app, download_app, request_app) = (
            app.handle().clone(),
            app.handle().clone(),
            app.handle().clone(),
        );
        let mut builder = WebviewWindowBuilder::from_config(app, config)?;
        let data_dir = data_dir::path(app.handle())?;
        if !data_dir.is_dir() || data_dir::trusted(&data_dir).is_none() {
            // The webview needs a writable folder to show the error.
            builder = builder.data_directory(data_dir::create_temporary(app.handle())?);
        }
        let window = builder
            .title(&app.package_info().name)
            .theme(chosen)
            .menu(menu::build(app.handle())?)
            .on_navigation(move |url| navigation::allow(&navigation_app, url))
            .on_new_window(move |url, _| {
                navigation::open_in_browser(&url);
                NewWindowResponse::Deny
            })
            .on_web_resource_request(move |_, page| csp::restrict(&request_app, page))
            .on_download(move |_, event| downloads::on_event(&download_app, event))
            .build()?;
        #[cfg(target_os = "linux")]
        crate::webkit::configure(&window, crate::server::is_loopback(app.handle()))?;
        let background = shell::config(app.handle()).background.of(window.theme()?);
        window.set_background_color(Some(background))?;
        window.show()?;
    }
    Ok(())
}

/// Brings the window to the front when a second instance of the app is started.
pub fn focus(app: &AppHandle) {
    if let Some(window) = main_window(app) {
        // On an error the window stays in the background.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Sets the theme of the window and the background color, which is also that of the menu.
pub fn set_theme(app: &AppHandle, choice: Option<Theme>, page: Theme) -> tauri::Result<()> {
    let Some(window) = main_window(app) else {
        return Ok(());
    };
    if let Some(folder) = data_dir::trusted(&data_dir::path(app)?)
        && let Err(error) = stored_theme::write(folder, choice)
    {
        log::warn!("the theme was not stored: {error}");
    }
    window.set_theme(choice)?;
    window.set_background_color(Some(shell::config(app).background.of(page)))
}

/// Bypasses the system's proxy for a local backend or a server on this computer, and uses it for any other server.
#[cfg(target_os = "linux")]
pub fn apply_proxy_mode(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = main_window(app) {
        let direct = crate::server::is_loopback(app);
        window
            .with_webview(move |webview| crate::webkit::set_proxy_mode(&webview.inner(), direct))?;
    }
    Ok(())
}

/// Reloads the page.
pub fn reload(app: &AppHandle) -> tauri::Result<()> {
    main_window(app).map_or(Ok(()), |window| window.reload())
}

/// The main window, unless it is closed.
pub fn main_window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}
