//! Server addresses.

use std::{fmt, net::Ipv4Addr};

use tauri::Url;

use super::ServerError;

/// Scheme, host and port without a trailing slash: https, or http on a loopback address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Parses the user's input. The default scheme is https. The URL may end with `api_path`, the path of the API.
    ///
    /// # Errors
    /// [`ServerError::BadAddress`].
    pub fn parse(typed: &str, api_path: &str) -> Result<Self, ServerError> {
        let rejected = |message| Err(ServerError::BadAddress(message));
        let typed = typed.trim();
        let url = if typed.contains("://") {
            typed.to_owned()
        } else {
            format!("https://{typed}")
        };
        let Ok(url) = Url::parse(&url) else {
            return rejected("The address is invalid. Enter one such as https://app.example.com.");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return rejected("The address must begin with https://.");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return rejected(
                "Remove name and password from the address: the server has a login page.",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return rejected("Remove the part that begins with ? or #.");
        }
        let path = url.path().trim_end_matches('/');
        if !path.is_empty() && path != api_path {
            return rejected("The address must end after the server's name or port.");
        }
        let host = url.host_str().unwrap_or_default();
        // Other characters could act as a wildcard or separator in the page's content security policy.
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-');
        if host.is_empty() || !host.chars().all(plain) {
            return rejected(
                "The server's name may contain letters, digits, dots and hyphens. IPv6 addresses are not supported.",
            );
        }
        if url.scheme() == "http" && !is_this_machine(host) {
            return rejected(
                "http:// is only allowed for a server on this computer, because others could read the traffic. Use https://.",
            );
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the host is a loopback address or `localhost`.
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
    fn parse_normalizes_to_scheme_host_and_port() {
        for (typed, parsed_address) in [
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
            assert_eq!(parsed(typed).as_deref(), Some(parsed_address), "{typed}");
        }
    }

    #[test]
    fn parse_rejects_other_addresses() {
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
    fn is_loopback_accepts_loopback_hosts_only() {
        for (typed, expected) in [
            ("http://127.0.0.1:8000", true),
            ("https://localhost", true),
            ("https://app.example.com", false),
            ("https://10.0.0.7", false),
        ] {
            assert_eq!(
                Address::parse(typed, "").unwrap().is_loopback(),
                expected,
                "{typed}"
            );
        }
    }
}
