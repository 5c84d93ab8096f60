//! Checks whether an address is a server that this app can use. The shell sends the requests instead of the page, because it can
//! report certificate errors and the page's content security policy does not allow the address yet.

use std::{
    error::Error,
    io::{self, Read},
    time::Duration,
};

use reqwest::{
    StatusCode,
    blocking::{Client, Response},
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue, LOCATION, ORIGIN},
    redirect::Policy,
};
use rustls::CertificateError;
use serde::{Deserialize, Serialize};
use tauri::Url;

use super::{Address, ServerError};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_BYTES: u64 = 64 * 1024;
/// Longer version strings are truncated.
const MAX_VERSION_CHARS: usize = 40;

/// The API that a server must have.
#[derive(Debug, Clone, Copy)]
pub struct Api<'a> {
    /// Its path, without a trailing slash.
    pub path: &'a str,
    /// The `api_version` that `about/` must return.
    pub version: u32,
}

/// A server that can be used.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub struct ServerFound {
    url: String,
    version: String,
}

#[derive(Deserialize)]
struct About {
    version: String,
    /// Older servers return neither this field nor `api_version`.
    server: Option<bool>,
    api_version: Option<u32>,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
}

/// Checks a server. `origin`: the window's origin, which the server's CORS settings must allow. Blocks.
///
/// # Errors
/// Why the server can't be used.
pub fn check(address: &Address, api: Api<'_>, origin: &str) -> Result<ServerFound, ServerError> {
    let client = client(address).map_err(|error| unreachable(address, &error))?;
    let request = |path: &str| {
        let url = format!("{address}{}/utils/{path}", api.path);
        let response = client.get(url).header(ORIGIN, origin).send();
        response.map_err(|error| unreachable(address, &error))
    };
    let response = request("about/")?;
    let allows_origin = allows_origin(&response, origin);
    let mut about = read_about(address, response, origin)?;
    about.version = about.version.chars().take(MAX_VERSION_CHARS).collect();
    check_version(address, &about, api.version)?;
    if !allows_origin {
        return Err(ServerError::OriginRefused {
            address: address.to_string(),
            origin: origin.into(),
        });
    }
    // A load balancer might not forward this path, so only a 5xx status is an error.
    let ready = request("ready/")?.status();
    if ready.is_server_error() {
        return Err(busy(address, ready));
    }
    Ok(ServerFound {
        url: address.to_string(),
        version: about.version,
    })
}

/// A client that follows no redirects. It uses the system's proxy settings, except for loopback addresses.
fn client(address: &Address) -> reqwest::Result<Client> {
    // An error means that the provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(RESPONSE_TIMEOUT);
    if address.is_loopback() {
        builder.no_proxy().build()
    } else {
        builder.build()
    }
}

fn allows_origin(response: &Response, origin: &str) -> bool {
    let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
    allowed.is_some_and(|it| it == origin || it == "*")
}

fn read_about(address: &Address, response: Response, origin: &str) -> Result<About, ServerError> {
    let status = response.status();
    let address = address.to_string();
    if status.is_redirection() {
        return Err(ServerError::Moved {
            address,
            to: redirect_origin(response.headers().get(LOCATION)),
        });
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let status = status.as_u16();
        return Err(ServerError::Busy { address, status });
    }
    let mut body = Vec::new();
    if let Err(error) = response.take(MAX_BODY_BYTES).read_to_end(&mut body) {
        let reason = error.to_string();
        return Err(ServerError::Unreachable { address, reason });
    }
    let error_code =
        serde_json::from_slice::<ErrorBody>(&body).map_or_else(|_| String::new(), |it| it.code);
    match (status, error_code.as_str()) {
        (StatusCode::OK, _) => {}
        (StatusCode::FORBIDDEN, "origin") => {
            let origin = origin.into();
            return Err(ServerError::OriginRefused { address, origin });
        }
        (StatusCode::UNAUTHORIZED, "launch_token") => {
            let reason = "it is a desktop app's backend".into();
            return Err(ServerError::NotAServer { address, reason });
        }
        (StatusCode::BAD_REQUEST, "host") => {
            return Err(ServerError::HostRefused { address });
        }
        _ => {
            let reason = format!("it responds with status {}", status.as_u16());
            return Err(ServerError::NotAServer { address, reason });
        }
    }
    serde_json::from_slice(&body).map_err(|_| ServerError::NotAServer {
        address,
        reason: "its response is invalid".into(),
    })
}

