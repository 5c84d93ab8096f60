use std::{fs, path::Path};

use crate::harness::Harness;

/// A SHA-256 that differs from that of every file in these tests.
const OTHER_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const SUM_OF_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn missing_interpreter_is_reported() {
    let harness = Harness::with("serve", |launch| launch.program = "/nowhere/python3".into());
    let error = harness.start_fails_with("runtime_missing");
    assert!(error.to_string().contains("/nowhere/python3"), "{error}");
}

#[test]
fn interpreter_for_other_architecture_is_reported() {
    // An ELF header with an undefined machine number.
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend([2, 0, 0xff, 0xfe]);
    header.resize(64, 0);
    let harness = stage_with_program(&header, 0o755);
    let error = harness.start_fails_with("wrong_architecture");
    assert!(error.to_string().contains("python3"), "{error}");
}

#[test]
#[cfg(unix)]
fn interpreter_without_execute_permission_is_reported() {
    let program = fs::read(crate::harness::example("fake_backend")).unwrap();
    stage_with_program(&program, 0o644).start_fails_with("runtime_not_executable");
}

#[test]
#[cfg(target_os = "linux")]
fn text_file_is_not_run_as_script() {
    let harness = stage_with_program(b"touch was_run\n", 0o755);
    harness.start_fails_with("wrong_architecture");
    assert!(!harness.dir.path().join("was_run").exists());
}

#[test]
fn missing_working_directory_is_created() {
    let harness = Harness::with("serve", |launch| {
        launch.working_dir = launch.working_dir.join("gone");
    });
    harness.supervisor.start().unwrap();
    assert!(harness.dir.path().join("gone").is_dir());
}

#[test]
fn spawn_error_is_reported() {
    let harness = Harness::with("serve", |launch| {
        let file = launch.working_dir.join("file");
        fs::write(&file, "").unwrap();
        launch.working_dir = file.join("nowhere");
    });
    harness.start_fails_with("spawn_failed");
}

#[test]
fn damaged_runtime_file_is_reported_after_failed_start() {
    let harness = Harness::new("exit");
    harness.touch("intact.py");
    harness.touch("damaged.py");
    harness.write(
        "manifest.sha256",
        &format!("{SUM_OF_EMPTY}  intact.py\n{OTHER_SUM}  damaged.py\n"),
    );
    let error = harness.start_fails_with("runtime_damaged");
    assert!(
        error
            .to_string()
            .contains("damaged.py was modified after the installation"),
        "{error}"
    );
    assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
}

#[test]
fn missing_runtime_file_is_reported_after_failed_start() {
    let harness = Harness::new("exit");
    harness.write("manifest.sha256", &format!("{OTHER_SUM}  gone.py\n"));
    let error = harness.start_fails_with("runtime_damaged");
    assert!(error.to_string().contains("gone.py is missing"), "{error}");
}

#[test]
fn original_failure_is_reported_when_runtime_is_intact() {
    let harness = Harness::new("exit");
    harness.touch("intact.py");
    harness.write("manifest.sha256", &format!("{SUM_OF_EMPTY}  intact.py\n"));
    harness.start_fails_with("exited_before_ready");
}

#[test]
fn import_error_triggers_runtime_check() {
    let harness = Harness::new("fail_import");
    harness.start_fails_with("import_failed");
    harness.write("manifest.sha256", &format!("{OTHER_SUM}  gone.py\n"));
    harness.start_fails_with("runtime_damaged");
}

/// `mode`: file mode on Unix.
fn stage_with_program(content: &[u8], mode: u32) -> Harness {
    Harness::with("serve", |launch| {
        let program = launch.working_dir.join("python3");
        fs::write(&program, content).unwrap();
        set_mode(&program, mode);
        launch.program = program;
    })
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, mode).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}
