//! Responds with 503 to every connection on the shell's socket after a start or restart has failed, or while the
//! backend is suspended.
//!
//! The socket stays bound so that no other program can bind its address. Connections that are not accepted would wait in the
//! backlog until their clients time out.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker};

const BODY: &str = r#"{"detail":"The backend is not running. The app's window shows the reason.","code":"backend_unavailable"}"#;
/// Timeout for reading a request head.
const HEAD_TIMEOUT: Duration = Duration::from_millis(100);
const MAX_HEAD_BYTES: usize = 16 * 1024;
const CONNECTION: Token = Token(0);
const WAKE: Token = Token(1);

/// Responds until it is dropped.
#[derive(Debug)]
pub(super) struct UnavailableResponder {
    stopped: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl UnavailableResponder {
    /// Starts the responder's thread.
    ///
    /// # Errors
    /// If the thread or a descriptor can't be created.
    pub(super) fn start(listener: &TcpListener) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        // Required by mio. The backend's event loop sets it as well.
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        let poll = Poll::new()?;
        (poll.registry()).register(&mut listener, CONNECTION, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stopped);
        let thread = thread::Builder::new()
            .name("backend unavailable".into())
            .spawn(move || run(poll, &listener, &is_stopped))?;
        Ok(Self {
            stopped,
            waker,
            thread: Some(thread),
        })
    }
}

impl Drop for UnavailableResponder {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        if let Err(error) = self.waker.wake() {
            return log::error!("the 503 responder could not be stopped: {error}");
        }
        if let Some(thread) = self.thread.take() {
            // After the join only the next backend accepts connections.
            let _ = thread.join();
        }
    }
}

fn run(mut poll: Poll, listener: &mio::net::TcpListener, stopped: &AtomicBool) {
    let mut events = Events::with_capacity(2);
    while !stopped.load(Ordering::SeqCst) {
        match listener.accept() {
            // An error means that the client has disconnected.
            Ok((stream, _)) => drop(respond(stream.into())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                match poll.poll(&mut events, None) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                        return log::error!("the 503 responder failed: {error}");
                    }
                    _ => {}
                }
            }
            // For example out of file descriptors. The wait avoids a busy loop.
            Err(_) => thread::sleep(HEAD_TIMEOUT),
        }
    }
}

/// Reads the request first: closing a connection with unread bytes resets it, and the client could lose the response.
fn respond(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(HEAD_TIMEOUT))?;
    read_head(&mut stream);
    write!(
        stream,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
        BODY.len()
    )?;
    stream.shutdown(Shutdown::Write)
}

fn read_head(stream: &mut TcpStream) {
    let deadline = Instant::now() + HEAD_TIMEOUT;
    let (mut head, mut chunk) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|it| it == b"\r\n\r\n") && head.len() < MAX_HEAD_BYTES {
        let timeout = deadline.saturating_duration_since(Instant::now());
        if timeout.is_zero() || stream.set_read_timeout(Some(timeout)).is_err() {
            return;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(number) => head.extend_from_slice(&chunk[..number]),
        }
    }
}
