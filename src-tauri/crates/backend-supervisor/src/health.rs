use std::{error::Error, fmt, time::Duration};

use reqwest::{
    blocking::{Client, RequestBuilder},
    redirect::Policy,
};
use serde::Deserialize;

/// Why a probe failed.
#[derive(Debug)]
pub(super) enum ProbeError {
    /// Connection refused.
    Refused,
    /// No response: stalled, or busy.
    TimedOut,
    Other(String),
}

/// Body of the ready endpoint.
#[derive(Deserialize)]
struct ReadyResponse {
    pid: u32,
    code_digest: String,
}

/// Checks that this process responds, with this code, and reaches its database. Blocks.
pub(super) fn check_identity(
    url: &str,
    token: &str,
    (pid, code_digest): (u32, &str),
    timeout: Duration,
) -> Result<(), ProbeError> {
    let request = client(timeout)?.get(url).header("X-Launch-Token", token);
    let text = body(request)?;
    let response: ReadyResponse = serde_json::from_str(&text)
        .map_err(|error| ProbeError::Other(format!("it gave an odd answer: {error}")))?;
    if response.pid == pid && response.code_digest == code_digest {
        Ok(())
    } else {
        Err(ProbeError::Other(format!(
            "process {} answered with {}",
            response.pid, response.code_digest
        )))
    }
}

/// Whatever proxy this machine has.
fn client(timeout: Duration) -> Result<Client, ProbeError> {
    // The updater makes every client of this build able to do TLS. This one never does it: no provider
    // but the updater's own, and no reading of the system's certificates for each check.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(Policy::custom(|attempt| attempt.error("it redirects")))
        .timeout(timeout)
        .build()
        .map_err(|error| ProbeError::from(&error))
}

/// Health check: succeeds if the body is `true`. Blocks.
pub(super) fn check(url: &str, timeout: Duration) -> Result<(), ProbeError> {
    match body(client(timeout)?.get(url))?.trim() {
        "true" => Ok(()),
        "false" => Err(ProbeError::Other("it says it is not well".into())),
        _ => Err(ProbeError::Other("it gave an odd answer".into())),
    }
}

/// The body of a successful answer.
fn body(request: RequestBuilder) -> Result<String, ProbeError> {
    let answer = request.send().map_err(|error| ProbeError::from(&error))?;
    let status = answer.status();
    if !status.is_success() {
        let status = status.as_u16();
        return Err(ProbeError::Other(format!(
            "it answered with status {status}"
        )));
    }
    answer.text().map_err(|error| ProbeError::from(&error))
}

impl From<&reqwest::Error> for ProbeError {
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

impl fmt::Display for ProbeError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => to.write_str("it refuses connections"),
            Self::TimedOut => to.write_str("it gives no answer"),
            Self::Other(what) => to.write_str(what),
        }
    }
}
