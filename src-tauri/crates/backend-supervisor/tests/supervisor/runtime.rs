use std::{fs, path::Path};

use crate::stage::Stage;

/// The sum of nothing here.
const OTHER_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const SUM_OF_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_missing_interpreter_is_named() {
    let stage = Stage::with("serve", |launch| launch.program = "/nowhere/python3".into());
    let error = stage.fails_with("runtime_missing");
    assert!(error.to_string().contains("/nowhere/python3"), "{error}");
}

#[test]
fn an_interpreter_of_another_kind_of_machine_is_told_as_that() {
    // An ELF header that names a machine which never was.
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend([2, 0, 0xff, 0xfe]);
    header.resize(64, 0);
    let stage = stage_with_program(&header, 0o755);
    let error = stage.fails_with("wrong_architecture");
    assert!(error.to_string().contains("python3"), "{error}");
}

#[test]
#[cfg(unix)]
fn an_interpreter_that_may_not_be_run_is_told_as_that() {
    let program = fs::read(crate::stage::example("fake_backend")).unwrap();
    stage_with_program(&program, 0o644).fails_with("not_permitted");
}

#[test]
#[cfg(target_os = "linux")]
fn an_interpreter_that_is_a_text_is_not_run_as_a_script() {
    let stage = stage_with_program(b"touch was_run\n", 0o755);
    stage.fails_with("wrong_architecture");
    assert!(!stage.dir.path().join("was_run").exists());
}

#[test]
fn a_working_directory_that_was_moved_away_is_made_again() {
    let stage = Stage::with("serve", |launch| {
        launch.working_dir = launch.working_dir.join("gone");
    });
    stage.supervisor.start().unwrap();
    assert!(stage.dir.path().join("gone").is_dir());
}

#[test]
fn a_start_that_the_system_refuses_for_other_reasons_is_reported() {
    let stage = Stage::with("serve", |launch| {
        let file = launch.working_dir.join("file");
        fs::write(&file, "").unwrap();
        launch.working_dir = file.join("nowhere");
    });
    stage.fails_with("spawn_failed");
}

#[test]
fn a_damaged_file_is_named_when_the_backend_does_not_start() {
    let stage = Stage::new("die");
    stage.put("whole.py");
    stage.put("damaged.py");
    stage.write(
        "manifest.sha256",
        &format!("{SUM_OF_EMPTY}  whole.py\n{OTHER_SUM}  damaged.py\n"),
    );
    let error = stage.fails_with("runtime_damaged");
    assert!(
        error
            .to_string()
            .contains("damaged.py is not as it was installed"),
        "{error}"
    );
    assert_eq!(error.log_tail, ["Traceback: the reason is here"]);
}

#[test]
fn a_missing_file_is_named_when_the_backend_does_not_start() {
    let stage = Stage::new("die");
    stage.write("manifest.sha256", &format!("{OTHER_SUM}  gone.py\n"));
    let error = stage.fails_with("runtime_damaged");
    assert!(error.to_string().contains("gone.py is missing"), "{error}");
}

#[test]
fn an_undamaged_runtime_leaves_the_first_reason() {
    let stage = Stage::new("die");
    stage.put("whole.py");
    stage.write("manifest.sha256", &format!("{SUM_OF_EMPTY}  whole.py\n"));
    stage.fails_with("died_early");
}

#[test]
fn an_import_error_is_looked_into_as_well() {
    let stage = Stage::new("refuse_import");
    stage.fails_with("import_failed");
    stage.write("manifest.sha256", &format!("{OTHER_SUM}  gone.py\n"));
    stage.fails_with("runtime_damaged");
}

/// `mode` is that of the file, where files have modes.
fn stage_with_program(content: &[u8], mode: u32) -> Stage {
    Stage::with("serve", |launch| {
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
