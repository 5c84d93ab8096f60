//! Rejects a data dir that other users own or can write to: they could replace the secret key, settings or database.
//!
//! The rules for the folder and its parents are those of the backend (`backend_host/data/data_dir.py`), which also
//! checks the app's files. The messages are the backend's, without its advice about `--data-dir`. The shell checks the
//! folder as well, because it reads and writes files there before the backend starts.

use std::path::Path;

use super::Failure;

/// Checks the owner of `dir`, and who can write to `dir` and its parents. The owners of the parents are not checked. If
/// others can write to an empty `dir`, sets its mode to 0700. A folder that can't be examined passes: the backend
/// reports the error.
///
/// # Errors
/// [`Failure::DataDirNotPrivate`] if another user owns `dir`, or others can write to `dir` or to a parent without the
/// sticky bit.
#[cfg(unix)]
pub fn check(dir: &Path) -> Result<(), Failure> {
    unix::check(dir).map_err(|message| Failure::DataDirNotPrivate { message })
}

/// Does nothing on Windows: the access control list of the user profile excludes other users.
///
/// # Errors
/// Never.
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

    use crate::command_line::quote_posix;

    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    pub(super) fn check(dir: &Path) -> Result<(), String> {
        let me = geteuid();
        let (Ok(unresolved), Ok(real)) = (dir.symlink_metadata(), dir.canonicalize()) else {
            return Ok(());
        };
        let Some(metadata) = real.metadata().ok().filter(Metadata::is_dir) else {
            return Ok(());
        };
        if unresolved.is_symlink() {
            require_owner(dir, &unresolved, me)?;
        }
        require_owner(&real, &metadata, me)?;
        if let Some(whom) = other_writers(&metadata, me)
            && !(is_empty(&real) && restrict_to_owner(&real, me))
        {
            return Err(format!(
                "The data dir {} can be written by {whom}, so others may have put files there. Check that all of it is \
                 yours, then run: chmod -R go-rwx {}",
                real.display(),
                quoted(&real),
            ));
        }
        for parent in real.ancestors().skip(1) {
            let Ok(metadata) = parent.metadata() else {
                continue;
            };
            if metadata.mode() & STICKY == 0
                && let Some(whom) = other_writers(&metadata, me)
            {
                return Err(format!(
                    "{}, which contains the data dir {}, can be written by {whom}, who could replace the data dir. Run: \
                     chmod go-w {}",
                    parent.display(),
                    real.display(),
                    quoted(parent),
                ));
            }
        }
        Ok(())
    }

    /// Root may own the folder as well.
    fn require_owner(path: &Path, metadata: &Metadata, me: Uid) -> Result<(), String> {
        let owner = Uid::from_raw(metadata.uid());
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

    /// Who can write there in addition to the user and root. Access control lists are not examined.
    fn other_writers(metadata: &Metadata, me: Uid) -> Option<String> {
        let group = Gid::from_raw(metadata.gid());
        if metadata.mode() & OTHERS_WRITE != 0 {
            return Some("everyone".into());
        }
        let shared = metadata.mode() & GROUP_WRITES != 0 && !is_user_private_group(group, me);
        shared.then(|| {
            let found = Group::from_gid(group).ok().flatten();
            let name = found.map_or_else(|| group.to_string(), |group| group.name);
            format!("the group {name}")
        })
    }

    /// Whether `group` is the user private group: same name as the user, and no other member.
    fn is_user_private_group(group: Gid, me: Uid) -> bool {
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

    fn restrict_to_owner(dir: &Path, me: Uid) -> bool {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).is_ok()
            && dir
                .metadata()
                .is_ok_and(|metadata| other_writers(&metadata, me).is_none())
    }

    fn user_name(user: Uid) -> String {
        let found = User::from_uid(user).ok().flatten();
        found.map_or_else(|| user.to_string(), |user| user.name)
    }

    fn quoted(path: &Path) -> String {
        quote_posix(&path.to_string_lossy())
    }
}
