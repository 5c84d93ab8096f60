"""Checks the path, owner and permissions of a data dir before any file in it is read or written."""

import errno
import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from backend_host.data import permissions
from backend_host.data.names import BACKUPS_DIR
from backend_host.errors import DataDirError, DataDirNotPrivateError

_SQLITE_MAX_PATH = 1_040 if sys.platform == "win32" else 512
"""Maximum length of a database's path in bytes: mxPathname in SQLite's os_win.c and os_unix.c."""
_JOURNAL = len("-journal")
"""Suffix for which SQLite reserves space in the path."""
_LONGEST_NAME = len("/backups/app-20260101T000000000000Z-migration.partial")
"""The longest path of a database relative to the data dir."""
MAX_BYTES = _SQLITE_MAX_PATH - _JOURNAL - _LONGEST_NAME
"""Maximum length of the data dir's path in bytes, before and after resolving links."""

_LONG_PATH_PREFIX = "\\\\?\\"
"""Prefix of link targets on Windows."""
_ERROR_CANT_RESOLVE_FILENAME = 1921
"""Windows' error for a circular link. Its errno is EINVAL."""
_UNITS = "UTF-16 code units" if sys.platform == "win32" else "bytes"

_ROOT = 0
_NO_PERMISSIONS = (
    "If the error persists, the disk's file system has no permissions (FAT, exFAT, NTFS): use another --data-dir."
)


def require_usable(data_dir: Path) -> None:
    """Raise DataDirError if no database can be stored under the path. The folder need not exist."""
    shown = os.fsencode(data_dir).decode(errors="backslashreplace")
    try:
        str(data_dir).encode()
    except UnicodeEncodeError:
        raise DataDirError(
            f"The name of the data dir {shown} is not UTF-8. Rename it, or use another data dir."
        ) from None
    for path in (data_dir, *data_dir.parents):
        if path.is_symlink():
            _require_link_target(path)
    length = max(len(os.fsencode(data_dir)), len(os.fsencode(os.path.realpath(data_dir))))
    if length > MAX_BYTES:
        raise DataDirError(
            f"The path of the data dir {shown} is too long: {length} bytes. The limit is {MAX_BYTES}, so that SQLite can "
            "open the database and its backups. Nothing was stored. Use a data dir with a shorter path."
        )
    _require_short_names(data_dir, shown)


def _require_short_names(data_dir: Path, shown: str) -> None:
    longest = max(data_dir.parts, key=_length)
    if sys.platform == "win32":
        limit = 255
    else:
        folder = next(path for path in (data_dir, *data_dir.parents) if path.exists())
        limit = os.pathconf(folder, "PC_NAME_MAX")
    if _length(longest) > limit:
        raise DataDirError(
            f"The path of the data dir {shown} has a name that is too long: {_length(longest)} {_UNITS}. The file system's "
            f"limit is {limit}. Nothing was stored. Use another data dir."
        )


def _length(name: str) -> int:
    """Return the length of a file name in `_UNITS`."""
    return len(name.encode("utf-16-le")) // 2 if sys.platform == "win32" else len(os.fsencode(name))


def _require_link_target(link: Path) -> None:
    try:
        link.stat()
    except OSError as error:
        target = os.readlink(link).removeprefix(_LONG_PATH_PREFIX)
        if error.errno == errno.ELOOP or getattr(error, "winerror", None) == _ERROR_CANT_RESOLVE_FILENAME:
            raise DataDirError(f"{link} links to {target}, which links back to it. Replace the link.") from error
        if error.errno == errno.ENOENT:
            raise DataDirError(
                f"{link} links to {target}, which does not exist. Mount its disk, or replace the link."
            ) from error
        raise DataDirError(
            f"{link} links to {target}, which can't be used: {error.strerror}. Replace the link."
        ) from error


def require_private(data_dir: Path, user: int | None = None) -> None:
    """Raise DataDirNotPrivateError if a user other than `user` and root owns the data dir or can write to it.

    `user` is a user id, by default this process's effective one. Checks the folder, its parents and the app's files. An
    empty folder of the user that others can write to is restricted to its owner instead. Does nothing if the folder is
    missing, and on Windows, where the access control list of the user profile excludes other users.
    """
    if sys.platform == "win32" or not data_dir.is_dir():
        return
    user = os.geteuid() if user is None else user
    if data_dir.is_symlink():
        _require_owner([(data_dir, data_dir.lstat())], user)
    real = Path(os.path.realpath(data_dir))
    status = real.stat()
    _require_owner([(real, status)], user)
    if writers := _other_writers(status, user):
        if any(real.iterdir()):
            raise DataDirNotPrivateError(
                f"The data dir {real} can be written by {writers}, so others may have put files there. Check that all of "
                f"it is yours, then run: chmod -R go-rwx {shlex.quote(str(real))}. {_NO_PERMISSIONS}"
            )
        _restrict_to_owner(real, user)
    _require_private_parents(real, user)
    _require_private_files(_app_files(real), user)


def require_private_parents(data_dir: Path, user: int | None = None) -> None:
    """Raise DataDirNotPrivateError if users other than `user` and root can write to a parent of the data dir.

    The data dir need not exist.
    """
    if sys.platform != "win32":
        _require_private_parents(Path(os.path.realpath(data_dir)), os.geteuid() if user is None else user)


def _require_private_parents(real: Path, user: int) -> None:
    for parent in real.parents:
        try:
            status = parent.stat()
            is_exempt = status.st_mode & stat.S_ISVTX or not stat.S_ISDIR(status.st_mode)
            writers = None if is_exempt else _other_writers(status, user)
        except OSError:
            continue  # missing; an error is reported when it is created
        if writers:
            raise DataDirNotPrivateError(
                f"{parent}, which contains the data dir {real}, can be written by {writers}, who could replace the data "
                f"dir. Run: chmod go-w {shlex.quote(str(parent))}. {_NO_PERMISSIONS}"
            )


