//! Data dirs that other users own or can write to, and links in a data dir.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
};

use nix::unistd::geteuid;

use crate::harness::Harness;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Its data dir is a subfolder of the harness's folder, and not empty.
fn harness() -> Harness {
    let harness = Harness::with("serve", |launch| {
        launch.data_dir = launch.data_dir.join("outer/data");
        fs::create_dir_all(&launch.data_dir).unwrap();
        set_mode(&launch.data_dir, 0o700);
    });
    harness.touch("outer/data/config.json");
    harness
}

#[test]
fn start_fails_when_others_can_write_to_data_dir() {
    let harness = harness();
    let dir = harness.path("outer/data");
    for mode in [0o777, 0o702, 0o1777] {
        set_mode(&dir, mode);
        let error = harness.start_fails_with("data_dir_not_private").to_string();
        assert!(error.contains("can be written by everyone"), "{error}");
        let advice = format!("chmod -R go-rwx {}", dir.display());
        assert!(error.contains(&advice), "{error}");
    }
    assert!(!harness.path("starts").exists());
    assert!(!dir.join("app.lock").exists());
    set_mode(&dir, 0o755);
    harness.supervisor.start().unwrap();
}

#[test]
fn start_fails_when_others_can_replace_data_dir() {
    let harness = harness();
    let outer = harness.path("outer");
    set_mode(&outer, 0o777);
    let error = harness.start_fails_with("data_dir_not_private").to_string();
    let advice = format!("chmod go-w {}", outer.display());
    assert!(error.contains(&advice), "{error}");
    set_mode(&outer, 0o1777);
    harness.supervisor.start().unwrap();
}

#[test]
fn empty_data_dir_is_restricted_to_owner() {
    let harness = harness();
    let dir = harness.path("outer/data");
    fs::remove_file(dir.join("config.json")).unwrap();
    set_mode(&dir, 0o777);
    harness.supervisor.start().unwrap();
    assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn start_fails_when_another_user_or_group_owns_data_dir() {
    // Only root can change the owner of a folder.
    if !geteuid().is_root() {
        return;
    }
    let harness = harness();
    let dir = harness.path("outer/data");
    chown(&dir, Some(65_534), None).unwrap();
    let error = harness.start_fails_with("data_dir_not_private").to_string();
    assert!(
        error.contains("belongs to nobody and not to root"), // codespell:ignore nobody
        "{error}"
    );
    assert!(error.contains("sudo chown -R root "), "{error}");
    chown(&dir, Some(0), Some(65_534)).unwrap();
    set_mode(&dir, 0o770);
    let error = harness.start_fails_with("data_dir_not_private").to_string();
    assert!(
        error.contains("can be written by the group nogroup"),
        "{error}"
    );
    assert!(!harness.path("starts").exists());
    chown(&dir, None, Some(0)).unwrap();
    harness.supervisor.start().unwrap();
}

#[test]
fn lock_file_link_is_not_followed() {
    let harness = Harness::new("serve");
    harness.write("precious", "content");
    symlink("precious", harness.path("app.lock")).unwrap();
    harness.supervisor.suspend();
    harness.supervisor.stop();
    assert_eq!(harness.read("precious"), "content");
}

#[test]
fn config_file_link_is_not_followed() {
    let harness = Harness::with("serve", |launch| {
        let dir = &launch.data_dir;
        fs::write(dir.join("other.json"), "{\"PORT\": 1}").unwrap();
        symlink("other.json", dir.join("config.json")).unwrap();
    });
    assert_ne!(harness.supervisor.address().unwrap().port(), 1);
}
