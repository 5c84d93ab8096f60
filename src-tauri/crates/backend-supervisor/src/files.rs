//! Secure file access: opens only regular files that this user or root owns. Does not follow a symbolic link at the path
//! itself; links in its parent folders are followed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::Path,
};

const OTHER_OWNER: &str = "it belongs to another user";

/// Opens `path` with `options`. A created file has mode 0600 on Unix.
///
/// # Errors
/// As [`OpenOptions::open`]; [`ErrorKind::PermissionDenied`] if the file is a symbolic link, not a regular file, or owned by
/// another user.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    no_follow(options);
    let file = options.open(path).map_err(|error| {
        let is_link = path.symlink_metadata().is_ok_and(|it| it.is_symlink());
        if is_link {
            denied("it is a symbolic link, which is not followed")
        } else {
            error
        }
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(denied("it is not a regular file"));
    }
    if !is_owned_by_user_or_root(&metadata) {
        return Err(denied(OTHER_OWNER));
    }
    Ok(file)
}

/// Reads the complete file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Replaces the file atomically: writes a temporary file next to it, syncs and renames it. Replaces a link at `path` itself,
/// not its target.
///
/// # Errors
/// If the temporary file can't be written or renamed. The file is unchanged then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    // Removes a leftover file. If that fails, `create_new` fails as well.
    let _ = fs::remove_file(&temporary);
    let mut file = open(&temporary, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

/// Creates the folder `path` and its missing parents.
///
/// # Errors
/// If it can't be created, or `path` is a file; [`ErrorKind::PermissionDenied`] if `path` is a link to a folder, or a folder
/// that another user owns.
pub fn create_dir(path: &Path) -> io::Result<()> {
    private_dir_builder().recursive(true).create(path)?;
    let metadata = path.symlink_metadata()?;
    if !metadata.is_dir() {
        return Err(denied("it is not a folder"));
    }
    if !is_owned_by_user_or_root(&metadata) {
        return Err(denied(OTHER_OWNER));
    }
    Ok(())
}

/// Creates folders with mode 0700.
#[cfg(unix)]
#[must_use]
pub fn private_dir_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Creates folders that inherit their parent's access control list, which in a user profile excludes other users.
#[cfg(not(unix))]
#[must_use]
pub fn private_dir_builder() -> DirBuilder {
    DirBuilder::new()
}

/// `O_NONBLOCK`: opening a named pipe must not block until its other end is opened.
#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    use nix::fcntl::OFlag;

    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits());
}

/// Opens a link itself, which [`open`] then rejects because it is not a regular file.
#[cfg(windows)]
fn no_follow(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
}

#[cfg(unix)]
fn is_owned_by_user_or_root(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == nix::unistd::geteuid().as_raw() || metadata.uid() == 0
}

/// On Windows the access control list of the user profile excludes other users.
#[cfg(not(unix))]
fn is_owned_by_user_or_root(_: &fs::Metadata) -> bool {
    true
}

fn denied(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, reason)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use nix::{sys::stat::Mode, unistd};

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("target"), "theirs").unwrap();
        symlink("target", folder.path().join("link")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        folder
    }

    #[test]
    fn symbolic_links_are_not_followed() {
        let folder = folder();
        let (link, dangling) = (folder.path().join("link"), folder.path().join("dangling"));
        let error = read(&link).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        for path in [&link, &dangling] {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            assert!(open(path, &mut options).is_err());
        }
        write_atomic(&link, b"ours").unwrap();
        assert_eq!(read(&link).unwrap(), b"ours");
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"theirs");
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn write_atomic_replaces_a_link_at_the_temporary_path() {
        let folder = folder();
        symlink("target", folder.path().join("choice.tmp")).unwrap();
        let path = folder.path().join("choice.json");
        write_atomic(&path, b"ours").unwrap();
        assert_eq!(read(&path).unwrap(), b"ours");
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"theirs");
    }

    #[test]
    fn read_rejects_named_pipes_and_folders() {
        let folder = folder();
        let pipe = folder.path().join("pipe");
        unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        assert!(read(&pipe).is_err());
        assert!(read(folder.path()).is_err());
    }

    #[test]
    fn created_files_and_folders_are_private() {
        let folder = folder();
        let mode = |name: &str| {
            let metadata = fs::metadata(folder.path().join(name)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        write_atomic(&folder.path().join("file"), b"").unwrap();
        create_dir(&folder.path().join("dir")).unwrap();
        create_dir(&folder.path().join("dir")).unwrap();
        assert_eq!((mode("file"), mode("dir")), (0o600, 0o700));
        assert!(create_dir(&folder.path().join("dangling")).is_err());
        assert!(create_dir(&folder.path().join("target")).is_err());
        symlink("dir", folder.path().join("dir_link")).unwrap();
        assert!(create_dir(&folder.path().join("dir_link")).is_err());
    }

    #[test]
    fn read_rejects_a_file_of_another_user() {
        let folder = folder();
        let target = folder.path().join("target");
        // Only root can change the owner of a file.
        if std::os::unix::fs::chown(&target, Some(65_534), None).is_ok() {
            let error = read(&target).unwrap_err();
            assert!(error.to_string().contains("another user"), "{error}");
        }
    }
}
