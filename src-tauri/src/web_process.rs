//! What only `WebKitGTK` needs of us; the other systems' webviews do it by themselves.

use tauri::WebviewWindow;
use webkit2gtk::{NetworkProxyMode, WebViewExt, WebsiteDataManagerExt};

/// Keeps the page's requests, which all go to this machine and carry the launch token, from any proxy that is set, and loads
/// the page again when its process has died.
pub fn look_after(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|webview| {
        let view = webview.inner();
        if let Some(manager) = view.website_data_manager() {
            manager.set_network_proxy_settings(NetworkProxyMode::NoProxy, None);
        }
        view.connect_web_process_terminated(|view, reason| {
            log::error!("the page's process ended ({reason:?}): loading it again");
            view.reload();
        });
    })
}
