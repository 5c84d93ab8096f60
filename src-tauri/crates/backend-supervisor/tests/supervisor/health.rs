use std::{thread, time::Duration};

use backend_supervisor::State;

use crate::harness::{Harness, assert_exits, get, send_request};

#[test]
fn backend_outlives_the_calling_thread() {
    let harness = Harness::new("serve");
    let backend = thread::scope(|scope| scope.spawn(|| harness.supervisor.start()).join())
        .unwrap()
        .unwrap();
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
}

#[test]
fn excessive_output_is_drained_and_bounded() {
    let harness = Harness::new("flood");
    send_request(&harness.start(), "/exit");
    let error = harness.expect_restart(1);
    assert_eq!(error.log_tail.len(), 200);
    assert!(error.log_tail.iter().all(|line| line.len() <= 64 * 1024));
}

#[test]
fn orphaned_children_of_exited_backend_are_killed() {
    let harness = Harness::new("ignore_shutdown");
    send_request(&harness.start(), "/exit");
    let grandchild = harness.pid_of("ignore_shutdown_child");
    assert_eq!(
        harness.expect_restart(1).failure.code(),
        "exited_unexpectedly"
    );
    assert_exits(grandchild, Duration::from_secs(1));
}

#[test]
fn stalled_backend_is_restarted() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.check_interval = Duration::from_millis(20);
        launch.limits.check_timeout = Duration::from_millis(300);
        launch.limits.confirm_timeout = Duration::from_millis(700);
    });
    let backend = harness.start();
    let stalled = harness.pid();
    let _in_flight = send_request(&backend, "/stall");
    assert_eq!(harness.expect_restart(1).failure.code(), "stalled");
    harness.expect_state(&State::Ready);
    assert_exits(stalled, Duration::ZERO);
    assert_ne!(get(&harness.current_backend(), "/"), stalled.to_string());
}

#[test]
fn unhealthy_backend_is_restarted() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.check_interval = Duration::from_millis(20);
    });
    harness.start();
    harness.touch("unhealthy_now");
    let error = harness.expect_restart(1);
    assert_eq!(error.failure.code(), "stalled");
    assert!(error.to_string().contains("500"), "{error}");
}

#[test]
fn busy_backend_is_not_restarted() {
    let harness = Harness::with("serve", |launch| {
        launch.limits.check_interval = Duration::from_millis(20);
        launch.limits.check_timeout = Duration::from_millis(100);
    });
    let backend = harness.start();
    harness.touch("busy");
    // The second health check starts after the first one timed out.
    harness.wait_for("check.2");
    harness.touch("go");
    harness.wait_for("check.4");
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
    assert!(harness.states.try_recv().is_err());
}
