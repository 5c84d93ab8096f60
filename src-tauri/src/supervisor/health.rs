use std::{error::Error, fmt, net::SocketAddr, time::Duration};

use backend_client::apis::{self, configuration::Configuration, utils_api::utils_health_check};
use reqwest::{blocking::Client, redirect::Policy};

/// What came instead of a plain `true`.
#[derive(Debug)]
pub(super) enum Miss {
    /// Nobody listens there any more.
    Refused,
    /// It may be stuck, or only busy.
    TimedOut,
    Other(String),
}

/// Asks the backend itself, whatever proxy this machine has; only a plain `true` will do. Blocks.
pub(super) fn check(address: SocketAddr, timeout: Duration) -> Result<(), Miss> {
    // The updater makes every client of this build able to do TLS. This one never does it: no provider
    // but the updater's own, and no reading of the system's certificates for each check.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(Policy::custom(|attempt| attempt.error("it redirects")))
        .timeout(timeout)
        .build()
        .map_err(|error| Miss::from(&error))?;
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
