//! The content security policy of the page: its `connect-src` contains only the address of the backend or server in use.
//!
//! The policy in `tauri.conf.json` allows every loopback port. Each document gets a policy with only the current address, so a page
//! must be reloaded to connect to a new address.

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

/// The source in the policy of tauri.conf.json that is replaced with the address of the backend or server in use.
pub const LOCAL_SOURCE: &str = "http://127.0.0.1:*";

/// The address in the policy of the last loaded document, if any.
#[derive(Default)]
struct AllowedSource(Mutex<Option<String>>);

pub fn set_up(app: &AppHandle) {
    app.manage(AllowedSource::default());
}

/// Restricts the policy of a document that is being loaded. Other files of the app have no policy.
pub fn restrict(app: &AppHandle, page: &mut Response<Cow<'static, [u8]>>) {
    let Some(policy) = page.headers_mut().get_mut(CONTENT_SECURITY_POLICY) else {
        return;
    };
    let source = source(app);
    *policy = restricted(policy, source.as_deref().unwrap_or_default());
    *lock(app.state::<AllowedSource>().inner()) = source;
}

/// Whether the policy of the last document allows connections to `backend`.
pub fn allows(app: &AppHandle, backend: &Backend) -> bool {
    // The dev server's pages and an app without a policy allow every address.
    if tauri::is_dev() || app.config().app.security.csp.is_none() {
        return true;
    }
    lock(app.state::<AllowedSource>().inner()).as_ref() == Some(&backend.base_url)
}

/// The address to allow; `None` if there is none.
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

fn restricted(policy: &HeaderValue, source: &str) -> HeaderValue {
    let restricted = policy.to_str().map(|it| it.replace(LOCAL_SOURCE, source));
    // An address that is invalid in a header blocks all connections.
    restricted
        .ok()
        .and_then(|it| HeaderValue::from_str(&it).ok())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn lock(allowed: &AllowedSource) -> std::sync::MutexGuard<'_, Option<String>> {
    allowed.0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(policy: &HeaderValue) -> Vec<&str> {
        policy.to_str().unwrap().split_ascii_whitespace().collect()
    }

    #[test]
    fn policy_is_restricted_to_one_address() {
        let configured = HeaderValue::from_str(&format!("connect-src 'self' {LOCAL_SOURCE}"));
        let configured = configured.unwrap();
        let policy = restricted(&configured, "http://127.0.0.1:40123");
        let expected = ["connect-src", "'self'", "http://127.0.0.1:40123"];
        assert_eq!(sources(&policy), expected);
        assert_eq!(sources(&restricted(&configured, "")), expected[..2]);
    }

    #[test]
    fn invalid_address_blocks_all_connections() {
        let configured = HeaderValue::from_static("connect-src http://127.0.0.1:*");
        let blocked = restricted(&configured, "http://a\nb");
        assert_eq!(blocked, "default-src 'none'");
    }
}
