use std::{error::Error, fmt, sync::OnceLock, time::Duration};

use reqwest::{
    blocking::{Client, RequestBuilder},
    redirect::Policy,
};
use serde::Deserialize;

/// Why a probe failed.
#[derive(Debug)]
pub(super) enum ProbeError {
    /// The connection could not be opened: refused, or another error of `connect`, such as no free descriptor.
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

/// Requests the ready endpoint: succeeds if this process responds, runs this code and reaches its database. Blocks.
pub(super) fn check_ready(
    url: &str,
    token: &str,
    (pid, code_digest): (u32, &str),
    timeout: Duration,
) -> Result<(), ProbeError> {
    let request = client()?.get(url).header("X-Launch-Token", token);
    let text = body(request.timeout(timeout))?;
    let response: ReadyResponse = serde_json::from_str(&text)
        .map_err(|error| ProbeError::Other(format!("invalid response: {error}")))?;
    if response.pid == pid && response.code_digest == code_digest {
        Ok(())
    } else {
        Err(ProbeError::Other(format!(
            "process {} with code {} responded",
            response.pid, response.code_digest
        )))
    }
}

/// A client that ignores the system's proxy settings, and opens a connection per request: idle ones may lead to a draining process.
fn client() -> Result<&'static Client, ProbeError> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    // The updater enables TLS for every client of this build, which requires a crypto provider. Probes use plain HTTP, so the
    // system's certificates are not loaded.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .tls_certs_only([])
        .redirect(Policy::custom(|attempt| attempt.error("it redirects")))
        .build()
        .map_err(|error| ProbeError::from(&error))?;
    Ok(CLIENT.get_or_init(|| client))
}

/// Requests the health endpoint: succeeds if the body is `true`. Blocks.
pub(super) fn check(url: &str, timeout: Duration) -> Result<(), ProbeError> {
    match body(client()?.get(url).timeout(timeout))?.trim() {
        "true" => Ok(()),
        "false" => Err(ProbeError::Other("it reports that it is unhealthy".into())),
        _ => Err(ProbeError::Other("invalid response".into())),
    }
}

/// The body of a response with a 2xx status.
fn body(request: RequestBuilder) -> Result<String, ProbeError> {
    let response = request.send().map_err(|error| ProbeError::from(&error))?;
    let status = response.status();
    if !status.is_success() {
        let status = status.as_u16();
        return Err(ProbeError::Other(format!(
            "it responded with status {status}"
        )));
    }
    response.text().map_err(|error| ProbeError::from(&error))
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
        while let Some(source) = cause.source() {
            cause = source;
        }
        Self::Other(cause.to_string())
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => to.write_str("connection refused"),
            Self::TimedOut => to.write_str("timed out"),
            Self::Other(message) => to.write_str(message),
        }
    }
}
