use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use backend_supervisor::{Backend, UNAVAILABLE_CODE};

use crate::stage::{LEAST_START, PATIENCE, Stage, get, hit};

#[test]
fn a_pinned_port_is_used() {
    let stage = Stage::new("serve");
    let port = free_port();
    stage.pin(port);
    assert_eq!(stage.ready().base_url, address(port));
}

#[test]
fn whatever_else_stands_in_the_config_file_does_not_matter() {
    for config in [
        "",
        "[]",
        r#"{"PORT": -1}"#,
        r#"{"PORT": 70000}"#,
        r#"{"PORT": null}"#,
    ] {
        let stage = Stage::new("serve");
        stage.write("config.json", config);
        stage.ready();
    }
    let stage = Stage::new("serve");
    let port = free_port();
    stage.write(
        "config.json",
        &format!("\u{feff}{{\"LOG_LEVEL\": \"debug\", \"port\": \"{port}\"}}"),
    );
    assert_eq!(stage.ready().base_url, address(port));
}

#[test]
fn a_taken_port_is_told_with_its_holder_and_another_can_be_used() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let stage = Stage::new("serve");
    stage.pin(port);
    let error = stage.fails_with("port_taken").to_string();
    assert!(error.contains(&format!("Port {port}")), "{error}");
    let holder = format!("(process {})", std::process::id());
    assert!(
        cfg!(not(target_os = "linux")) || error.contains(&holder),
        "{error}"
    );

    let elsewhere = stage.supervisor.start_on_another_port().unwrap();
    assert_ne!(elsewhere.base_url, address(port));
    assert_eq!(stage.supervisor.restart().unwrap(), elsewhere);
}

#[test]
fn a_port_pinned_meanwhile_is_taken_over_by_a_restart() {
    let stage = Stage::new("serve");
    let first = stage.ready();
    let port = free_port();
    stage.pin(port);
    assert_eq!(stage.supervisor.start().unwrap(), first);
    let second = stage.supervisor.restart().unwrap();
    assert_eq!(second.base_url, address(port));
    assert_eq!(get(&second, "/"), stage.pid().to_string());
    stage.pin(0);
    assert_eq!(stage.supervisor.restart().unwrap(), second);
}

#[test]
fn the_address_is_known_and_bound_before_any_start_and_the_backend_serves_it() {
    let stage = Stage::new("serve");
    let bound = stage.supervisor.address().unwrap();
    assert!(TcpListener::bind(bound).is_err());
    let mut early = TcpStream::connect(bound).unwrap();
    early.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let backend = stage.ready();
    assert_eq!(backend.base_url, format!("http://{bound}"));
    let mut answer = String::new();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with(&stage.pid().to_string()), "{answer}");
}

#[test]
fn after_a_failure_the_address_is_nobody_elses_and_a_retry_serves_it_with_the_same_token() {
    let stage = Stage::with("hang_after_the_first", |launch| {
        launch.limits.restart_wait = Duration::ZERO;
        launch.limits.start_within = LEAST_START;
    });
    let backend = stage.ready();
    hit(&backend, "/die");
    for number in 1..=3 {
        stage.expect_restart(number);
    }
    stage.expect_given_up();
    assert_unavailable(&stage, &backend);
    stage.put("mended");
    assert_eq!(stage.ready(), backend);
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn a_start_that_failed_and_a_rest_keep_the_address_too() {
    let stage = Stage::new("broken_until_mended");
    stage.fails_with("died_early");
    stage.put("mended");
    let backend = stage.ready();
    stage.supervisor.suspend();
    assert_unavailable(&stage, &backend);
    assert_eq!(stage.ready(), backend);
}

#[test]
fn clients_that_say_nothing_keep_nobody_waiting_while_there_is_no_backend() {
    let stage = Stage::new("broken_until_mended");
    stage.fails_with("died_early");
    let bound = stage.supervisor.address().unwrap();
    let silent: Vec<_> = (0..10)
        .map(|_| TcpStream::connect(bound).unwrap())
        .collect();
    for mut stream in silent {
        let mut answer = String::new();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
    stage.put("mended");
    assert_eq!(get(&stage.ready(), "/"), stage.pid().to_string());
}

#[test]
fn a_new_address_has_a_new_token_and_the_process_gets_it() {
    let stage = Stage::new("show_env");
    let first = stage.ready();
    let given = |backend: &Backend| {
        let line = format!("LAUNCH_TOKEN={}", backend.launch_token.expose());
        stage.read("env.txt").lines().any(|it| it == line)
    };
    assert!(given(&first));
    assert_eq!(stage.supervisor.restart().unwrap(), first);

    stage.pin(free_port());
    let second = stage.supervisor.restart().unwrap();
    assert_ne!(second.base_url, first.base_url);
    assert_ne!(second.launch_token, first.launch_token);
    assert!(given(&second) && !given(&first));
}

/// Nobody else can have the address, and whoever asks there is told at once that there is no backend.
fn assert_unavailable(stage: &Stage, backend: &Backend) {
    let bound = stage.supervisor.address().unwrap();
    assert_eq!(format!("http://{bound}"), backend.base_url);
    assert!(TcpListener::bind(bound).is_err());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut answer = String::new();
                hit(backend, "/").read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
                assert!(answer.contains(UNAVAILABLE_CODE), "{answer}");
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

impl Stage {
    fn pin(&self, port: u16) {
        self.write("config.json", &format!("{{\"PORT\": {port}}}"));
    }
}
