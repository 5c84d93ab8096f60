use std::net::{Ipv4Addr, TcpListener};

use crate::stage::{Stage, get};

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
