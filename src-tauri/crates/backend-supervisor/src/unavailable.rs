//! Answers for a backend that is not there: 503 to every connection to the shell's socket.
//!
//! The socket stays bound so that no other program can take its address. Without anybody to accept, connections would wait
//! in its backlog until their clients give up.

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

const BODY: &str = r#"{"detail":"The backend is not running. The app's window says why.","code":"backend_unavailable"}"#;
/// How long one client may take to send the head of its request.
const HEAD_WITHIN: Duration = Duration::from_millis(100);
const HEAD_AT_MOST: usize = 16 * 1024;
const CONNECTION: Token = Token(0);
const END: Token = Token(1);

/// Answers until it is dropped.
#[derive(Debug)]
pub(super) struct Unavailable {
    ended: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Unavailable {
    /// # Errors
    /// When the system gives no thread or descriptors.
    pub(super) fn answer(listener: &TcpListener) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        // mio expects it. The event loop of a backend sets it as well.
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        let poll = Poll::new()?;
        (poll.registry()).register(&mut listener, CONNECTION, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), END)?;
        let ended = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&ended);
        let thread = thread::Builder::new()
            .name("backend unavailable".into())
            .spawn(move || run(poll, &listener, &is_over))?;
        Ok(Self {
            ended,
            waker,
            thread: Some(thread),
        })
    }
}

impl Drop for Unavailable {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Err(error) = self.waker.wake() {
            return log::error!("connections are still answered with 503: {error}");
        }
        if let Some(thread) = self.thread.take() {
            // Afterwards every connection is the next backend's.
            let _ = thread.join();
        }
    }
}

fn run(mut poll: Poll, listener: &mio::net::TcpListener, ended: &AtomicBool) {
    let mut events = Events::with_capacity(2);
    while !ended.load(Ordering::SeqCst) {
        match listener.accept() {
            // A client that hangs up loses nothing.
            Ok((stream, _)) => drop(refuse(stream.into())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                match poll.poll(&mut events, None) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                        return log::error!("connections are not answered: {error}");
                    }
                    _ => {}
                }
            }
            // Out of descriptors, for example: the client waits, and the processor must not be kept busy.
            Err(_) => thread::sleep(HEAD_WITHIN),
        }
    }
}

/// Reads the request first: closing a connection with unread bytes resets it, and the answer could be lost.
fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(HEAD_WITHIN))?;
    read_head(&mut stream);
    write!(
        stream,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
        BODY.len()
    )?;
    stream.shutdown(Shutdown::Write)
}

fn read_head(stream: &mut TcpStream) {
    let until = Instant::now() + HEAD_WITHIN;
    let (mut head, mut chunk) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|it| it == b"\r\n\r\n") && head.len() < HEAD_AT_MOST {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(number) => head.extend_from_slice(&chunk[..number]),
        }
    }
}
