//! Where `scripts/hot_patch` reaches the app: a loopback port of its own, and a secret of this launch in a file that only
//! its owner can read. One line of JSON asks, one answers.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::Hot;

const MAX_LINE_BYTES: u64 = 1024 * 1024;
const ASKED_WITHIN: Duration = Duration::from_secs(5);

pub fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

pub fn listen(listener: TcpListener, token: String, hot: &Arc<Hot>) -> io::Result<()> {
    let hot = Arc::clone(hot);
    thread::Builder::new()
        .name("hot patch channel".into())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                let (hot, token) = (Arc::clone(&hot), token.clone());
                let _ = thread::Builder::new()
                    .name("hot patch".into())
                    .spawn(move || answer(&stream, &token, &hot));
            }
        })?;
    Ok(())
}

fn answer(mut stream: &TcpStream, token: &str, hot: &Hot) -> io::Result<()> {
    stream.set_read_timeout(Some(ASKED_WITHIN))?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_LINE_BYTES)).read_line(&mut line)?;
    let request: Value = serde_json::from_str(&line).unwrap_or_default();
    // Whoever does not know the secret learns nothing.
    let answer = if same(request["token"].as_str().unwrap_or_default(), token) {
        hot.asked(&request)
    } else {
        json!({"ok": false, "code": "refused", "message": "The secret of this launch is missing or wrong."})
    };
    writeln!(stream, "{answer}")
}

/// Takes as long whichever byte differs.
fn same(given: &str, token: &str) -> bool {
    let differing = given
        .bytes()
        .zip(token.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && differing == 0
}
