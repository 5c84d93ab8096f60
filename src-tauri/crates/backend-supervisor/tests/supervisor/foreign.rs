//! A data dir that others can write to, and links in it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
};

use nix::unistd::geteuid;

use crate::stage::Stage;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// In use before, with a data dir inside of the stage's own.
fn stage() -> Stage {
    let stage = Stage::with("serve", |launch| {
        launch.data_dir = launch.data_dir.join("outer/data");
        fs::create_dir_all(&launch.data_dir).unwrap();
        set_mode(&launch.data_dir, 0o700);
    });
    stage.put("outer/data/config.json");
    stage
}

#[test]
fn a_data_dir_that_others_can_write_to_is_refused_until_they_no_longer_can() {
    let stage = stage();
    let dir = stage.path("outer/data");
    for mode in [0o777, 0o702, 0o1777] {
        set_mode(&dir, mode);
        let error = stage.fails_with("data_dir_not_private").to_string();
        assert!(error.contains("can be written by everyone"), "{error}");
        let advice = format!("chmod -R go-rwx {}", dir.display());
        assert!(error.contains(&advice), "{error}");
    }
    assert!(!stage.path("starts").exists());
    assert!(!dir.join("app.lock").exists());
    set_mode(&dir, 0o755);
    stage.supervisor.start().unwrap();
}

#[test]
fn one_in_a_folder_in_which_others_could_replace_it_is_refused() {
    let stage = stage();
    let outer = stage.path("outer");
    set_mode(&outer, 0o777);
    let error = stage.fails_with("data_dir_not_private").to_string();
    let advice = format!("chmod go-w {}", outer.display());
    assert!(error.contains(&advice), "{error}");
    set_mode(&outer, 0o1777);
    stage.supervisor.start().unwrap();
}

#[test]
fn an_empty_one_is_closed_to_others_and_used() {
    let stage = stage();
    let dir = stage.path("outer/data");
    fs::remove_file(dir.join("config.json")).unwrap();
    set_mode(&dir, 0o777);
    stage.supervisor.start().unwrap();
    assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn another_users_or_groups_data_dir_is_refused_by_name() {
    // Only root can give a folder away.
    if !geteuid().is_root() {
        return;
    }
    let stage = stage();
    let dir = stage.path("outer/data");
    chown(&dir, Some(65_534), None).unwrap();
    let error = stage.fails_with("data_dir_not_private").to_string();
    assert!(
        error.contains("belongs to nobody and not to root"),
        "{error}"
    );
    assert!(error.contains("sudo chown -R root "), "{error}");
    chown(&dir, Some(0), Some(65_534)).unwrap();
    set_mode(&dir, 0o770);
    let error = stage.fails_with("data_dir_not_private").to_string();
    assert!(
        error.contains("can be written by the group nogroup"),
        "{error}"
    );
    assert!(!stage.path("starts").exists());
    chown(&dir, None, Some(0)).unwrap();
    stage.supervisor.start().unwrap();
}

#[test]
fn a_lock_file_that_is_a_link_is_not_followed() {
    let stage = Stage::new("serve");
    stage.write("precious", "kept");
    symlink("precious", stage.path("app.lock")).unwrap();
    stage.supervisor.suspend();
    stage.supervisor.stop();
    assert_eq!(stage.read("precious"), "kept");
}

#[test]
fn a_port_is_not_read_through_a_link() {
    let stage = Stage::with("serve", |launch| {
        let dir = &launch.data_dir;
        fs::write(dir.join("other.json"), "{\"PORT\": 1}").unwrap();
        symlink("other.json", dir.join("config.json")).unwrap();
    });
    assert_ne!(stage.supervisor.address().unwrap().port(), 1);
}
