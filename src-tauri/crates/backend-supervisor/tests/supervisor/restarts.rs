use std::{io::Read, thread, time::Duration};

use backend_supervisor::{LaunchConfig, State};

use crate::harness::{Harness, SHORT_START_TIMEOUT, TIMEOUT, get, send_request};
#[cfg(unix)]
use crate::process::kill;

#[test]
fn backend_restarts_on_same_address_after_exit() {
    let harness = Harness::new("serve");
    let backend = harness.start();
    let pid = harness.pid();
    send_request(&backend, "/exit");
    let error = harness.expect_restart(1);
    assert_eq!(error.failure.code(), "exited_unexpectedly");
    assert_eq!(error.log_tail, ["Traceback: exit requested"]);
    harness.expect_state(&State::Ready);
    let next = harness.current_backend();
    assert_eq!(backend, next);
    assert_ne!(get(&next, "/"), pid.to_string());
}

#[test]
fn repeated_exits_exhaust_restart_budget() {
    let harness = Harness::with("serve", no_backoff);
    harness.start();
    for number in 1..=3 {
        send_request(&harness.current_backend(), "/exit");
        assert_eq!(
            harness.expect_restart(number).failure.code(),
            "exited_unexpectedly"
        );
        harness.expect_state(&State::Ready);
    }
    send_request(&harness.current_backend(), "/exit");
    let error = harness.expect_restart_failed();
    assert_eq!(error.failure.code(), "exited_unexpectedly");
    assert_eq!(error.log_tail, ["Traceback: exit requested"]);
    assert_eq!(harness.read("starts").lines().count(), 4);
}

#[test]
fn hanging_restarts_exhaust_budget_and_callers_get_the_error() {
    let harness = Harness::with("hang_after_first_start", |launch| {
        no_backoff(launch);
        launch.limits.start_timeout = SHORT_START_TIMEOUT;
    });
    let backend = harness.start();
    send_request(&backend, "/exit");
    assert_eq!(
        harness.expect_restart(1).failure.code(),
        "exited_unexpectedly"
    );
    let mut pending = send_request(&backend, "/");
    thread::scope(|scope| {
        let caller = scope.spawn(|| harness.supervisor.start());
        for number in 2..=3 {
            assert_eq!(
                harness.expect_restart(number).failure.code(),
                "start_timeout"
            );
        }
        let error = harness.expect_restart_failed();
        assert_eq!(caller.join().unwrap().unwrap_err(), error);
    });
    let mut response = String::new();
    pending.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
}

#[test]
fn requested_start_resets_restart_budget() {
    let harness = Harness::with("hang_after_first_start", |launch| {
        no_backoff(launch);
        launch.limits.start_timeout = SHORT_START_TIMEOUT;
    });
    send_request(&harness.start(), "/exit");
    for number in 1..=3 {
        harness.expect_restart(number);
    }
    harness.expect_restart_failed();
    harness.touch("fixed");
    let backend = harness.start();
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
    send_request(&backend, "/exit");
    harness.expect_restart(1);
}

#[test]
fn restart_budget_resets_after_steady_uptime() {
    let harness = Harness::with("serve", |launch| {
        no_backoff(launch);
        launch.limits.steady_after = Duration::ZERO;
    });
    harness.start();
    for _ in 0..5 {
        send_request(&harness.current_backend(), "/exit");
        harness.expect_restart(1);
        harness.expect_state(&State::Ready);
    }
}

#[test]
fn permanent_failure_is_not_retried() {
    let harness = Harness::with("fail_after_first_start", no_backoff);
    send_request(&harness.start(), "/exit");
    harness.expect_restart(1);
    assert_eq!(
        harness.expect_restart_failed().failure.code(),
        "data_dir_unwritable"
    );
}

#[test]
fn requested_restarts_do_not_use_the_budget() {
    let harness = Harness::with("serve", no_backoff);
    harness.start();
    for _ in 0..4 {
        harness.supervisor.restart().unwrap();
        harness.expect_state(&State::Starting);
        harness.expect_state(&State::Ready);
    }
}

#[test]
fn start_during_backoff_waits_for_the_restart() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.restart_backoff = Duration::from_millis(100);
    });
    let backend = harness.start();
    send_request(&backend, "/exit");
    harness.expect_restart(1);
    assert_eq!(backend, harness.current_backend());
    harness.expect_state(&State::Ready);
    assert_eq!(harness.read("starts").lines().count(), 2);
}

#[test]
fn stop_during_backoff_cancels_the_restart() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.restart_backoff = TIMEOUT * 10;
    });
    send_request(&harness.start(), "/exit");
    harness.expect_restart(1);
    harness.supervisor.stop();
    harness.expect_state(&State::Stopped);
    assert_eq!(harness.read("starts").lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn start_killed_by_signal_is_retried() {
    let harness = Harness::with("wait_for_go", no_backoff);
    thread::scope(|scope| {
        let caller = scope.spawn(|| harness.supervisor.start());
        harness.expect_state(&State::Starting);
        kill(harness.pid());
        assert_eq!(
            harness.expect_restart(1).failure.code(),
            "exited_before_ready"
        );
        harness.touch("go");
        harness.expect_state(&State::Ready);
        let backend = caller.join().unwrap().unwrap();
        assert_eq!(get(&backend, "/"), harness.pid().to_string());
    });
}

#[test]
#[cfg(unix)]
fn repeatedly_killed_start_fails() {
    let harness = Harness::with("abort", no_backoff);
    let error = harness.start_fails_with("exited_before_ready");
    harness.expect_state(&State::Starting);
    for number in 1..=3 {
        assert_eq!(harness.expect_restart(number), error);
    }
    harness.expect_state(&State::Failed { error });
    assert_eq!(harness.read("starts").lines().count(), 4);
}

fn no_backoff(launch: &mut LaunchConfig) {
    launch.limits.restart_backoff = Duration::ZERO;
}
