//! Files of the app's own: opened only if they are regular files of this user or root, never through a symbolic link.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::Path,
};

const FOREIGN: &str = "it belongs to another user";

/// Opens `path` with `options`. What is made is its owner's only.
///
/// # Errors
/// As [`OpenOptions::open`], and when the file is a link, no regular file, or another user's.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    no_follow(options);
    let file = options.open(path).map_err(|error| {
        let is_link = path.symlink_metadata().is_ok_and(|it| it.is_symlink());
        if is_link {
            refused("it is a symbolic link, which is not followed")
        } else {
            error
        }
    })?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(refused("it is not a regular file"));
    }
    if !is_ours(&about) {
        return Err(refused(FOREIGN));
    }
    Ok(file)
}

/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Replaces the file, or the link that is in its place, as a whole.
///
/// # Errors
/// When it can't be written; the file is as before then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    // One that was left behind. What can't be removed is not written to either.
    let _ = fs::remove_file(&beside);
    let mut file = open(&beside, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// Makes `path`, and what it is in, if it is missing.
///
/// # Errors
/// When it can't be made, and when a link, a file or another user's folder is in its place.
pub fn create_dir(path: &Path) -> io::Result<()> {
    private_dir().recursive(true).create(path)?;
    let about = path.symlink_metadata()?;
    if !about.is_dir() {
        return Err(refused("it is not a folder"));
    }
    if !is_ours(&about) {
        return Err(refused(FOREIGN));
    }
    Ok(())
}

/// Makes folders that are their owner's only.
#[cfg(unix)]
#[must_use]
pub fn private_dir() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// As their parent's access list has it, which in a profile keeps other users out.
/// Makes folders, which a profile's access list keeps from other users.
#[cfg(not(unix))]
#[must_use]
pub fn private_dir() -> DirBuilder {
    DirBuilder::new()
}

/// Does not wait for a named pipe's other end either.
#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    use nix::fcntl::OFlag;

    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits());
}

/// Opens the link itself, which is not a regular file.
#[cfg(windows)]
fn no_follow(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
}

#[cfg(unix)]
fn is_ours(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    // Root can change everything anyway.
    about.uid() == nix::unistd::geteuid().as_raw() || about.uid() == 0
}

/// A profile's access list keeps other users out.
#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, why)
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
    fn a_link_is_neither_read_nor_written_through() {
        let folder = folder();
        let (link, dangling) = (folder.path().join("link"), folder.path().join("dangling"));
        let error = read(&link).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        for path in [&link, &dangling] {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            assert!(open(path, &mut options).is_err());
        }
        write_whole(&link, b"ours").unwrap();
        assert_eq!(read(&link).unwrap(), b"ours");
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"theirs");
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn the_file_beside_a_replacement_may_be_a_link_too() {
        let folder = folder();
        symlink("target", folder.path().join("choice.tmp")).unwrap();
        let path = folder.path().join("choice.json");
        write_whole(&path, b"ours").unwrap();
        assert_eq!(read(&path).unwrap(), b"ours");
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"theirs");
    }

    #[test]
    fn a_named_pipe_and_a_folder_are_no_files_of_ours() {
        let folder = folder();
        let pipe = folder.path().join("pipe");
        unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        assert!(read(&pipe).is_err());
        assert!(read(folder.path()).is_err());
    }

    #[test]
    fn what_is_made_is_its_owners_only() {
        let folder = folder();
        let mode = |name: &str| {
            let about = fs::metadata(folder.path().join(name)).unwrap();
            about.permissions().mode() & 0o777
        };
        write_whole(&folder.path().join("file"), b"").unwrap();
        create_dir(&folder.path().join("dir")).unwrap();
        create_dir(&folder.path().join("dir")).unwrap();
        assert_eq!((mode("file"), mode("dir")), (0o600, 0o700));
        assert!(create_dir(&folder.path().join("dangling")).is_err());
        assert!(create_dir(&folder.path().join("target")).is_err());
        symlink("dir", folder.path().join("dir_link")).unwrap();
        assert!(create_dir(&folder.path().join("dir_link")).is_err());
    }

    #[test]
    fn another_users_file_is_not_read() {
        let folder = folder();
        let target = folder.path().join("target");
        // Only root can give a file away.
        if std::os::unix::fs::chown(&target, Some(65_534), None).is_ok() {
            let error = read(&target).unwrap_err();
            assert!(error.to_string().contains("another user"), "{error}");
        }
    }
}
