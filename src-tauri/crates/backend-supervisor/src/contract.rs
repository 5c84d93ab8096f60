//! Events of the launch contract: JSON lines on the backend's stdout.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

/// Version of the launch contract. The `ready` event of a backend with another version is rejected.
pub const CONTRACT: u32 = 1;

/// An event of the backend.
#[derive(Debug)]
pub(super) enum Event {
    Ready(Result<Ready, String>),
    Failed {
        code: String,
        message: String,
    },
    /// The start makes progress.
    Progress {
        step: String,
    },
    /// A replaced process forwards all further requests.
    Draining,
    /// A candidate serves the shared socket.
    Serving(Result<Serving, String>),
    /// A debugger has stopped a thread. Repeated every second; ignored by release builds.
    Paused,
    /// All threads run again.
    Resumed,
}

/// The `ready` event.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    address: IpAddr,
    port: u16,
    pid: u32,
    version: String,
    contract: u32,
    pub(super) code_digest: String,
}

/// The `serving` event.
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
struct Tag {
    event: String,
}

/// Parses a line of stdout; `None` if it is not an event.
pub(super) fn parse(line: &str) -> Option<Event> {
    let Tag { event } = serde_json::from_str(line).ok()?;
    match event.as_str() {
        "ready" => Some(Event::Ready(
            serde_json::from_str(line).map_err(|error| error.to_string()),
        )),
        "failed" => {
            let Failed { code, message } = serde_json::from_str(line).ok()?;
            Some(Event::Failed { code, message })
        }
        "progress" => {
            let Progress { step } = serde_json::from_str(line).ok()?;
            Some(Event::Progress { step })
        }
        "draining" => Some(Event::Draining),
        "serving" => Some(Event::Serving(
            serde_json::from_str(line).map_err(|error| error.to_string()),
        )),
        "paused" if cfg!(debug_assertions) => Some(Event::Paused),
        "resumed" if cfg!(debug_assertions) => Some(Event::Resumed),
        _ => None,
    }
}

impl Serving {
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }
}

impl Ready {
    /// Returns the address, if the event is from process `pid`, has this contract version, and its address equals `expected`
    /// (without `expected`: is a loopback address).
    pub(super) fn verify(
        &self,
        pid: u32,
        expected: Option<SocketAddr>,
    ) -> Result<SocketAddr, String> {
        if self.pid != pid {
            return Err(format!("it is from process {} instead of {pid}", self.pid));
        }
        if self.contract != CONTRACT {
            return Err(format!(
                "it has version {} of the launch contract instead of {CONTRACT}",
                self.contract
            ));
        }
        let address = SocketAddr::new(self.address, self.port);
        match expected {
            Some(expected) if expected != address => {
                return Err(format!("its address is {address} instead of {expected}"));
            }
            None if !address.ip().is_loopback() => {
                return Err(format!("{address} can be reached from other machines"));
            }
            _ => {}
        }
        log::info!(
            "backend {} ({}) is ready at {address}, process {pid}",
            self.version,
            self.code_digest
        );
        Ok(address)
    }
}
