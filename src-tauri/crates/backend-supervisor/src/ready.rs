use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

/// Number of the launch contract that this shell keeps.
pub const CONTRACT: u32 = 1;

/// A line of the contract, as opposed to anything else printed to stdout.
#[derive(Debug)]
pub(super) enum Line {
    Ready(Result<Ready, String>),
    Failed {
        code: String,
        message: String,
    },
    /// It is still at work on its start.
    Progress {
        step: String,
    },
    /// A replaced process answers no further request itself.
    Draining,
    /// One that was on trial has taken over, at this address.
    Serving(Result<Serving, String>),
    /// A debugger has stopped one of its threads. Repeated every second; only a debug build accepts it.
    Paused,
    /// No debugger stops it any more.
    Resumed,
}

/// Where the backend serves, and as which process.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    address: IpAddr,
    port: u16,
    pid: u32,
    version: String,
    contract: u32,
    pub(super) code_digest: String,
}

/// Where it serves from now on.
#[derive(Debug, Deserialize)]
pub(super) struct Serving {
    address: IpAddr,
    port: u16,
}

#[derive(Deserialize)]
struct Failed {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Progress {
    step: String,
}

#[derive(Deserialize)]
struct Event {
    event: String,
}

/// Reads a line of stdout; `None` if it is none of the contract's.
pub(super) fn parse(line: &str) -> Option<Line> {
    let Event { event } = serde_json::from_str(line).ok()?;
    match event.as_str() {
        "ready" => Some(Line::Ready(
            serde_json::from_str(line).map_err(|error| error.to_string()),
        )),
        "failed" => {
            let Failed { code, message } = serde_json::from_str(line).ok()?;
            Some(Line::Failed { code, message })
        }
        "progress" => {
            let Progress { step } = serde_json::from_str(line).ok()?;
            Some(Line::Progress { step })
        }
        "draining" => Some(Line::Draining),
        "serving" => Some(Line::Serving(
            serde_json::from_str(line).map_err(|error| error.to_string()),
        )),
        "paused" if cfg!(debug_assertions) => Some(Line::Paused),
        "resumed" if cfg!(debug_assertions) => Some(Line::Resumed),
        _ => None,
    }
}

impl Serving {
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }
}

impl Ready {
    /// The address to call, if this line can be trusted to come from process `pid`.
    ///
    /// `handed_over` is the socket that the child was given; without one it must at least have kept to the loopback address.
    pub(super) fn confirm(
        &self,
        pid: u32,
        handed_over: Option<SocketAddr>,
    ) -> Result<SocketAddr, String> {
        if self.pid != pid {
            return Err(format!(
                "it comes from process {}, not from {pid}",
                self.pid
            ));
        }
        if self.contract != CONTRACT {
            return Err(format!(
                "it keeps launch contract {}, and this shell {CONTRACT}",
                self.contract
            ));
        }
        let address = SocketAddr::new(self.address, self.port);
        match handed_over {
            Some(expected) if expected != address => {
                return Err(format!("it names {address} instead of {expected}"));
            }
            None if !address.ip().is_loopback() => {
                return Err(format!("{address} can be reached from other machines"));
            }
            _ => {}
        }
        log::info!(
            "backend {} ({}) serves at {address} as process {pid}",
            self.version,
            self.code_digest
        );
        Ok(address)
    }
}
