//! Whether a data dir is its user's alone. What others can put there (a key, settings, a database) can't be trusted.
//!
//! The same rule and words as the backend's, `python-backend/backend_host/data/data_dir.py`: the shell reads and writes there before
//! any backend does. It leaves the backend's files to the backend.

use std::path::Path;

use super::Failure;

/// A dir that can't be looked at is for the backend to report. An empty one of the user's own is closed to others: nobody
/// has put anything there.
///
/// # Errors
/// [`Failure::DataDirNotPrivate`].
#[cfg(unix)]
pub fn check(dir: &Path) -> Result<(), Failure> {
    unix::check(dir).map_err(|message| Failure::DataDirNotPrivate { message })
}

/// A profile's access list keeps other users out.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn check(_: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Metadata, Permissions},
        os::unix::fs::{MetadataExt, PermissionsExt},
        path::Path,
    };

    use nix::unistd::{Gid, Group, Uid, User, geteuid};

    use crate::command_line::posix_word;

    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    pub(super) fn check(dir: &Path) -> Result<(), String> {
        let me = geteuid();
        let (Ok(itself), Ok(real)) = (dir.symlink_metadata(), dir.canonicalize()) else {
            return Ok(());
        };
        let Some(about) = real.metadata().ok().filter(Metadata::is_dir) else {
            return Ok(());
        };
        if itself.is_symlink() {
            require_owner(dir, &itself, me)?;
        }
        require_owner(&real, &about, me)?;
        if let Some(whom) = other_writers(&about, me)
            && !(is_empty(&real) && can_be_closed(&real, me))
        {
            return Err(format!(
                "The data dir {} can be written by {whom}, so others may have put files there. Check that all of it is \
                 yours, then run: chmod -R go-rwx {}",
                real.display(),
                quoted(&real),
            ));
        }
        for parent in real.ancestors().skip(1) {
            let Ok(about) = parent.metadata() else {
                continue;
            };
            if about.mode() & STICKY == 0
                && let Some(whom) = other_writers(&about, me)
            {
                return Err(format!(
                    "{}, which the data dir {} lies in, can be written by {whom}, who could replace the data dir. Run: \
                     chmod go-w {}",
                    parent.display(),
                    real.display(),
                    quoted(parent),
                ));
            }
        }
        Ok(())
    }

    /// The user, or root, who can change everything anyway.
    fn require_owner(path: &Path, about: &Metadata, me: Uid) -> Result<(), String> {
        let owner = Uid::from_raw(about.uid());
        if owner == me || owner.is_root() {
            return Ok(());
        }
        let (them, own) = (user_name(owner), user_name(me));
        let advice = if me.is_root() {
            format!("Run the app as {them}, or make")
        } else {
            "Make".into()
        };
        Err(format!(
            "{} belongs to {them} and not to {own}, who runs the app. {advice} it {own}'s: sudo chown -R {own} {}",
            path.display(),
            quoted(path),
        ))
    }

    /// Who else than the user and root can write there. Access lists are not looked at.
    fn other_writers(about: &Metadata, me: Uid) -> Option<String> {
        let group = Gid::from_raw(about.gid());
        if about.mode() & OTHERS_WRITE != 0 {
            return Some("everyone".into());
        }
        let shared = about.mode() & GROUP_WRITES != 0 && !is_private_group(group, me);
        shared.then(|| {
            let found = Group::from_gid(group).ok().flatten();
            let name = found.map_or_else(|| group.to_string(), |group| group.name);
            format!("the group {name}")
        })
    }

    /// The user's own group, in which nobody else is: many systems make one for each user.
    fn is_private_group(group: Gid, me: Uid) -> bool {
        let user = User::from_uid(me).ok().flatten();
        let group = Group::from_gid(group).ok().flatten();
        user.zip(group).is_some_and(|(user, group)| {
            group.gid == user.gid
                && group.name == user.name
                && group.mem.iter().all(|member| *member == user.name)
        })
    }

    fn is_empty(dir: &Path) -> bool {
        fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
    }

    fn can_be_closed(dir: &Path, me: Uid) -> bool {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).is_ok()
            && dir
                .metadata()
                .is_ok_and(|about| other_writers(&about, me).is_none())
    }

    fn user_name(user: Uid) -> String {
        let found = User::from_uid(user).ok().flatten();
        found.map_or_else(|| user.to_string(), |user| user.name)
    }

    fn quoted(path: &Path) -> String {
        posix_word(&path.to_string_lossy())
    }
}
