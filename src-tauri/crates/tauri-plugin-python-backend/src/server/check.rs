//! Asks an address whether it is a server that this app can work with, from outside of the page: so that a certificate's
//! fault has words, and nothing has to be let into the page's policy before.

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

const ANSWER_WITHIN: Duration = Duration::from_secs(15);
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_AT_MOST: u64 = 64 * 1024;
/// Letters of a version that are shown.
const VERSION_AT_MOST: usize = 40;

/// What a server must offer.
#[derive(Debug, Clone, Copy)]
pub struct Api<'a> {
    /// Its path, without a slash at the end.
    pub path: &'a str,
    /// What `about/` must report.
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
    /// Servers of before these were there say neither.
    server: Option<bool>,
    api_version: Option<u32>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
}

/// Blocks. `origin` is the window's, which the server must let in.
///
/// # Errors
/// Why it can't be used.
pub fn check(address: &Address, api: Api<'_>, origin: &str) -> Result<ServerFound, ServerError> {
    let client = client(address).map_err(|error| unreachable(address, &error))?;
    let ask = |path: &str| {
        let url = format!("{address}{}/utils/{path}", api.path);
        let answer = client.get(url).header(ORIGIN, origin).send();
        answer.map_err(|error| unreachable(address, &error))
    };
    let answer = ask("about/")?;
    let lets_in = lets_in(&answer, origin);
    let mut about = read_about(address, answer, origin)?;
    about.version = about.version.chars().take(VERSION_AT_MOST).collect();
    is_the_version(address, &about, api.version)?;
    if !lets_in {
        return Err(ServerError::OriginRefused {
            address: address.to_string(),
            origin: origin.into(),
        });
    }
    // Only some balancers keep this one to themselves.
    let ready = ask("ready/")?.status();
    if ready.is_server_error() {
        return Err(busy(address, ready));
    }
    Ok(ServerFound {
        url: address.to_string(),
        version: about.version,
    })
}

/// Follows nothing: a server is where its address says. A proxy of the system's is used, but not to this machine.
fn client(address: &Address) -> reqwest::Result<Client> {
    // Done already if there was any client before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN);
    if address.is_loopback() {
        builder.no_proxy().build()
    } else {
        builder.build()
    }
}

fn lets_in(answer: &Response, origin: &str) -> bool {
    let allowed = answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
    allowed.is_some_and(|it| it == origin || it == "*")
}

fn read_about(address: &Address, answer: Response, origin: &str) -> Result<About, ServerError> {
    let status = answer.status();
    let address = address.to_string();
    if status.is_redirection() {
        return Err(ServerError::Moved {
            address,
            to: place_in(answer.headers().get(LOCATION)),
        });
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let status = status.as_u16();
        return Err(ServerError::Busy { address, status });
    }
    let mut body = Vec::new();
    if let Err(error) = answer.take(ANSWER_AT_MOST).read_to_end(&mut body) {
        let reason = error.to_string();
        return Err(ServerError::Unreachable { address, reason });
    }
    let refusal =
        serde_json::from_slice::<Refusal>(&body).map_or_else(|_| String::new(), |it| it.code);
    match (status, refusal.as_str()) {
        (StatusCode::OK, _) => {}
        (StatusCode::FORBIDDEN, "origin") => {
            let origin = origin.into();
            return Err(ServerError::OriginRefused { address, origin });
        }
        (StatusCode::UNAUTHORIZED, "launch_token") => {
            let reason = "it is one computer's own app".into();
            return Err(ServerError::NotAServer { address, reason });
        }
        (StatusCode::BAD_REQUEST, "host") => {
            return Err(ServerError::HostRefused { address });
        }
        _ => {
            let reason = format!("it answers with status {}", status.as_u16());
            return Err(ServerError::NotAServer { address, reason });
        }
    }
    serde_json::from_slice(&body).map_err(|_| ServerError::NotAServer {
        address,
        reason: "its answer is not one of this app".into(),
    })
}

/// Of a redirect's target what could be entered: scheme, host and port.
fn place_in(location: Option<&HeaderValue>) -> String {
    let target = location
        .and_then(|it| it.to_str().ok())
        .and_then(|it| Url::parse(it).ok());
    target.filter(Url::has_host).map_or_else(
        || "another page of its own".into(),
        |it| it.origin().ascii_serialization(),
    )
}

fn is_the_version(address: &Address, about: &About, expected: u32) -> Result<(), ServerError> {
    let (address, version) = (address.to_string(), about.version.clone());
    if about.server == Some(false) {
        let reason = "it is one computer's own app".into();
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
    if let Some(reason) = certificate_fault(error) {
        return ServerError::Certificate { address, reason };
    }
    let reason = if error.is_timeout() {
        "there is no answer".into()
    } else {
        connection_fault(error)
    };
    ServerError::Unreachable {
        address,
        reason: reason.trim_end_matches('.').into(),
    }
}

/// The usual faults in words of ours; the system's name what nobody has asked for.
fn connection_fault(error: &reqwest::Error) -> String {
    let causes = causes(error);
    if causes
        .iter()
        .any(|it| it.to_string().starts_with("dns error"))
    {
        return "no address is known for that name".into();
    }
    let kind = |it: &&Cause| it.downcast_ref::<io::Error>().map(io::Error::kind);
    if causes
        .iter()
        .filter_map(kind)
        .any(|it| it == io::ErrorKind::ConnectionRefused)
    {
        return "nothing listens there".into();
    }
    causes.last().map_or_else(String::new, ToString::to_string)
}

type Cause = dyn Error + 'static;

/// The error first, what is behind it all last.
fn causes(error: &Cause) -> Vec<&Cause> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        all.push(cause);
        next = match cause.downcast_ref::<io::Error>() {
            // What it wraps is not among its sources, only what that wraps.
            Some(wrapping) => wrapping.get_ref().map(|inner| inner as &Cause),
            None => cause.source(),
        };
    }
    all
}

fn certificate_fault(error: &reqwest::Error) -> Option<String> {
    let fault = causes(error)
        .into_iter()
        .find_map(|it| it.downcast_ref::<rustls::Error>())?;
    let words = match fault {
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "nobody this computer trusts has signed it".into()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired".into()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet; this computer's clock may be wrong".into()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "it was made for another name".into()
            }
            CertificateError::Revoked => "it was revoked".into(),
            // As the webpki crate names, and only names, what `openssl req -x509` makes.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                "it has signed itself, and nobody this computer trusts has".into()
            }
            other => other.to_string(),
        },
        rustls::Error::NoCertificatesPresented => "there is none".into(),
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests;
