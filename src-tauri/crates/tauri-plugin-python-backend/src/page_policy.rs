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

use backend_supervisor::Backend;

use crate::{server, shell::Shell};

/// How the policies in tauri.conf.json must name the backend of this computer, whose port changes with each launch.
pub const LOCAL_SOURCE: &str = "http://127.0.0.1:*";

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
    if tauri::is_dev() || app.config().app.security.csp.is_none() {
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

    fn sources(policy: &HeaderValue) -> Vec<&str> {
        policy.to_str().unwrap().split_ascii_whitespace().collect()
    }

    #[test]
    fn a_policy_is_narrowed_to_the_one_address() {
        let configured = HeaderValue::from_str(&format!("connect-src 'self' {LOCAL_SOURCE}"));
        let configured = configured.unwrap();
        let narrow = narrowed(&configured, "http://127.0.0.1:40123");
        let expected = ["connect-src", "'self'", "http://127.0.0.1:40123"];
        assert_eq!(sources(&narrow), expected);
        assert_eq!(sources(&narrowed(&configured, "")), expected[..2]);
    }

    #[test]
    fn a_source_that_is_no_header_lets_nothing_in() {
        let configured = HeaderValue::from_static("connect-src http://127.0.0.1:*");
        let nothing = narrowed(&configured, "http://a\nb");
        assert_eq!(nothing, "default-src 'none'");
    }
}
