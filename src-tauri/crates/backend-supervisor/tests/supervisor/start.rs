#[cfg(unix)]
use std::ffi::OsString;
use std::{thread, time::Duration};

use backend_supervisor::State;
#[cfg(unix)]
use backend_supervisor::environment;

use crate::harness::{Harness, SHORT_START_TIMEOUT, assert_exits, get};

#[test]
fn backend_is_ready_at_shared_socket() {
    let harness = Harness::new("serve");
    let backend = harness.supervisor.start().unwrap();
    harness.expect_state(&State::Starting);
    harness.expect_state(&State::Ready);
    assert_eq!(get(&backend, "/"), harness.pid().to_string());
}

#[test]
fn second_start_returns_same_backend() {
    let harness = Harness::new("serve");
    let first = harness.supervisor.start().unwrap();
    let pid = get(&first, "/");
    assert_eq!(harness.supervisor.start().unwrap(), first);
    assert_eq!(get(&first, "/"), pid);
}

#[test]
fn concurrent_starts_return_same_backend() {
    let harness = Harness::new("wait_for_go");
    thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| harness.supervisor.start()))
            .collect();
        harness.pid();
        harness.touch("go");
        let backends: Vec<_> = callers
            .into_iter()
            .map(|caller| caller.join().unwrap().unwrap())
            .collect();
        assert!(backends.iter().all(|backend| *backend == backends[0]));
        assert_eq!(harness.read("starts"), "wait_for_go\n");
    });
}

#[test]
#[cfg(unix)] // Windows has another allow-list
fn environment_contains_allowed_variables_only() {
    let disallowed = [
        "PORT",
        "HOST",
        "SECRET_KEY",
        "PYTHONPATH",
        "PYTHONHOME",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "AUTH_REQUIRED",
        "HTTP_PROXY",
        "http_proxy",
        "LISTEN_FD",
        "LAUNCH_TOKEN",
        "APPDIR",
    ];
    let parent = disallowed
        .into_iter()
        .chain(["HOME", "XDG_DATA_HOME", "LC_ALL"])
        .map(|name| (name.into(), "from-parent".into()));
    let settings = [("DATA_DIR", OsString::from("from-shell"))];
    let harness = Harness::with("show_env", |launch| {
        launch.env = environment::build(parent, settings);
    });
    harness.supervisor.start().unwrap();

    assert!(!harness.read("env.txt").contains("LAUNCH_TOKEN=from-parent"));
    // The environment of the test process, such as cargo's variables, must not appear.
    let mut variables: Vec<_> = harness
        .read("env.txt")
        .lines()
        .map(str::to_owned)
        .filter(|line| {
            !["LISTEN_FD=", "LOCK_FD=", "LAUNCH_TOKEN="]
                .iter()
                .any(|it| line.starts_with(it))
        })
        .collect();
    variables.sort();
    assert_eq!(
        variables,
        [
            "DATA_DIR=from-shell",
            "HOME=from-parent",
            "LC_ALL=from-parent",
            "PYTHONNOUSERSITE=1",
            "XDG_DATA_HOME=from-parent",
        ]
    );
}

#[test]
fn exit_before_ready_is_reported_with_log_tail() {
    let harness = Harness::new("exit");
    let error = harness.supervisor.start().unwrap_err();
    assert_eq!(error.failure.code(), "exited_before_ready");
    assert!(
        error.to_string().contains(if cfg!(windows) {
            "exit code: 3"
        } else {
            "exit status: 3"
        }),
        "{error}"
    );
    assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
    harness.expect_state(&State::Starting);
    harness.expect_state(&State::Failed { error });
}

#[test]
fn failed_event_is_reported_unchanged() {
    let harness = Harness::new("fail");
    let error = harness.supervisor.start().unwrap_err();
    assert_eq!(
        serde_json::to_value(error).unwrap(),
        serde_json::json!({
            "code": "data_dir_unwritable",
            "message": "Can't write. Free disk space.",
            "log_tail": [],
        })
    );
}

#[test]
fn malformed_ready_event_is_rejected() {
    Harness::new("malformed_ready").start_fails_with("invalid_ready_event");
}

#[test]
fn ready_event_with_wrong_pid_is_rejected() {
    let error = Harness::new("wrong_pid").start_fails_with("invalid_ready_event");
    assert!(error.to_string().contains("it is from process"), "{error}");
}

#[test]
fn ready_event_with_wrong_address_is_rejected() {
    let error = Harness::new("wrong_address").start_fails_with("invalid_ready_event");
    assert!(
        error.to_string().contains("instead of 127.0.0.1"),
        "{error}"
    );
}

#[test]
fn start_fails_when_health_check_returns_error() {
    let error = Harness::new("unhealthy").start_fails_with("health_check_failed");
    assert!(error.to_string().contains("500"), "{error}");
}

#[test]
fn health_check_rejects_redirect() {
    let error = Harness::new("redirect").start_fails_with("health_check_failed");
    assert!(error.to_string().contains("redirects"), "{error}");
}

#[test]
fn slow_start_is_reported_and_can_succeed() {
    let harness = Harness::with("wait_for_go", |launch| {
        launch.limits.slow_after = Duration::from_millis(50);
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| harness.supervisor.start());
        harness.expect_state(&State::Starting);
        harness.expect_state(&State::Slow);
        harness.touch("go");
        harness.expect_state(&State::Ready);
        caller.join().unwrap().unwrap();
    });
}

#[test]
fn start_fails_after_timeout() {
    let harness = Harness::with("hang", |launch| {
        launch.limits.start_timeout = SHORT_START_TIMEOUT;
    });
    harness.start_fails_with("start_timeout");
    assert_exits(harness.pid(), Duration::ZERO);
}

#[test]
fn start_after_failure_can_succeed() {
    let harness = Harness::new("fail_until_fixed");
    harness.start_fails_with("exited_before_ready");
    harness.touch("fixed");
    harness.supervisor.start().unwrap();
}

#[test]
fn progress_extends_start_timeout() {
    let harness = Harness::with("migrate", |launch| {
        // Shorter than the migration.
        launch.limits.start_timeout = if cfg!(windows) {
            SHORT_START_TIMEOUT
        } else {
            Duration::from_millis(500)
        };
    });
    harness.supervisor.start().unwrap();
    for state in [State::Starting, State::Migrating, State::Ready] {
        harness.expect_state(&state);
    }
}

#[test]
fn progress_does_not_extend_total_start_timeout() {
    let harness = Harness::with("migrate_forever", |launch| {
        launch.limits.max_start_time = SHORT_START_TIMEOUT;
    });
    harness.start_fails_with("start_timeout");
    assert_exits(harness.pid(), Duration::ZERO);
}
