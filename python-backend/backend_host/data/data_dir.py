"""Whether a data dir can be used: checked before anything in it is read, and before anything is stored."""

import errno
import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from backend_host.data import permissions
from backend_host.data.names import BACKUPS_DIR
from backend_host.errors import DataDirError, DataDirNotPrivateError

_SQLITE_MAX_PATH = 1_040 if sys.platform == "win32" else 512
"""Bytes of the longest path that SQLite opens: mxPathname in its os_win.c and os_unix.c."""
_JOURNAL = len("-journal")
"""Room that SQLite wants behind a database's path."""
_LONGEST_NAME = len("/backups/app-20260101T000000000000Z-migration.partial")
"""Of all databases that the app makes in a data dir."""
MAX_BYTES = _SQLITE_MAX_PATH - _JOURNAL - _LONGEST_NAME
"""Of a data dir's path, with links resolved or not."""

_LONG_PATH_PREFIX = "\\\\?\\"
"""What Windows puts before the target of a link."""
_CIRCLE_ON_WINDOWS = 1921
"""ERROR_CANT_RESOLVE_FILENAME, whose errno is EINVAL."""
_UNITS = "UTF-16 code units" if sys.platform == "win32" else "bytes"

_ROOT = 0
_NO_PERMISSIONS = (
    "If that changes nothing, the disk's file system has no permissions (FAT, exFAT, NTFS): use another --data-dir."
)


def require_usable(data_dir: Path) -> None:
    """Raise DataDirError for a path that no database could be stored under. A folder that is missing is fine."""
    shown = os.fsencode(data_dir).decode(errors="backslashreplace")
    try:
        str(data_dir).encode()
    except UnicodeEncodeError:
        raise DataDirError(f"The name of the data dir {shown} is not UTF-8. Rename it, or use another one.") from None
    for path in (data_dir, *data_dir.parents):
        if path.is_symlink():
            _require_link_target(path)
    length = max(len(os.fsencode(data_dir)), len(os.fsencode(os.path.realpath(data_dir))))
    if length > MAX_BYTES:
        raise DataDirError(
            f"The path of the data dir {shown} is too long: {length} bytes, and SQLite takes {MAX_BYTES} here, so that "
            "backups fit as well. Use another one with a shorter path. Nothing was stored."
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
            f"The path of the data dir {shown} has a name that is too long: {_length(longest)} {_UNITS}, and the file "
            f"system takes {limit}. Use another one. Nothing was stored."
        )


def _length(name: str) -> int:
    """Of a file's name, in what its system limits: UTF-16 code units on Windows, elsewhere bytes."""
    return len(name.encode("utf-16-le")) // 2 if sys.platform == "win32" else len(os.fsencode(name))


def _require_link_target(link: Path) -> None:
    try:
        link.stat()
    except OSError as error:
        target = os.readlink(link).removeprefix(_LONG_PATH_PREFIX)
        if error.errno == errno.ELOOP or getattr(error, "winerror", None) == _CIRCLE_ON_WINDOWS:
            raise DataDirError(f"{link} links to {target}, which leads back to it. Replace the link.") from error
        if error.errno == errno.ENOENT:
            raise DataDirError(
                f"{link} links to {target}, which does not exist. Is its disk mounted? Mount it, or replace the link."
            ) from error
        raise DataDirError(
            f"{link} links to {target}, which can't be used: {error.strerror}. Replace the link."
        ) from error


def require_private(data_dir: Path, user: int | None = None) -> None:
    """Raise DataDirNotPrivateError when another user than `user` (default: this process') or root owns or can write it.

    An empty folder of the user's own is closed to others instead: nobody can have put anything there. Does nothing for
    one that is missing, and on Windows, where a profile is its user's own.
    """
    if sys.platform == "win32" or not data_dir.is_dir():
        return
    me = os.geteuid() if user is None else user
    if data_dir.is_symlink():
        _require_owner([data_dir], me)
    real = Path(os.path.realpath(data_dir))
    _require_owner([real], me)
    if whom := _other_writers(real, me):
        if any(real.iterdir()):
            raise DataDirNotPrivateError(
                f"The data dir {real} can be written by {whom}, so others may have put files there. Check that all of "
                f"it is yours, then run: chmod -R go-rwx {shlex.quote(str(real))}. {_NO_PERMISSIONS}"
            )
        _restrict_to_owner(real, me)
    _require_private_parents(real, me)
    _require_private_files(_app_files(real), me)


def require_private_parents(data_dir: Path, user: int | None = None) -> None:
    """The same for the folders that the data dir lies in, or would once it is made."""
    if sys.platform != "win32":
        _require_private_parents(Path(os.path.realpath(data_dir)), os.geteuid() if user is None else user)


def _require_private_parents(real: Path, me: int) -> None:
    for parent in real.parents:
        try:
            mode = parent.stat().st_mode
            whom = None if mode & stat.S_ISVTX or not stat.S_ISDIR(mode) else _other_writers(parent, me)
        except OSError:
            continue  # still to be made; or it can't be, which is said then
        if whom:
            raise DataDirNotPrivateError(
                f"{parent}, which contains the data dir {real}, can be written by {whom}, who could replace the data "
                f"dir. Run: chmod go-w {shlex.quote(str(parent))}. {_NO_PERMISSIONS}"
            )


