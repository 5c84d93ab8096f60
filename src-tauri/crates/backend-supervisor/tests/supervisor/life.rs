use std::{thread, time::Duration};

use backend_supervisor::State;

use crate::stage::{Stage, assert_gone, get, hit};

#[test]
fn a_backend_outlives_the_thread_that_asked_for_it() {
    let stage = Stage::new("serve");
    let backend = thread::scope(|scope| scope.spawn(|| stage.supervisor.start()).join())
        .unwrap()
        .unwrap();
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
}

#[test]
fn a_flood_of_output_neither_hangs_nor_piles_up() {
    let stage = Stage::new("flood");
    hit(&stage.ready(), "/die");
    let error = stage.expect_restart(1);
    assert_eq!(error.log_tail.len(), 200);
    assert!(error.log_tail.iter().all(|line| line.len() <= 64 * 1024));
}

#[test]
fn what_a_dead_backend_left_behind_is_killed() {
    let stage = Stage::new("stubborn");
    hit(&stage.ready(), "/die");
    let grandchild = stage.pid_of("stubborn_grandchild");
    assert_eq!(stage.expect_restart(1).failure.code(), "died");
    assert_gone(grandchild, Duration::from_secs(1));
}

#[test]
fn a_backend_that_gives_no_answer_any_more_is_replaced() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.check_every = Duration::from_millis(20);
        launch.limits.check_within = Duration::from_millis(100);
        launch.limits.confirm_within = Duration::from_millis(200);
    });
    let backend = stage.ready();
    let stalled = stage.pid();
    let _in_flight = hit(&backend, "/stall");
    assert_eq!(stage.expect_restart(1).failure.code(), "stalled");
    stage.expect(&State::Ready);
    assert_gone(stalled, Duration::ZERO);
    assert_ne!(get(&stage.backend(), "/"), stalled.to_string());
}

#[test]
fn a_backend_that_answers_with_errors_only_is_replaced() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.check_every = Duration::from_millis(20);
    });
    stage.ready();
    stage.put("unwell");
    let error = stage.expect_restart(1);
    assert_eq!(error.failure.code(), "stalled");
    assert!(error.to_string().contains("500"), "{error}");
}

#[test]
fn a_backend_that_is_only_busy_is_left_alone() {
    let stage = Stage::with("serve", |launch| {
        launch.limits.check_every = Duration::from_millis(20);
        launch.limits.check_within = Duration::from_millis(100);
    });
    let backend = stage.ready();
    stage.put("busy");
    // The second question comes only after the first one was given up.
    stage.wait_for("asked.2");
    stage.put("go");
    stage.wait_for("asked.4");
    assert_eq!(get(&backend, "/"), stage.pid().to_string());
    assert!(stage.states.try_recv().is_err());
}
