use std::{error::Error, net::SocketAddr, time::Duration};

use reqwest::{blocking::Client, redirect::Policy};

const PATH: &str = "/api/v1/utils/health-check/";

/// Asks the backend itself, whatever proxy this machine has; only a plain 200 will do. Blocks.
pub(super) fn check(address: SocketAddr, timeout: Duration) -> Result<(), String> {
    let answer = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(timeout)
        .build()
        .and_then(|client| client.get(format!("http://{address}{PATH}")).send())
        .map_err(|error| innermost(&error))?;
    match answer.status().as_u16() {
        200 => Ok(()),
        status => Err(format!("it answered with status {status}")),
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
