use std::{error::Error, fmt, net::SocketAddr, time::Duration};

use reqwest::{blocking::Client, redirect::Policy};

const PATH: &str = "/api/v1/utils/health-check/";

/// What came instead of a plain 200.
#[derive(Debug)]
pub(super) enum Miss {
    /// Nobody listens there any more.
    Refused,
    /// It may be stuck, or only busy.
    TimedOut,
    Other(String),
}

/// Asks the backend itself, whatever proxy this machine has; only a plain 200 will do. Blocks.
pub(super) fn check(address: SocketAddr, timeout: Duration) -> Result<(), Miss> {
    let answer = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(timeout)
        .build()
        .and_then(|client| client.get(format!("http://{address}{PATH}")).send())
        .map_err(|error| Miss::from(&error))?;
    match answer.status().as_u16() {
        200 => Ok(()),
        status => Err(Miss::Other(format!("it answered with status {status}"))),
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
