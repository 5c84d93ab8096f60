//! Connections wait in the listening socket's backlog while no backend accepts them.

use std::{io::Read, net::TcpStream, time::Duration};

use backend_supervisor::{Backend, State};

use crate::{
    harness::{Harness, send_request},
    process::kill,
};

const AT_ONCE: usize = 50;

#[test]
fn requests_during_restart_are_answered_by_next_process() {
    let harness = Harness::with("wait_for_go", |launch| {
        launch.limits.restart_backoff = Duration::ZERO;
    });
    harness.touch("go");
    let backend = harness.start();
    let first = harness.pid();
    let cut_off: Vec<_> = (0..AT_ONCE).map(|_| begun(&backend)).collect();
    std::fs::remove_file(harness.path("go")).unwrap();
    kill(first);
    assert_eq!(harness.expect_restart(1).failure.code(), "died");

    let late: Vec<_> = (0..AT_ONCE).map(|_| send_request(&backend, "/")).collect();
    harness.touch("go");
    harness.expect_state(&State::Ready);
    let second = harness.pid();
    assert_ne!(first, second);
    for stream in late {
        assert!(rest(stream).ends_with(&second.to_string()));
    }
    for stream in cut_off {
        assert_eq!(rest(stream), "");
    }
    assert_eq!(harness.supervisor.start().unwrap(), backend);
}

/// A request that the backend receives and never completes.
fn begun(backend: &Backend) -> TcpStream {
    let mut stream = send_request(backend, "/forever");
    stream.read_exact(&mut [0]).unwrap();
    stream
}

fn rest(mut stream: TcpStream) -> String {
    let mut response = Vec::new();
    // An interrupted response may end with an error.
    let _ = stream.read_to_end(&mut response);
    String::from_utf8(response).unwrap()
}
