//! Where a link leads: the app's own pages stay in the window, web pages open in the person's browser, nothing else opens.

use tauri::{AppHandle, Url};
use tauri_plugin_opener::OpenerExt;

/// Whether the window may go there itself.
pub fn follow(app: &AppHandle, url: &Url) -> bool {
    if is_own(app, url) {
        return true;
    }
    open_outside(app, url);
    false
}

pub fn open_outside(app: &AppHandle, url: &Url) {
    if !matches!(url.scheme(), "http" | "https") {
        log::warn!("a link of the kind {}: was not opened", url.scheme());
        return;
    }
    if let Err(error) = app.opener().open_url(url.as_str(), None::<&str>) {
        log::error!("the browser could not be opened: {error}");
    }
}

fn is_own(app: &AppHandle, url: &Url) -> bool {
    let dev_server = app.config().build.dev_url.as_ref();
    match url.scheme() {
        // What the app has made itself, to be saved as a file.
        "tauri" | "blob" => true,
        "http" | "https" => {
            url.host_str() == Some("tauri.localhost")
                || dev_server.is_some_and(|dev| tauri::is_dev() && dev.origin() == url.origin())
        }
        _ => url.as_str() == "about:blank",
    }
}
