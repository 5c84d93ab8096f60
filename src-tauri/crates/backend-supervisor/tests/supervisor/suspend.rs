use std::{fs::File, thread, time::Duration};

use backend_supervisor::State;

use crate::harness::{Harness, assert_exits};

/// Whether another process could lock the data dir. On Windows that requires that no other process has the file open for writing.
fn is_unlocked(harness: &Harness) -> bool {
    let file = File::options().write(true).open(harness.path("app.lock"));
    file.is_ok_and(|file| file.try_lock().is_ok())
}

#[test]
fn suspend_stops_backend_and_locks_data_dir() {
    let harness = Harness::new("serve");
    harness.start();
    let first = harness.pid();
    harness.supervisor.suspend();
    assert_exits(first, Duration::ZERO);
    assert!(harness.path("stopped_cleanly").exists());
    assert!(!is_unlocked(&harness));
    harness.expect_state(&State::Stopping);
    harness.expect_state(&State::Stopped);

    harness.supervisor.start().unwrap();
    assert_ne!(harness.pid(), first);
}

#[test]
fn suspend_before_start_locks_data_dir_until_stop() {
    let harness = Harness::new("serve");
    harness.supervisor.suspend();
    assert!(!is_unlocked(&harness));
    harness.supervisor.stop();
    // The supervisor's thread releases the lock after its reply.
    let mut attempts = 0;
    while !is_unlocked(&harness) {
        attempts += 1;
        assert!(attempts < 1_000);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn restart_fails_while_suspended() {
    let harness = Harness::new("serve");
    harness.supervisor.suspend();
    // The second call returns after all effects of the first one.
    for _ in 0..2 {
        let error = harness.supervisor.restart().unwrap_err();
        assert_eq!(error.failure.code(), "stopping");
    }
    assert!(!is_unlocked(&harness));
    harness.supervisor.suspend();
    harness.supervisor.start().unwrap();
}

#[test]
fn suspend_during_start_fails_waiting_callers() {
    let harness = Harness::with("hang", |launch| {
        launch.limits.grace_period = Duration::from_millis(100);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| harness.supervisor.start());
        harness.expect_state(&State::Starting);
        let pid = harness.pid();
        harness.supervisor.suspend();
        assert_eq!(
            caller.join().unwrap().unwrap_err().failure.code(),
            "stopping"
        );
        assert_exits(pid, Duration::ZERO);
    });
}
