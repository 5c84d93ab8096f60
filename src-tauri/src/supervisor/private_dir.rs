//! Whether a data dir is its user's alone. What others can write there (a key, settings, a database) can't be trusted.

use std::path::Path;

use super::Failure;

/// A dir that can't be looked at is for the backend to report.
///
/// # Errors
/// [`Failure::DataDirNotPrivate`].
#[cfg(unix)]
pub fn check(dir: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;

    use nix::unistd::{Uid, User, geteuid};

    const OTHERS_WRITE: u32 = 0o022;

    let Ok(about) = dir.metadata() else {
        return Ok(());
    };
    let name = |uid: Uid| {
        let user = User::from_uid(uid).ok().flatten();
        user.map_or_else(|| format!("user {uid}"), |user| user.name)
    };
    let path = dir.display();
    let quoted = crate::command_line::posix_word(&path.to_string());
    let (owner, we) = (Uid::from_raw(about.uid()), geteuid());
    let message = if owner != we {
        format!(
            "The data dir {path} belongs to {}, not to {}, so what is in it can't be trusted. Use another data dir, or take \
             this one over: sudo chown -R {we} {quoted}",
            name(owner),
            name(we),
        )
    } else if about.mode() & OTHERS_WRITE != 0 {
        format!(
            "Other users can write to the data dir {path}, which belongs to {} (mode {:o}), so what is in it can't be \
             trusted. If it is yours alone, run: chmod go-w {quoted}",
            name(owner),
            about.mode() & 0o7777,
        )
    } else {
        return Ok(());
    };
    Err(Failure::DataDirNotPrivate { message })
}

/// A profile's access list keeps other users out.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn check(_: &Path) -> Result<(), Failure> {
    Ok(())
}
