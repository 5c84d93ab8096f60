//! The listening socket and the launch token that is valid at its address.
//!
//! The socket stays bound while the app runs, with or without a backend, so that no other program can bind the address and
//! receive the token. Address and token change together.
//!
//! On Windows std does not set `SO_REUSEADDR`. Windows requires the option on both sockets, so another program that sets it
//! can't bind the address either. Sockets of std are overlapped, as the backend's event loop may require.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use listeners::Protocol;
use serde_json::{Map, Value};

use super::{Failure, token::LaunchToken, unavailable_responder::UnavailableResponder};
use crate::files;

/// Name of the backend's settings file in the data dir.
pub const CONFIG_FILE: &str = "config.json";

/// The bound address, readable from any thread. `None` while the socket is not bound, for example because the configured
/// port is in use.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedAddress(Arc<Mutex<Option<SocketAddr>>>);

impl SharedAddress {
    pub(super) fn get(&self) -> Option<SocketAddr> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, address: Option<SocketAddr>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

/// The socket, bound to the port in config.json or, without one, to any free port.
#[derive(Debug)]
pub(super) struct Socket {
    config: PathBuf,
    listener: Option<TcpListener>,
    token: LaunchToken,
    address: SharedAddress,
    unavailable: Option<UnavailableResponder>,
    /// A configured port to ignore, because another port was requested.
    ignored_port: Option<u16>,
}

impl Socket {
    /// Creates the socket without binding it.
    pub(super) fn new(data_dir: &Path) -> io::Result<Self> {
        Ok(Self {
            config: data_dir.join(CONFIG_FILE),
            listener: None,
            token: LaunchToken::new()?,
            address: SharedAddress::default(),
            unavailable: None,
            ignored_port: None,
        })
    }

    /// Binds the socket unless it is bound, and stops the 503 responder. A new address gets a new token.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        self.unavailable = None;
        if self.listener.is_none() {
            self.token = LaunchToken::new()?;
            let listener = bind(self.port_to_bind())?;
            self.address.set(Some(listener.local_addr()?));
            self.listener = Some(listener);
        }
        Ok(())
    }

    pub(super) fn listener(&self) -> Option<&TcpListener> {
        self.listener.as_ref()
    }

    /// The launch token of the current address.
    pub(super) fn token(&self) -> &LaunchToken {
        &self.token
    }

    pub(super) fn address(&self) -> SharedAddress {
        self.address.clone()
    }

    pub(super) fn local_addr(&self) -> io::Result<Option<SocketAddr>> {
        let listener = self.listener.as_ref();
        listener.map(TcpListener::local_addr).transpose()
    }

    /// Responds with 503 to connections until [`Self::open`] is called for the next process.
    pub(super) fn respond_unavailable(&mut self) {
        let Some(listener) = self
            .listener
            .as_ref()
            .filter(|_| self.unavailable.is_none())
        else {
            return;
        };
        match UnavailableResponder::start(listener) {
            Ok(responder) => self.unavailable = Some(responder),
            Err(error) => log::warn!("the 503 responder could not be started: {error}"),
        }
    }

    /// Closes the socket if a port other than the bound one is configured. Without a configured port it stays open.
    pub(super) fn apply_config(&mut self) {
        let configured = port_setting(&self.config);
        self.ignored_port = self.ignored_port.filter(|ignored| *ignored == configured);
        let port = self.port_to_bind();
        let bound = self.listener.as_ref().and_then(|it| it.local_addr().ok());
        if port != 0 && bound.is_some_and(|it| it.port() != port) {
            self.unavailable = None;
            self.listener = None;
            self.address.set(None);
        }
    }

    /// Ignores the currently configured port: while it is configured, [`Self::open`] binds any free port. A bound
    /// socket stays open.
    pub(super) fn ignore_configured_port(&mut self) {
        self.ignored_port = Some(port_setting(&self.config));
    }

    fn port_to_bind(&self) -> u16 {
        Some(port_setting(&self.config))
            .filter(|port| self.ignored_port != Some(*port))
            .unwrap_or(0)
    }
}

fn bind(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match port {
        0 => error.into(),
        port => Failure::PortTaken {
            port,
            reason: match error.kind() {
                ErrorKind::AddrInUse => format!("it is in use by {}", port_owner(port)),
                _ => error.to_string(),
            },
        },
    })
}

fn port_owner(port: u16) -> String {
    listeners::get_process_by_port(port, Protocol::TCP).map_or_else(
        |_| "another program".into(),
        |process| format!("{} (process {})", process.name, process.pid),
    )
}

/// `PORT` of config.json, 0 if it is missing or invalid. Parsed as leniently as in the backend, which reports invalid settings.
fn port_setting(config: &Path) -> u16 {
    let read = || {
        let text = String::from_utf8(files::read(config).ok()?).ok()?;
        let settings: Map<String, Value> =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        let (_, port) = settings
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("PORT"))?;
        match port {
            Value::String(port) => port.parse().ok(),
            port => port.as_u64()?.try_into().ok(),
        }
    };
    read().unwrap_or(0)
}
