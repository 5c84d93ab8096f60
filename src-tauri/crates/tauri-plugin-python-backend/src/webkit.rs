//! Settings of `WebKitGTK` that the webviews of other systems have by default.

use tauri::WebviewWindow;
use webkit2gtk::{NetworkProxyMode, WebView, WebViewExt, WebsiteDataManagerExt};

/// Reloads the page if its web process terminates, and sets the proxy mode.
pub fn configure(window: &WebviewWindow, direct: bool) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        let view = webview.inner();
        set_proxy_mode(&view, direct);
        view.connect_web_process_terminated(|view, reason| {
            log::error!("the web process terminated ({reason:?}): reloading the page");
            view.reload();
        });
    })
}

/// `direct` bypasses the system's proxy: requests to this computer contain the launch token.
pub fn set_proxy_mode(view: &WebView, direct: bool) {
    if let Some(manager) = view.website_data_manager() {
        let mode = if direct {
            NetworkProxyMode::NoProxy
        } else {
            NetworkProxyMode::Default
        };
        manager.set_network_proxy_settings(mode, None);
    }
}
