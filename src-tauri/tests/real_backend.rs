//! The supervisor and the real backend, on the staged runtime of `make build-backend` or the one `APP_RUNTIME_DIR` names.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    env,
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf, absolute},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use backend_client::apis::{configuration::Configuration, utils_api::utils_health_check};
use backend_supervisor::{
    Backend, Endpoints, Launch, Limits, State, Supervisor, Version, environment,
};

use process::{Pid, kill};

#[path = "../crates/backend-supervisor/tests/supervisor/process.rs"]
#[allow(dead_code, unused_imports)]
mod process;

/// Python takes long to start on a busy machine, longer still under Wine.
const PATIENCE: Duration = Duration::from_secs(240);

#[test]
fn the_real_backend_starts_loses_nothing_when_killed_or_replaced_and_stops_cleanly() {
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
    let created = ask(&first, "POST", "items/", r#"{"title": "Träume"}"#);
    assert!(created.contains("Träume"), "{created}");

    kill(pid(&first));
    wait_for(&states, |state| matches!(state, State::Restarting { .. }));
    wait_for(&states, |state| *state == State::Ready);
    let second = supervisor.start().unwrap();
    assert_eq!(first, second);
    let listed = ask(&second, "GET", "items/", "");
    assert!(listed.contains("Träume"), "{listed}");

    let before = pid(&second);
    let version = Version {
        args: arguments(),
        code_digest: None,
        prepare: None,
        standby_order: None,
    };
    assert_eq!(supervisor.replace(version, true).unwrap(), second);
    // The one before may still answer for a moment.
    while pid(&second) == before {}
    let listed = ask(&second, "GET", "items/", "");
    assert!(listed.contains("Träume"), "{listed}");

    supervisor.stop();
    assert!(data_dir.join("app.db").is_file());
    assert!(!data_dir.join("app.db-wal").exists(), "it was killed");
}

fn arguments() -> Vec<OsString> {
    ["-I", "-B", "-u", "-X", "utf8", "-m", "app"]
        .map(Into::into)
        .into()
}

fn launch(data_dir: &Path) -> Launch {
    let runtime = absolute(runtime()).unwrap();
    let interpreter = if cfg!(windows) {
        "python/python.exe"
    } else {
        "python/bin/python3"
    };
    Launch {
        program: runtime.join(interpreter),
        args: arguments(),
        working_dir: data_dir.into(),
        env: environment::build(env::vars_os(), [("DATA_DIR", data_dir.into())]),
        data_dir: data_dir.into(),
        manifest: runtime.join("manifest.sha256"),
        endpoints: Endpoints::under("/api/v1"),
        limits: Limits {
            start_timeout: PATIENCE,
            candidate_start_timeout: PATIENCE,
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
        let state = states.recv_timeout(PATIENCE).unwrap();
        assert!(!matches!(state, State::Failed { .. }), "{state:?}");
        if wanted(&state) {
            return;
        }
    }
}

fn pid(backend: &Backend) -> Pid {
    let answer = ask(backend, "GET", "utils/ready/", "");
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let ready: serde_json::Value = serde_json::from_str(body).unwrap();
    Pid(ready["pid"].as_u64().unwrap().try_into().unwrap())
}

/// The whole answer.
fn ask(backend: &Backend, method: &str, path: &str, body: &str) -> String {
    let address = backend.base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let token = backend.launch_token.expose();
    write!(
        stream,
        "{method} /api/v1/{path} HTTP/1.1\r\nHost: {address}\r\nX-Launch-Token: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
