use std::{error::Error, fmt, net::SocketAddr, time::Duration};

use backend_client::apis::{self, configuration::Configuration, utils_api::utils_health_check};
use reqwest::{blocking::Client, redirect::Policy};
use serde::Deserialize;

/// What came instead of a plain `true`.
#[derive(Debug)]
pub(super) enum Miss {
    /// Nobody listens there any more.
    Refused,
    /// It may be stuck, or only busy.
    TimedOut,
    Other(String),
}

/// Who answered, as it says itself.
#[derive(Deserialize)]
struct Answerer {
    pid: u32,
    code_digest: String,
}

/// Asks whether it is this very process that answers, with this code, and whether it reaches the database. Blocks.
pub(super) fn check_identity(
    address: SocketAddr,
    token: &str,
    (pid, code_digest): (u32, &str),
    timeout: Duration,
) -> Result<(), Miss> {
    let answer = client(timeout)?
        .get(format!("http://{address}/api/v1/utils/ready/"))
        .header("X-Launch-Token", token)
        .send()
        .map_err(|error| Miss::from(&error))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Miss::Other(format!("it answered with status {status}")));
    }
    let text = answer.text().map_err(|error| Miss::from(&error))?;
    let answerer: Answerer = serde_json::from_str(&text)
        .map_err(|error| Miss::Other(format!("it gave an odd answer: {error}")))?;
    if answerer.pid == pid && answerer.code_digest == code_digest {
        Ok(())
    } else {
        Err(Miss::Other(format!(
            "process {} answered with {}",
            answerer.pid, answerer.code_digest
        )))
    }
}

/// Whatever proxy this machine has.
fn client(timeout: Duration) -> Result<Client, Miss> {
    // The updater makes every client of this build able to do TLS. This one never does it: no provider
    // but the updater's own, and no reading of the system's certificates for each check.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(Policy::custom(|attempt| attempt.error("it redirects")))
        .timeout(timeout)
        .build()
        .map_err(|error| Miss::from(&error))
}

/// Asks the backend itself; only a plain `true` will do. Blocks.
pub(super) fn check(address: SocketAddr, timeout: Duration) -> Result<(), Miss> {
    let client = client(timeout)?;
    let backend = Configuration {
        base_path: format!("http://{address}"),
        user_agent: None,
        client,
        basic_auth: None,
        oauth_access_token: None,
        bearer_access_token: None,
        api_key: None,
    };
    match utils_health_check(&backend) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Miss::Other("it says it is not well".into())),
        Err(apis::Error::Reqwest(error)) => Err(Miss::from(&error)),
        Err(apis::Error::ResponseError(answer)) => {
            let status = answer.status.as_u16();
            Err(Miss::Other(format!("it answered with status {status}")))
        }
        Err(error) => Err(Miss::Other(format!("it gave an odd answer: {error}"))),
    }
}

impl From<&reqwest::Error> for Miss {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_connect() {
            return Self::Refused;
        }
        let mut cause: &dyn Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self::Other(cause.to_string())
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => to.write_str("it refuses connections"),
            Self::TimedOut => to.write_str("it gives no answer"),
            Self::Other(what) => to.write_str(what),
        }
    }
}