def _app_files(data_dir: Path) -> Iterator[Path]:
    for folder, known in permissions.APP_FILES.items():
        if (data_dir / folder).is_dir():
            yield from (path for path in (data_dir / folder).iterdir() if known.fullmatch(path.name))


def require_private_file(path: Path, user: int | None = None) -> None:
    """The same for one file or folder of the app's own, which may be missing: no link either, nor with other names."""
    if sys.platform != "win32":
        _require_private_files([path], os.geteuid() if user is None else user)


def _require_private_files(paths: Iterable[Path], me: int) -> None:
    """The same for several: each fault is one message with one command, however many files have it."""
    found = [(path, path.lstat()) for path in paths if os.path.lexists(path)]
    for path, status in found:
        _require_folder_or_file(path, status.st_mode)
    _require_owner([path for path, _ in found], me)
    for path, status in found:
        if stat.S_ISDIR(status.st_mode) and (whom := _other_writers(path, me)) and any(path.iterdir()):
            raise DataDirNotPrivateError(
                f"{path} can be written by {whom}, so others may have put files there. Check that all of it is yours, "
                f"then run: chmod -R go-rwx {shlex.quote(str(path))}. {_NO_PERMISSIONS}"
            )
    files = [(path, status) for path, status in found if stat.S_ISREG(status.st_mode)]
    # A backup may have other names: it is never written again.
    if shared := [path for path, it in files if it.st_nlink > 1 and path.parent.name != BACKUPS_DIR]:
        raise DataDirNotPrivateError(
            f"{_shorten(shared)} has further names (hard links, as cp -al makes them), which would change with it. "
            f"Replace it by a copy: {_copy_command(shared)}"
        )
    if written := [(path, whom) for path, _ in files if (whom := _other_writers(path, me))]:
        open_files = [path for path, _ in written]
        raise DataDirNotPrivateError(
            f"{_shorten(open_files)} can be written by {written[0][1]}, so others may have changed it. Check it, then "
            f"run: chmod go-rwx {_quote(open_files)}. {_NO_PERMISSIONS}"
        )


def _require_folder_or_file(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        name = shlex.quote(str(path))
        raise DataDirNotPrivateError(
            f"{path} is a link to {os.readlink(path)}. Replace it by what it links to: the app follows no link there. "
            f"Run: cp -RL {name} {name}.copy && rm {name} && mv {name}.copy {name}"
        )
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise DataDirNotPrivateError(f"{path} is no regular file. Move it away.")


def _shorten(paths: Sequence[Path]) -> str:
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"


def _quote(paths: Iterable[Path]) -> str:
    return " ".join(shlex.quote(str(path)) for path in paths)


def _copy_command(paths: Sequence[Path]) -> str:
    return f'for f in {_quote(paths)}; do cp -p "$f" "$f.copy" && mv "$f.copy" "$f"; done'


def _require_owner(paths: Sequence[Path], me: int) -> None:
    foreign = [path for path in paths if path.lstat().st_uid not in {me, _ROOT}]
    if not foreign:
        return
    them, own = _user_name(foreign[0].lstat().st_uid), _user_name(me)
    advice = f"Run the app as {them}, or make" if me == _ROOT else "Make"
    raise DataDirNotPrivateError(
        f"{_shorten(foreign)} belongs to {them} and not to {own}, who runs the app. {advice} it {own}'s: "
        f"sudo chown -R {own} {_quote(foreign)}. Or use another --data-dir."
    )


def _other_writers(path: Path, me: int) -> str | None:
    """Who else than the user and root can write it, for people; None for nobody. Access lists are not looked at."""
    status = path.stat()
    if status.st_mode & stat.S_IWOTH:
        return "everyone"
    if status.st_mode & stat.S_IWGRP and not _is_private_group(status.st_gid, me):
        return f"the group {_group_name(status.st_gid)}"
    return None


def _is_private_group(group: int, me: int) -> bool:
    """Whether it is the user's own group, in which nobody else is: many systems make one for each user."""
    if sys.platform == "win32":
        return True
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(me), grp.getgrgid(group)
    except KeyError:
        return False
    alone = not set(found.gr_mem) - {user.pw_name}
    return found.gr_gid == user.pw_gid and found.gr_name == user.pw_name and alone


def _restrict_to_owner(folder: Path, me: int) -> None:
    try:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~(stat.S_IRWXG | stat.S_IRWXO))
    except OSError as error:
        raise DataDirNotPrivateError(
            f"The data dir {folder} can be written by others, and that can't be changed: {error.strerror}. "
            "Use another --data-dir."
        ) from error
    if _other_writers(folder, me):
        raise DataDirNotPrivateError(
            f"The data dir {folder} can be written by others, and its file system keeps no permissions. "
            "Use another --data-dir, on this computer's own disk."
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
