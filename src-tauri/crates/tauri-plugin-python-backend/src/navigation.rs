//! Navigation policy: the app's pages load in the window, web pages open in the user's browser, other URLs are blocked.

use tauri::{AppHandle, Url};

use crate::launch;

/// Whether the window may navigate to `url`. Opens other web pages in the browser.
pub fn allow(app: &AppHandle, url: &Url) -> bool {
    if is_app_url(url, &launch::origin(app)) {
        return true;
    }
    open_in_browser(url);
    false
}

/// Opens an http or https URL in the user's default browser; ignores other schemes.
pub fn open_in_browser(url: &Url) {
    if !matches!(url.scheme(), "http" | "https") {
        log::warn!("a link with the scheme {} was blocked", url.scheme());
        return;
    }
    if let Err(error) = tauri_plugin_opener::open_url(url, None::<&str>) {
        log::error!("the browser could not be opened: {error}");
    }
}

/// Whether `url` is a page of `origin`, or a `blob:` URL that such a page created for a download.
fn is_app_url(url: &Url, origin: &str) -> bool {
    let page = if url.scheme() == "blob" {
        Url::parse(url.path())
    } else {
        Ok(url.clone())
    };
    page.is_ok_and(|page| {
        page.username().is_empty() && page.password().is_none() && origin_of(&page) == origin
    })
}

/// Scheme, host and port. `Url::origin` is opaque for schemes such as `tauri:`.
fn origin_of(url: &Url) -> String {
    let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
    match url.port() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIX: &str = "tauri://localhost";
    const WINDOWS: &str = "http://tauri.localhost";
    const DEV: &str = "http://127.0.0.1:1420";

    fn is_app(url: &str, origin: &str) -> bool {
        is_app_url(&Url::parse(url).unwrap(), origin)
    }

    #[test]
    fn pages_and_blobs_of_the_app_load_in_the_window() {
        for (url, origin) in [
            ("tauri://localhost", UNIX),
            ("tauri://localhost/items?page=2#top", UNIX),
            ("TAURI://localhost/", UNIX),
            ("blob:tauri://localhost/6a1b", UNIX),
            ("http://tauri.localhost/", WINDOWS),
            ("HTTP://Tauri.LocalHost:80/items", WINDOWS),
            ("blob:http://tauri.localhost/6a1b", WINDOWS),
            ("http://127.0.0.1:1420/items", DEV),
        ] {
            assert!(is_app(url, origin), "{url}");
        }
    }

    #[test]
    fn other_urls_do_not_load_in_the_window() {
        for origin in [UNIX, WINDOWS, DEV] {
            for url in [
                "tauri://localhost:1/",
                "tauri://localhost:80/",
                "tauri://evil/",
                "tauri://LOCALHOST/",
                "tauri://localhost./",
                "tauri://localhost.evil.example/",
                "tauri://localhost@evil/",
                "tauri://me@localhost/",
                "tauri://:secret@localhost/",
                "tauri:///",
                "tauri:localhost",
                "tauris://localhost/",
                "http://tauri.localhost:8080/",
                "https://tauri.localhost/",
                "https://tauri.localhost:80/",
                "http://tauri.localhost./",
                "http://evil.tauri.localhost/",
                "http://tauri.localhost.evil.example/",
                "http://tauri.localhost@evil.example/",
                "http://me@tauri.localhost/",
                "http://localhost:1420/",
                "http://127.0.0.1/",
                "http://127.0.0.1:1421/",
                "http://me@127.0.0.1:1420/",
                "https://127.0.0.1:1420/",
                "blob:null/6a1b",
                "blob:tauri://evil/6a1b",
                "blob:https://evil.example/6a1b",
                "blob:blob:tauri://localhost/6a1b",
                "about:blank",
                "about:srcdoc",
                "data:text/html,tauri://localhost",
                "javascript:void('tauri://localhost')",
                "file:///etc/passwd",
                "ipc://localhost/",
                "asset://localhost/etc/passwd",
            ] {
                assert!(!is_app(url, origin), "{url} for {origin}");
            }
        }
        for (url, origin) in [
            ("http://tauri.localhost/", UNIX),
            ("tauri://localhost/", WINDOWS),
            ("http://127.0.0.1:1420/", UNIX),
            ("tauri://localhost/", DEV),
        ] {
            assert!(!is_app(url, origin), "{url} for {origin}");
        }
    }
}
