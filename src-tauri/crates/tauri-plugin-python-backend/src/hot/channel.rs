//! The control channel of `scripts/hot_patch`: a loopback TCP socket. Each connection has one request and one response, both a line
//! of JSON. A token in a private file authenticates requests; each launch has a new one.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::HotPatchServer;

const MAX_LINE_BYTES: u64 = 1024 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Binds any loopback port.
pub fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

/// Handles connections in new threads.
///
/// # Errors
/// If the listener's thread can't be spawned.
pub fn listen(listener: TcpListener, token: String, hot: &Arc<HotPatchServer>) -> io::Result<()> {
    let hot = Arc::clone(hot);
    thread::Builder::new()
        .name("hot patch channel".into())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                let (hot, token) = (Arc::clone(&hot), token.clone());
                let _ = thread::Builder::new()
                    .name("hot patch".into())
                    .spawn(move || handle_connection(&stream, &token, &hot));
            }
        })?;
    Ok(())
}

fn handle_connection(mut stream: &TcpStream, token: &str, hot: &HotPatchServer) -> io::Result<()> {
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_LINE_BYTES)).read_line(&mut line)?;
    let request: Value = serde_json::from_str(&line).unwrap_or_default();
    let response = if constant_time_eq(request["token"].as_str().unwrap_or_default(), token) {
        hot.handle_request(&request)
    } else {
        json!({"ok": false, "code": "refused", "message": "The token of this launch is missing or wrong."})
    };
    writeln!(stream, "{response}")
}

/// Compares in constant time.
fn constant_time_eq(given: &str, token: &str) -> bool {
    let differing = given
        .bytes()
        .zip(token.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && differing == 0
}
