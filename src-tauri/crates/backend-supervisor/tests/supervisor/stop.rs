use std::{
    thread,
    time::{Duration, Instant},
};

use backend_supervisor::State;

use crate::stage::{Stage, assert_gone, get};

#[test]
fn a_restart_replaces_the_process_and_keeps_the_address() {
    let stage = Stage::new("serve");
    let first = stage.supervisor.start().unwrap();
    let pid = stage.pid();
    let second = stage.supervisor.restart().unwrap();
    assert_eq!(first, second);
    assert!(stage.path("stopped_cleanly").exists());
    assert_gone(pid, Duration::ZERO);
    assert_ne!(get(&second, "/"), pid.to_string());
}

#[test]
fn stop_ends_the_backend_cleanly_and_for_good() {
    let stage = Stage::new("serve");
    stage.supervisor.start().unwrap();
    stage.supervisor.stop();
    assert_gone(stage.pid(), Duration::ZERO);
    assert!(stage.path("stopped_cleanly").exists());
    for state in [
        State::Starting,
        State::Ready,
        State::Stopping,
        State::Stopped,
    ] {
        stage.expect(&state);
    }
    stage.supervisor.stop();
    stage.fails_with("stopping");
}

#[test]
fn stop_before_any_start_returns() {
    Stage::new("serve").supervisor.stop();
}

#[test]
fn stop_during_a_start_answers_whoever_waits() {
    let stage = Stage::with("silent", |launch| {
        launch.limits.grace = Duration::from_millis(100);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| stage.supervisor.start());
        stage.expect(&State::Starting);
        let pid = stage.pid();
        stage.supervisor.stop();
        let error = caller.join().unwrap().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
        assert_gone(pid, Duration::ZERO);
    });
}

#[test]
fn a_backend_that_won_t_stop_is_killed_with_all_it_started() {
    let grace = Duration::from_millis(300);
    let stage = Stage::with("stubborn", |launch| launch.limits.grace = grace);
    stage.supervisor.start().unwrap();
    let grandchild = stage.pid_of("stubborn_grandchild");

    let asked = Instant::now();
    stage.supervisor.stop();
    assert!(asked.elapsed() >= grace);
    assert_gone(stage.pid(), Duration::ZERO);
    assert_gone(grandchild, Duration::from_secs(1));
}
