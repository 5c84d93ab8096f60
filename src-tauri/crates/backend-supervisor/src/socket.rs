//! The listening socket and the launch token that is valid at its address.
//!
//! The socket stays bound for as long as the app runs, whether a backend accepts on it or not: no other program can bind
//! the address and receive the token. Address and token change together.
//!
//! On Windows no program can bind it with `SO_REUSEADDR` either: that takes the option on the first socket as well, which
//! std does not set. Its sockets are overlapped, which a backend's event loop may need.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use listeners::Protocol;
use serde_json::{Map, Value};

use super::{Failure, token::LaunchToken, unavailable::Unavailable};
use crate::files;

/// The backend's preferences in the data dir.
pub const CONFIG_FILE: &str = "config.json";

/// The address that backends serve, for others to read. `None`: not bound, because the pinned port is taken.
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

/// The socket and the port a person may have pinned for it in the backend's config.json.
#[derive(Debug)]
pub(super) struct Socket {
    config: PathBuf,
    listener: Option<TcpListener>,
    token: LaunchToken,
    address: SharedAddress,
    unavailable: Option<Unavailable>,
    /// A pinned port that the person did without for this launch.
    declined: Option<u16>,
}

impl Socket {
    /// Not bound yet.
    pub(super) fn new(data_dir: &Path) -> io::Result<Self> {
        Ok(Self {
            config: data_dir.join(CONFIG_FILE),
            listener: None,
            token: LaunchToken::new()?,
            address: SharedAddress::default(),
            unavailable: None,
            declined: None,
        })
    }

    /// Makes it ready for the next child: bound, and with a token. A new address gets a new token.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        self.unavailable = None;
        if self.listener.is_none() {
            self.token = LaunchToken::new()?;
            let listener = bind(self.wanted_port())?;
            self.address.set(Some(listener.local_addr()?));
            self.listener = Some(listener);
        }
        Ok(())
    }

    /// `None` before it is bound.
    pub(super) fn listener(&self) -> Option<&TcpListener> {
        self.listener.as_ref()
    }

    /// The token that the next child is given, or the present one was.
    pub(super) fn token(&self) -> &LaunchToken {
        &self.token
    }

    pub(super) fn address(&self) -> SharedAddress {
        self.address.clone()
    }

    /// The address a child is given.
    pub(super) fn handed_over(&self) -> io::Result<Option<SocketAddr>> {
        let socket = self.listener.as_ref();
        socket.map(TcpListener::local_addr).transpose()
    }

    /// Until the next child is started, connections are answered with 503: nobody else is going to accept them.
    pub(super) fn answer_unavailable(&mut self) {
        let Some(listener) = self
            .listener
            .as_ref()
            .filter(|_| self.unavailable.is_none())
        else {
            return;
        };
        match Unavailable::answer(listener) {
            Ok(unavailable) => self.unavailable = Some(unavailable),
            Err(error) => log::warn!("connections wait for the next backend: {error}"),
        }
    }

    /// Closes it if another port has been pinned since; the token is not valid at the next address.
    pub(super) fn follow_config(&mut self) {
        let wanted = self.wanted_port();
        let now = self.listener.as_ref().and_then(|it| it.local_addr().ok());
        if wanted != 0 && now.is_some_and(|now| now.port() != wanted) {
            self.unavailable = None;
            self.listener = None;
            self.address.set(None);
        }
    }

    pub(super) fn decline_pinned_port(&mut self) {
        self.declined = Some(pinned_port(&self.config));
    }

    fn wanted_port(&self) -> u16 {
        Some(pinned_port(&self.config))
            .filter(|port| self.declined != Some(*port))
            .unwrap_or(0)
    }
}

fn bind(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match port {
        0 => error.into(),
        port => Failure::PortTaken {
            port,
            reason: match error.kind() {
                ErrorKind::AddrInUse => format!("it is in use by {}", holder(port)),
                _ => error.to_string(),
            },
        },
    })
}

fn holder(port: u16) -> String {
    listeners::get_process_by_port(port, Protocol::TCP).map_or_else(
        |_| "another program".into(),
        |process| format!("{} (process {})", process.name, process.pid),
    )
}

/// PORT of config.json, read as leniently as the backend does. Anything else there is the backend's to complain about.
fn pinned_port(config: &Path) -> u16 {
    let read = || {
        let text = String::from_utf8(files::read(config).ok()?).ok()?;
        let preferences: Map<String, Value> =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        let (_, port) = preferences
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("PORT"))?;
        match port {
            Value::String(port) => port.parse().ok(),
            port => port.as_u64()?.try_into().ok(),
        }
    };
    read().unwrap_or(0)
}
