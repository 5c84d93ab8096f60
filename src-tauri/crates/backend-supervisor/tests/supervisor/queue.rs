//! Requests wait in the queue of the shell's socket while no backend serves it.

use std::{io::Read, net::TcpStream, time::Duration};

use backend_supervisor::{Backend, State};

use crate::{
    process::kill,
    stage::{Stage, hit},
};

const AT_ONCE: usize = 50;

#[test]
fn requests_that_come_while_the_backend_is_down_are_answered_by_the_next() {
    let stage = Stage::with("wait_for_go", |launch| {
        launch.limits.restart_wait = Duration::ZERO;
    });
    stage.put("go");
    let backend = stage.ready();
    let first = stage.pid();
    let cut_off: Vec<_> = (0..AT_ONCE).map(|_| begun(&backend)).collect();
    std::fs::remove_file(stage.path("go")).unwrap();
    kill(first);
    assert_eq!(stage.expect_restart(1).failure.code(), "died");

    let late: Vec<_> = (0..AT_ONCE).map(|_| hit(&backend, "/")).collect();
    stage.put("go");
    stage.expect(&State::Ready);
    let second = stage.pid();
    assert_ne!(first, second);
    for stream in late {
        assert!(rest(stream).ends_with(&second.to_string()));
    }
    for stream in cut_off {
        assert_eq!(rest(stream), "");
    }
    assert_eq!(stage.supervisor.start().unwrap(), backend);
}

/// A request that the backend works at and never ends.
fn begun(backend: &Backend) -> TcpStream {
    let mut stream = hit(backend, "/forever");
    stream.read_exact(&mut [0]).unwrap();
    stream
}

fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // One that was cut off may end with an error.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}