def _app_files(data_dir: Path) -> Iterator[Path]:
    for folder, known in permissions.APP_FILES.items():
        if (data_dir / folder).is_dir():
            yield from (path for path in (data_dir / folder).iterdir() if known.fullmatch(path.name))


def require_private_file(path: Path, user: int | None = None) -> None:
    """Raise DataDirNotPrivateError if `path` is not a private file or folder of the app.

    Rejects files that other users own or can write to, symbolic links, special files and files with several hard links.
    `path` need not exist.
    """
    if sys.platform != "win32":
        _require_private_files([path], os.geteuid() if user is None else user)


def _require_private_files(paths: Iterable[Path], user: int) -> None:
    """Check several files. An error about owners, hard links or file permissions has one command for all affected files."""
    found = []
    for path in paths:
        with suppress(OSError):  # missing; a backend that is running deletes and renames files
            found.append((path, path.lstat()))
    for path, status in found:
        _require_folder_or_file(path, status.st_mode)
    _require_owner(found, user)
    for path, status in found:
        if stat.S_ISDIR(status.st_mode) and (writers := _other_writers(status, user)) and any(path.iterdir()):
            raise DataDirNotPrivateError(
                f"{path} can be written by {writers}, so others may have put files there. Check that all of it is yours, "
                f"then run: chmod -R go-rwx {shlex.quote(str(path))}. {_NO_PERMISSIONS}"
            )
    files = [(path, status) for path, status in found if stat.S_ISREG(status.st_mode)]
    # Backups may have hard links: they are not modified.
    if shared := [path for path, it in files if it.st_nlink > 1 and path.parent.name != BACKUPS_DIR]:
        raise DataDirNotPrivateError(
            f"{_shorten(shared)} has several hard links, as cp -al makes them: the app would change the other files too. "
            f"Replace it with a copy: {_copy_command(shared)}"
        )
    if written := [(path, writers) for path, status in files if (writers := _other_writers(status, user))]:
        open_files = [path for path, _ in written]
        raise DataDirNotPrivateError(
            f"{_shorten(open_files)} can be written by {written[0][1]}, so others may have changed it. Check it, then "
            f"run: chmod go-rwx {_quote(open_files)}. {_NO_PERMISSIONS}"
        )


def _require_folder_or_file(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        name = shlex.quote(str(path))
        raise DataDirNotPrivateError(
            f"{path} is a link to {os.readlink(path)}. The app follows no links in the data dir. To replace the link with a "
            f"copy of its target, run: cp -RL {name} {name}.copy && rm {name} && mv {name}.copy {name}"
        )
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise DataDirNotPrivateError(f"{path} is not a regular file. Move it away.")


def _shorten(paths: Sequence[Path]) -> str:
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"


def _quote(paths: Iterable[Path]) -> str:
    return " ".join(shlex.quote(str(path)) for path in paths)


def _copy_command(paths: Sequence[Path]) -> str:
    return f'for f in {_quote(paths)}; do cp -p "$f" "$f.copy" && mv "$f.copy" "$f"; done'


def _require_owner(found: Iterable[tuple[Path, os.stat_result]], user: int) -> None:
    owners = {path: status.st_uid for path, status in found if status.st_uid not in {user, _ROOT}}
    if not owners:
        return
    foreign = list(owners)
    owner, user_name = _user_name(owners[foreign[0]]), _user_name(user)
    advice = f"Run the app as {owner}, or make" if user == _ROOT else "Make"
    raise DataDirNotPrivateError(
        f"{_shorten(foreign)} belongs to {owner} and not to {user_name}, who runs the app. {advice} it {user_name}'s: "
        f"sudo chown -R {user_name} {_quote(foreign)}. Or use another --data-dir."
    )


def _other_writers(status: os.stat_result, user: int) -> str | None:
    """Return who can write to a file or folder in addition to the user and root; None if no one else can. Ignores ACLs."""
    if status.st_mode & stat.S_IWOTH:
        return "everyone"
    if status.st_mode & stat.S_IWGRP and not _is_user_private_group(status.st_gid, user):
        return f"the group {_group_name(status.st_gid)}"
    return None


def _is_user_private_group(group: int, user: int) -> bool:
    """Whether `group` is the user private group: the user's primary group, with the user's name and no other members."""
    if sys.platform == "win32":
        return True
    import grp
    import pwd

    try:
        account, found = pwd.getpwuid(user), grp.getgrgid(group)
    except KeyError:
        return False
    has_other_members = bool(set(found.gr_mem) - {account.pw_name})
    return found.gr_gid == account.pw_gid and found.gr_name == account.pw_name and not has_other_members


def _restrict_to_owner(folder: Path, user: int) -> None:
    try:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~(stat.S_IRWXG | stat.S_IRWXO))
    except OSError as error:
        raise DataDirNotPrivateError(
            f"The data dir {folder} can be written by others, and its permissions can't be changed: {error.strerror}. "
            "Use another --data-dir."
        ) from error
    if _other_writers(folder.stat(), user):
        raise DataDirNotPrivateError(
            f"The data dir {folder} can be written by others, and its file system has no permissions. "
            "Use another --data-dir, on an internal disk."
        )


def _user_name(user: int) -> str:
    if sys.platform == "win32":
        return str(user)
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group_name(group: int) -> str:
    if sys.platform == "win32":
        return str(group)
    import grp

    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
