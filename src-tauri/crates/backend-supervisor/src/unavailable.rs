//! Answers for a backend that is not there: 503 to every connection to the shell's socket.
//!
//! The socket stays bound so that no other program can take its address. Without anybody to accept, connections would wait
//! in its backlog until their clients give up.

#[cfg(not(unix))]
use std::{io, net::TcpListener};

#[cfg(unix)]
pub(super) use self::unix::Unavailable;

/// Where a socket can't be handed over none is bound, and the system refuses connections by itself.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Unavailable;

#[cfg(not(unix))]
impl Unavailable {
    pub(super) fn answer(_: &TcpListener) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        io::{self, PipeReader, PipeWriter, Read, Write},
        net::{Shutdown, TcpListener, TcpStream},
        os::fd::AsFd,
        thread::{self, JoinHandle},
        time::{Duration, Instant},
    };

    use nix::{
        errno::Errno,
        poll::{PollFd, PollFlags, PollTimeout, poll},
    };

    const BODY: &str = r#"{"detail":"The backend is not running. The app's window says why.","code":"backend_unavailable"}"#;
    /// How long one client may take to send the head of its request.
    const HEAD_WITHIN: Duration = Duration::from_millis(100);
    const HEAD_AT_MOST: usize = 16 * 1024;

    /// Answers until it is dropped.
    #[derive(Debug)]
    pub struct Unavailable {
        /// Closed to wake the thread.
        wake: Option<PipeWriter>,
        thread: Option<JoinHandle<()>>,
    }

    impl Unavailable {
        /// # Errors
        /// When the system gives no thread or descriptors.
        pub fn answer(listener: &TcpListener) -> io::Result<Self> {
            let listener = listener.try_clone()?;
            // A client that left between the look and the accept must not block the thread. asyncio sets this as well.
            listener.set_nonblocking(true)?;
            let (ended, wake) = io::pipe()?;
            let thread = thread::Builder::new()
                .name("backend unavailable".into())
                .spawn(move || run(&listener, &ended))?;
            Ok(Self {
                wake: Some(wake),
                thread: Some(thread),
            })
        }
    }

    impl Drop for Unavailable {
        fn drop(&mut self) {
            self.wake = None;
            if let Some(thread) = self.thread.take() {
                // Afterwards every connection is the next backend's.
                let _ = thread.join();
            }
        }
    }

    fn run(listener: &TcpListener, ended: &PipeReader) {
        loop {
            let watched = |fd| PollFd::new(fd, PollFlags::POLLIN);
            let mut both = [watched(listener.as_fd()), watched(ended.as_fd())];
            match poll(&mut both, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return log::error!("connections are not answered: {error}"),
            }
            if both[1].any() != Some(false) {
                return;
            }
            match listener.accept() {
                // A client that hangs up loses nothing.
                Ok((stream, _)) => drop(refuse(stream)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
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
}
