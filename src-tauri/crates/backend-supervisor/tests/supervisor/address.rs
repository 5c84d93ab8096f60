use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use backend_supervisor::{Backend, UNAVAILABLE_CODE};

use crate::harness::{Harness, SHORT_START_TIMEOUT, TIMEOUT, get, send_request};

#[test]
fn configured_port_is_used() {
    let harness = Harness::new("serve");
    let port = free_port();
    harness.configure_port(port);
    assert_eq!(harness.start().base_url, address(port));
}

#[test]
fn invalid_config_file_is_ignored() {
    for config in [
        "",
        "[]",
        r#"{"PORT": -1}"#,
        r#"{"PORT": 70000}"#,
        r#"{"PORT": null}"#,
    ] {
        let harness = Harness::new("serve");
        harness.write("config.json", config);
        harness.start();
    }
    let harness = Harness::new("serve");
    let port = free_port();
    harness.write(
        "config.json",
        &format!("\u{feff}{{\"LOG_LEVEL\": \"debug\", \"port\": \"{port}\"}}"),
    );
    assert_eq!(harness.start().base_url, address(port));
}

#[test]
fn port_in_use_is_reported_and_another_port_can_be_used() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let harness = Harness::new("serve");
    harness.configure_port(port);
    let error = harness.start_fails_with("port_taken").to_string();
    assert!(error.contains(&format!("Port {port}")), "{error}");
    let holder = format!("(process {})", std::process::id());
    assert!(
        cfg!(not(target_os = "linux")) || error.contains(&holder),
        "{error}"
    );

    let other = harness.supervisor.start_on_another_port().unwrap();
    assert_ne!(other.base_url, address(port));
    assert_eq!(harness.supervisor.restart().unwrap(), other);

    // The port is ignored until another one is configured.
    let next = free_port();
    harness.configure_port(next);
    assert_eq!(
        harness.supervisor.restart().unwrap().base_url,
        address(next)
    );
    drop(taken);
    harness.configure_port(port);
    assert_eq!(
        harness.supervisor.restart().unwrap().base_url,
        address(port)
    );
}

#[test]
fn restart_uses_changed_port() {
    let harness = Harness::new("serve");
    let first = harness.start();
    let port = free_port();
    harness.configure_port(port);
    assert_eq!(harness.supervisor.start().unwrap(), first);
    let second = harness.supervisor.restart().unwrap();
    assert_eq!(second.base_url, address(port));
    assert_eq!(get(&second, "/"), harness.pid().to_string());
    harness.configure_port(0);
    assert_eq!(harness.supervisor.restart().unwrap(), second);
}

#[test]
fn address_is_bound_before_the_first_start() {
    let harness = Harness::new("serve");
    let bound = harness.supervisor.address().unwrap();
    assert!(TcpListener::bind(bound).is_err());
    let mut early = TcpStream::connect(bound).unwrap();
    early.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let backend = harness.start();
    assert_eq!(backend.base_url, format!("http://{bound}"));
    let mut response = String::new();
    early.read_to_string(&mut response).unwrap();
    assert!(response.ends_with(&harness.pid().to_string()), "{response}");
}

#[test]
fn address_and_token_persist_after_restart_limit() {
    let harness = Harness::with("hang_after_first_start", |launch| {
        launch.limits.restart_backoff = Duration::ZERO;
        launch.limits.start_timeout = SHORT_START_TIMEOUT;
    });
    let backend = harness.start();
    send_request(&backend, "/exit");
    for number in 1..=3 {
        harness.expect_restart(number);
    }
    harness.expect_restart_failed();
    assert_unavailable(&harness, &backend);
    harness.touch("fixed");
    assert_eq!(harness.start(), backend);
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
}

#[test]
fn address_persists_after_failed_start_and_suspend() {
    let harness = Harness::new("fail_until_fixed");
    harness.start_fails_with("exited_before_ready");
    harness.touch("fixed");
    let backend = harness.start();
    harness.supervisor.suspend();
    assert_unavailable(&harness, &backend);
    assert_eq!(harness.start(), backend);
}

#[test]
fn silent_clients_do_not_block_the_503_responder() {
    let harness = Harness::new("fail_until_fixed");
    harness.start_fails_with("exited_before_ready");
    let bound = harness.supervisor.address().unwrap();
    let silent: Vec<_> = (0..10)
        .map(|_| TcpStream::connect(bound).unwrap())
        .collect();
    for mut stream in silent {
        let mut response = String::new();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    }
    harness.touch("fixed");
    assert_eq!(get(&harness.start(), "/"), harness.pid().to_string());
}

#[test]
fn new_address_gets_new_token() {
    let harness = Harness::new("show_env");
    let first = harness.start();
    let is_current = |backend: &Backend| {
        let line = format!("LAUNCH_TOKEN={}", backend.launch_token.expose());
        harness.read("env.txt").lines().any(|it| it == line)
    };
    assert!(is_current(&first));
    assert_eq!(harness.supervisor.restart().unwrap(), first);

    harness.configure_port(free_port());
    let second = harness.supervisor.restart().unwrap();
    assert_ne!(second.base_url, first.base_url);
    assert_ne!(second.launch_token, first.launch_token);
    assert!(is_current(&second) && !is_current(&first));
}

/// The address can't be bound by another socket, and requests get a 503 response.
fn assert_unavailable(harness: &Harness, backend: &Backend) {
    let bound = harness.supervisor.address().unwrap();
    assert_eq!(format!("http://{bound}"), backend.base_url);
    assert!(TcpListener::bind(bound).is_err());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut response = String::new();
                send_request(backend, "/")
                    .read_to_string(&mut response)
                    .unwrap();
                assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
                assert!(response.contains(UNAVAILABLE_CODE), "{response}");
            });
        }
    });
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    probe.local_addr().unwrap().port()
}

impl Harness {
    fn configure_port(&self, port: u16) {
        self.write("config.json", &format!("{{\"PORT\": {port}}}"));
    }
}
