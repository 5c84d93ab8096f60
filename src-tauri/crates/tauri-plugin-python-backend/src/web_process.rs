//! What only `WebKitGTK` needs of us; the other systems' webviews do it by themselves.

use tauri::WebviewWindow;
use webkit2gtk::{NetworkProxyMode, WebView, WebViewExt, WebsiteDataManagerExt};

/// Loads the page again when its process has died, and has its requests go their way.
pub fn look_after(window: &WebviewWindow, direct: bool) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        let view = webview.inner();
        route(&view, direct);
        view.connect_web_process_terminated(|view, reason| {
            log::error!("the page's process ended ({reason:?}): loading it again");
            view.reload();
        });
    })
}

/// `direct` keeps the page's requests from any proxy that is set: those to this machine, which carry the launch token.
pub fn route(view: &WebView, direct: bool) {
    if let Some(manager) = view.website_data_manager() {
        let mode = if direct {
            NetworkProxyMode::NoProxy
        } else {
            NetworkProxyMode::Default
        };
        manager.set_network_proxy_settings(mode, None);
    }
}
