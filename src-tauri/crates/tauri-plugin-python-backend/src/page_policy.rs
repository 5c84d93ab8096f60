//! What the page may connect to: the one backend or server that is used, and nothing else.
//!
//! The policy in `tauri.conf.json` names every loopback port. Each document gets it with the one address instead, so a page
//! of before can't reach an address of after: it must be loaded again.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use tauri::{
    AppHandle, Manager,
    http::{HeaderValue, Response, header::CONTENT_SECURITY_POLICY},
};

use crate::{Shell, server, supervisor::Backend};

/// How the configured policy names the backend of this computer, whose port is another at each start.
const LOCAL_SOURCE: &str = "http://127.0.0.1:*";

/// The source that the last document was given, if any.
#[derive(Default)]
struct Admitted(Mutex<Option<String>>);

pub fn set_up(app: &AppHandle) {
    app.manage(Admitted::default());
}

/// Narrows the policy of a page that is about to be loaded. Other files of the app have none.
pub fn narrow(app: &AppHandle, page: &mut Response<Cow<'static, [u8]>>) {
    let Some(policy) = page.headers_mut().get_mut(CONTENT_SECURITY_POLICY) else {
        return;
    };
    let source = source(app);
    *policy = narrowed(policy, source.as_deref().unwrap_or_default());
    *lock(app.state::<Admitted>().inner()) = source;
}

/// Whether the page that was loaded last may connect to `backend`.
pub fn admits(app: &AppHandle, backend: &Backend) -> bool {
    // A development server's pages have no policy of ours.
    if tauri::is_dev() {
        return true;
    }
    lock(app.state::<Admitted>().inner()).as_ref() == Some(&backend.base_url)
}

/// `None`: nothing can be connected to for the time being.
fn source(app: &AppHandle) -> Option<String> {
    match server::current(app) {
        Ok(Some(server)) => Some(server.as_str().into()),
        Ok(None) => {
            let address = app.state::<Shell>().supervisor().address()?;
            Some(format!("http://{address}"))
        }
        Err(_) => None,
    }
}

fn narrowed(policy: &HeaderValue, source: &str) -> HeaderValue {
    let narrowed = policy.to_str().map(|it| it.replace(LOCAL_SOURCE, source));
    // What can't be put into a header lets nothing in.
    narrowed
        .ok()
        .and_then(|it| HeaderValue::from_str(&it).ok())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn lock(admitted: &Admitted) -> std::sync::MutexGuard<'_, Option<String>> {
    admitted.0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configured policy of that name, as the header that a page is about to get.
    fn configured(policy: &str) -> HeaderValue {
        let config: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        let sources = &config["app"]["security"][policy]["connect-src"];
        HeaderValue::from_str(&format!("connect-src {}", sources.as_str().unwrap())).unwrap()
    }

    fn sources(policy: &HeaderValue) -> Vec<String> {
        let words = policy.to_str().unwrap().split_ascii_whitespace().skip(1);
        words.map(str::to_owned).collect()
    }

    #[test]
    fn the_configured_policy_is_narrowed_to_the_one_address() {
        let narrow = narrowed(&configured("csp"), "http://127.0.0.1:40123");
        let own = ["'self'", "ipc:", "http://ipc.localhost"];
        assert_eq!(sources(&narrow)[..3], own);
        assert_eq!(sources(&narrow)[3..], ["http://127.0.0.1:40123"]);
        assert_eq!(sources(&narrowed(&configured("csp"), "")), own);
    }

    #[test]
    fn the_development_policy_names_the_backend_in_the_same_way() {
        let dev = sources(&configured("devCsp"));
        assert_eq!(dev.iter().filter(|it| *it == LOCAL_SOURCE).count(), 1);
    }

    #[test]
    fn a_source_that_is_no_header_lets_nothing_in() {
        let nothing = narrowed(&configured("csp"), "http://a\nb");
        assert_eq!(nothing, "default-src 'none'");
    }
}