/// Scheme, host and port of a redirect's target.
fn redirect_origin(location: Option<&HeaderValue>) -> String {
    let target = location
        .and_then(|it| it.to_str().ok())
        .and_then(|it| Url::parse(it).ok());
    target.filter(Url::has_host).map_or_else(
        || "another page of the same server".into(),
        |it| it.origin().ascii_serialization(),
    )
}

fn check_version(address: &Address, about: &About, expected: u32) -> Result<(), ServerError> {
    let (address, version) = (address.to_string(), about.version.clone());
    if about.server == Some(false) {
        let reason = "it is a desktop app's backend".into();
        return Err(ServerError::NotAServer { address, reason });
    }
    match about.api_version {
        Some(number) if number == expected => Ok(()),
        Some(number) if number > expected => Err(ServerError::Newer { address, version }),
        _ => Err(ServerError::Older { address, version }),
    }
}

fn busy(address: &Address, status: StatusCode) -> ServerError {
    ServerError::Busy {
        address: address.to_string(),
        status: status.as_u16(),
    }
}

fn unreachable(address: &Address, error: &reqwest::Error) -> ServerError {
    let address = address.to_string();
    if let Some(reason) = certificate_error(error) {
        return ServerError::Certificate { address, reason };
    }
    let reason = if error.is_timeout() {
        "the connection timed out".into()
    } else {
        connection_error(error)
    };
    ServerError::Unreachable {
        address,
        reason: reason.trim_end_matches('.').into(),
    }
}

/// A readable message for common errors, otherwise the system's message.
fn connection_error(error: &reqwest::Error) -> String {
    let causes = causes(error);
    if causes
        .iter()
        .any(|it| it.to_string().starts_with("dns error"))
    {
        return "the name can't be resolved".into();
    }
    let kind = |it: &&Cause| it.downcast_ref::<io::Error>().map(io::Error::kind);
    if causes
        .iter()
        .filter_map(kind)
        .any(|it| it == io::ErrorKind::ConnectionRefused)
    {
        return "the connection was refused".into();
    }
    causes.last().map_or_else(String::new, ToString::to_string)
}

type Cause = dyn Error + 'static;

/// The chain of sources: the error first, its root cause last.
fn causes(error: &Cause) -> Vec<&Cause> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        all.push(cause);
        next = match cause.downcast_ref::<io::Error>() {
            // `source()` of an `io::Error` skips the error that it wraps.
            Some(wrapping) => wrapping.get_ref().map(|inner| inner as &Cause),
            None => cause.source(),
        };
    }
    all
}

fn certificate_error(error: &reqwest::Error) -> Option<String> {
    let error = causes(error)
        .into_iter()
        .find_map(|it| it.downcast_ref::<rustls::Error>())?;
    let reason = match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "it is not signed by an authority that this computer trusts".into()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired".into()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet; this computer's clock may be wrong".into()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "it is for another name".into()
            }
            CertificateError::Revoked => "it was revoked".into(),
            // A certificate of `openssl req -x509`. rustls has no variant for this error of webpki, which it wraps.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                "it is self-signed".into()
            }
            other => other.to_string(),
        },
        rustls::Error::NoCertificatesPresented => "the server sent none".into(),
        _ => return None,
    };
    Some(reason)
}

#[cfg(test)]
mod tests;
