//! The supervisor with the real backend, on the staged runtime of `make build-backend` or the runtime in `APP_RUNTIME_DIR`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    env,
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf, absolute},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use backend_client::apis::{configuration::Configuration, utils_api::utils_health_check};
use backend_supervisor::{
    Backend, Endpoints, LaunchConfig, Limits, State, Supervisor, Version, environment,
};

use process::{Pid, is_alive, kill};

#[path = "../crates/backend-supervisor/tests/supervisor/process.rs"]
#[allow(dead_code, unused_imports)]
mod process;

/// Timeout of every wait. Python starts slowly on a busy machine and under Wine.
const TIMEOUT: Duration = Duration::from_secs(240);

#[test]
fn real_backend_survives_kill_and_replacement_without_data_loss() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data dir ü");
    fs::create_dir(&data_dir).unwrap();
    let (sender, states) = channel();
    let supervisor = Supervisor::new(launch(&data_dir), move |state: &State| {
        drop(sender.send(state.clone()));
    })
    .unwrap();

    let first = supervisor.start().unwrap();
    let client = Configuration {
        base_path: first.base_url.clone(),
        ..Configuration::default()
    };
    assert!(utils_health_check(&client).unwrap());
    wait_for(&states, |state| *state == State::Ready);
    let created = request(&first, "POST", "items/", r#"{"title": "Träume"}"#);
    assert!(created.contains("Träume"), "{created}");

    kill(pid(&first));
    wait_for(&states, |state| matches!(state, State::Restarting { .. }));
    wait_for(&states, |state| *state == State::Ready);
    let second = supervisor.start().unwrap();
    assert_eq!(first, second);
    let listed = request(&second, "GET", "items/", "");
    assert!(listed.contains("Träume"), "{listed}");

    let before = pid(&second);
    let version = Version {
        args: arguments(),
        code_digest: None,
        prepare: None,
        standby_command: None,
    };
    assert_eq!(supervisor.replace(version, true).unwrap(), second);
    // The replaced process may still respond for a moment.
    while pid(&second) == before {}
    let listed = request(&second, "GET", "items/", "");
    assert!(listed.contains("Träume"), "{listed}");

    // Two processes that close the database at the same time leave its write-ahead log.
    while is_alive(before) {
        thread::sleep(Duration::from_millis(20));
    }
    supervisor.stop();
    assert!(data_dir.join("app.db").is_file());
    assert!(
        !data_dir.join("app.db-wal").exists(),
        "the shutdown was not graceful"
    );
}

fn arguments() -> Vec<OsString> {
    ["-I", "-B", "-u", "-X", "utf8", "-m", "app"]
        .map(Into::into)
        .into()
}

fn launch(data_dir: &Path) -> LaunchConfig {
    let runtime = absolute(runtime()).unwrap();
    let interpreter = if cfg!(windows) {
        "python/python.exe"
    } else {
        "python/bin/python3"
    };
    LaunchConfig {
        program: runtime.join(interpreter),
        args: arguments(),
        working_dir: data_dir.into(),
        env: environment::build(env::vars_os(), [("DATA_DIR", data_dir.into())]),
        data_dir: data_dir.into(),
        manifest: runtime.join("manifest.sha256"),
        endpoints: Endpoints::under("/api/v1"),
        limits: Limits {
            start_timeout: TIMEOUT,
            candidate_start_timeout: TIMEOUT,
            ..Limits::default()
        },
    }
}

fn runtime() -> PathBuf {
    env::var_os("APP_RUNTIME_DIR").map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../build/runtime")
                .join(env!("TARGET_TRIPLE"))
        },
        PathBuf::from,
    )
}

fn wait_for(states: &Receiver<State>, wanted: impl Fn(&State) -> bool) {
    loop {
        let state = states.recv_timeout(TIMEOUT).unwrap();
        assert!(!matches!(state, State::Failed { .. }), "{state:?}");
        if wanted(&state) {
            return;
        }
    }
}

fn pid(backend: &Backend) -> Pid {
    let response = request(backend, "GET", "utils/ready/", "");
    let body = response.split("\r\n\r\n").nth(1).unwrap();
    let ready: serde_json::Value = serde_json::from_str(body).unwrap();
    Pid(ready["pid"].as_u64().unwrap().try_into().unwrap())
}

/// Sends a request and returns the complete response.
fn request(backend: &Backend, method: &str, path: &str, body: &str) -> String {
    let address = backend.base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let token = backend.launch_token.expose();
    write!(
        stream,
        "{method} /api/v1/{path} HTTP/1.1\r\nHost: {address}\r\nX-Launch-Token: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}
