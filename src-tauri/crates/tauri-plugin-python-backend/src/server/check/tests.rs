use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use super::*;

const API: Api<'_> = Api {
    path: "/api/v1",
    version: 1,
};
const WINDOW_ORIGIN: &str = "tauri://localhost";
const ALLOW_ORIGIN: &str = "access-control-allow-origin: tauri://localhost\r\n";

/// Checks a server whose `about/` responds with `head` and `body`, and `ready/` with status `ready`. Returns the result and the
/// heads of the requests.
fn check_against(head: &str, body: &str, ready: u16) -> (Result<ServerFound, ServerError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let responses = [
        format!(
            "HTTP/1.1 {head}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!("HTTP/1.1 {ready} x\r\ncontent-length: 0\r\n\r\n"),
    ];
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let mut heads = String::new();
            for response in responses {
                let (stream, _) = listener.accept().unwrap();
                heads += &request_head(&stream);
                if heads.ends_with("end") {
                    break;
                }
                // Fails for a long response, because the client closes the connection early.
                let _ = (&stream).write_all(response.as_bytes());
            }
            heads
        });
        let address = Address::parse(&address, "").unwrap();
        let found = check(&address, API, WINDOW_ORIGIN);
        // Unblocks the server if no second request was sent.
        if let Ok(mut last) = TcpStream::connect(address.as_str().trim_start_matches("http://")) {
            let _ = last.write_all(b"end");
        }
        (found, server.join().unwrap())
    })
}

fn request_head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    head.join("\n").to_lowercase()
}

fn about(server: bool, api_version: u32) -> String {
    format!(r#"{{"version": "7", "server": {server}, "api_version": {api_version}}}"#)
}

fn code(head: &str, body: &str, ready: u16) -> String {
    check_against(head, body, ready)
        .0
        .map_or_else(|error| error.code().into(), |_| "usable".into())
}

#[test]
fn usable_server_is_found_without_sending_credentials() {
    let (found, requests) = check_against(
        &format!("200 OK\r\n{ALLOW_ORIGIN}"),
        &about(true, API.version),
        200,
    );
    assert_eq!(found.unwrap().version, "7");
    assert!(requests.contains("get /api/v1/utils/about/"), "{requests}");
    assert!(requests.contains("get /api/v1/utils/ready/"), "{requests}");
    assert!(requests.contains("origin: tauri://localhost"), "{requests}");
    assert!(
        !requests.contains("token") && !requests.contains("authorization"),
        "{requests}"
    );
}

#[test]
fn each_response_has_an_error_code() {
    let usable = about(true, API.version);
    let ok = &format!("200 OK\r\n{ALLOW_ORIGIN}");
    let too_long = " ".repeat(20_000_000) + &usable;
    for (head, body, ready, expected) in [
        (ok.as_str(), usable.as_str(), 200, "usable"),
        (
            "200 OK\r\naccess-control-allow-origin: *\r\n",
            &usable,
            200,
            "usable",
        ),
        (ok, &usable, 404, "usable"),
        (ok, &usable, 503, "server_busy"),
        ("503 Service Unavailable\r\n", "", 200, "server_busy"),
        ("502 Bad Gateway\r\n", "<html>", 200, "server_busy"),
        ("200 OK\r\n", &usable, 200, "origin_refused"),
        (
            "200 OK\r\naccess-control-allow-origin: https://else.example\r\n",
            &usable,
            200,
            "origin_refused",
        ),
        (
            "403 Forbidden\r\n",
            r#"{"code": "origin"}"#,
            200,
            "origin_refused",
        ),
        ("403 Forbidden\r\n", "", 200, "not_a_server"),
        (
            "400 Bad Request\r\n",
            r#"{"code": "host"}"#,
            200,
            "host_refused",
        ),
        (
            "401 Unauthorized\r\n",
            r#"{"code": "launch_token"}"#,
            200,
            "not_a_server",
        ),
        (ok, &about(false, API.version), 200, "not_a_server"),
        (ok, "<html>", 200, "not_a_server"),
        (ok, &too_long, 200, "not_a_server"),
        ("404 Not Found\r\n", "", 200, "not_a_server"),
        (
            "302 Found\r\nlocation: https://else.example/\r\n",
            "",
            200,
            "moved",
        ),
        (
            "307 Temporary Redirect\r\nlocation: /login\r\n",
            "",
            200,
            "moved",
        ),
        (ok, &about(true, API.version + 1), 200, "server_newer"),
        (ok, &about(true, API.version - 1), 200, "server_older"),
        (
            ok,
            r#"{"version": "6", "auth_required": true}"#,
            200,
            "server_older",
        ),
    ] {
        assert_eq!(
            code(head, body, ready),
            expected,
            "{head} {body:.80} {ready}"
        );
    }
}

#[test]
fn refused_connection_is_reported() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = Address::parse(&format!("http://127.0.0.1:{port}"), "").unwrap();
    let error = check(&address, API, WINDOW_ORIGIN).unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
    assert!(
        error.to_string().contains("connection was refused"),
        "{error}"
    );
}
