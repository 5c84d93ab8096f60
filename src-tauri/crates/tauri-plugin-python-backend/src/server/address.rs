//! Which addresses a server may have.

use std::{fmt, net::Ipv4Addr};

use tauri::Url;

use super::ServerError;

/// Scheme, host and port, with no slash at the end: https, or http to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// From what a person typed; without a scheme it is https. It may end with `api_path`, the path of the API.
    ///
    /// # Errors
    /// [`ServerError::BadAddress`].
    pub fn parse(typed: &str, api_path: &str) -> Result<Self, ServerError> {
        let refused = |why| Err(ServerError::BadAddress(why));
        let typed = typed.trim();
        let whole = if typed.contains("://") {
            typed.to_owned()
        } else {
            format!("https://{typed}")
        };
        let Ok(url) = Url::parse(&whole) else {
            return refused("This is no address. Enter one such as https://app.example.com.");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("The address must begin with https://.");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused(
                "Leave name and password out of the address: the server asks for them in its own login.",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("Leave out what follows ? or #.");
        }
        let path = url.path().trim_end_matches('/');
        if !path.is_empty() && path != api_path {
            return refused("The address must end after the server's name, or its port.");
        }
        let host = url.host_str().unwrap_or_default();
        // Anything else is a wildcard, a separator or nothing at all in the page's content security policy.
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-');
        if host.is_empty() || !host.chars().all(plain) {
            return refused(
                "The server's name may hold letters, digits, dots and hyphens, and can't be an IPv6 address.",
            );
        }
        if url.scheme() == "http" && !is_this_machine(host) {
            return refused(
                "http:// is only for a server on this computer: what is sent could be read on the way. Use https://.",
            );
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there stays on this machine.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_this_machine(url.host_str().unwrap_or_default()))
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<Ipv4Addr>();
    host == "localhost" || address.is_ok_and(|it| it.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Option<String> {
        Address::parse(typed, "/api/v1")
            .ok()
            .map(|it| it.to_string())
    }

    #[test]
    fn scheme_host_and_port_are_kept() {
        for (typed, kept) in [
            ("https://app.example.com", "https://app.example.com"),
            (" app.example.com/ ", "https://app.example.com"),
            ("HTTPS://App.Example.com:443/", "https://app.example.com"),
            (
                "https://app.example.com:8443",
                "https://app.example.com:8443",
            ),
            ("https://app.example.com/api/v1/", "https://app.example.com"),
            ("localhost:8443", "https://localhost:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://localhost:8000/api/v1", "http://localhost:8000"),
        ] {
            assert_eq!(parsed(typed).as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for typed in [
            "",
            "https://",
            "http://app.example.com",
            "http://10.0.0.7:8000",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://app.example.com",
            "file:///etc/passwd",
            "tauri://localhost",
            "javascript://app.example.com",
            "https://ada@app.example.com",
            "https://ada:secret@app.example.com",
            "https://app.example.com/?to=x",
            "https://app.example.com/#x",
            "https://app.example.com/team",
            "https://app.example.com/api/v2",
            "https://[::1]:8443",
            "https://*",
            "https://*.example.com",
            "https://a;script-src",
            "https://a,b",
            "https://a'b",
            "https://app.example.com:99999",
        ] {
            assert_eq!(parsed(typed), None, "{typed}");
        }
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for (typed, own) in [
            ("http://127.0.0.1:8000", true),
            ("https://localhost", true),
            ("https://app.example.com", false),
            ("https://10.0.0.7", false),
        ] {
            assert_eq!(
                Address::parse(typed, "").unwrap().is_loopback(),
                own,
                "{typed}"
            );
        }
    }
}
