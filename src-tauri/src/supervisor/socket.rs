//! The listening socket, which outlives the backends that serve it.

use std::{
    fs,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use listeners::Protocol;
use serde_json::{Map, Value};

use super::Failure;

/// The socket and the port a person may have pinned for it in the backend's config.json.
#[derive(Debug)]
pub(super) struct Socket {
    config: PathBuf,
    listener: Option<TcpListener>,
    /// A pinned port that the person did without for this launch.
    pub(super) declined: Option<u16>,
}

impl Socket {
    pub(super) fn new(config: PathBuf) -> Self {
        Self {
            config,
            listener: None,
            declined: None,
        }
    }

    pub(super) fn open(&mut self) -> Result<&TcpListener, Failure> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => bind(self.wanted_port())?,
        };
        Ok(self.listener.insert(listener))
    }

    /// The address a child is given, where the system can hand it over.
    pub(super) fn handed_over(&self) -> io::Result<Option<SocketAddr>> {
        let socket = self.listener.as_ref().filter(|_| cfg!(unix));
        socket.map(TcpListener::local_addr).transpose()
    }

    /// Whoever waits in its queue is turned away at once.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }

    /// Closes it if another port has been pinned since.
    pub(super) fn follow_config(&mut self) {
        let wanted = self.wanted_port();
        let now = self.listener.as_ref().and_then(|it| it.local_addr().ok());
        if wanted != 0 && now.is_some_and(|now| now.port() != wanted) {
            self.close();
        }
    }

    pub(super) fn decline_pinned_port(&mut self) {
        self.declined = Some(pinned_port(&self.config));
    }

    fn wanted_port(&self) -> u16 {
        // Without a hand-over the child reads the file itself.
        if cfg!(not(unix)) {
            return 0;
        }
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
        let text = fs::read_to_string(config).ok()?;
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
