//! Connections wait in the listening socket's backlog while no backend accepts them.

use std::{io::Read, net::TcpStream, time::Duration};

use backend_supervisor::{Backend, State};

use crate::{
    harness::{Harness, send_request},
    process::kill,
};

const CONNECTIONS: usize = 50;

#[test]
fn requests_during_restart_are_answered_by_next_process() {
    let harness = Harness::with("wait_for_go", |launch| {
        launch.limits.restart_backoff = Duration::ZERO;
    });
    harness.touch("go");
    let backend = harness.start();
    let first = harness.pid();
    let interrupted: Vec<_> = (0..CONNECTIONS)
        .map(|_| send_endless_request(&backend))
        .collect();
    std::fs::remove_file(harness.path("go")).unwrap();
    kill(first);
    assert_eq!(
        harness.expect_restart(1).failure.code(),
        "exited_unexpectedly"
    );

    let queued: Vec<_> = (0..CONNECTIONS)
        .map(|_| send_request(&backend, "/"))
        .collect();
    harness.touch("go");
    harness.expect_state(&State::Ready);
    let second = harness.pid();
    assert_ne!(first, second);
    for stream in queued {
        assert!(read_rest(stream).ends_with(&second.to_string()));
    }
    for stream in interrupted {
        assert_eq!(read_rest(stream), "");
    }
    assert_eq!(harness.supervisor.start().unwrap(), backend);
}

/// Sends a request whose response never ends, and waits until the response begins.
fn send_endless_request(backend: &Backend) -> TcpStream {
    let mut stream = send_request(backend, "/forever");
    stream.read_exact(&mut [0]).unwrap();
    stream
}

fn read_rest(mut stream: TcpStream) -> String {
    let mut response = Vec::new();
    // An interrupted response may end with an error.
    let _ = stream.read_to_end(&mut response);
    String::from_utf8(response).unwrap()
}
