"""A Debian system in a folder: a base that is only read, and a writable layer of each test's own over it."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from harness.processes import backends_on

USER_ID = 1000
USER = "anna"
HOME = "/home/Änna Müller 日本"
"""Home of the app's user: a space, and letters beyond ASCII."""
RUNTIME_DIR = f"/run/user/{USER_ID}"
DISPLAYS = "/tmp/.X11-unix"
BUS = f"unix:path={RUNTIME_DIR}/bus"
_KERNEL = ("/proc", "/dev", "/sys")


def _suite() -> str:
    """This machine's release: the shell was compiled against its libraries."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2]
    raise AssertionError(
        "/etc/os-release names no release; only Debian and its derivatives can be installed into a folder"
    )


def base_system(cache: Path, packages: list[str]) -> Path:
    """The folder of a minimal Debian with `packages` and their dependencies, without recommendations. Made once."""
    wanted = [_suite(), *sorted(packages)]
    ready = cache / sha256(" ".join(wanted).encode()).hexdigest()[:16]
    if not ready.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # Never the system of an interrupted test: this machine's /dev may still be mounted in it, and would be deleted with it.
        making = Path(tempfile.mkdtemp(prefix=f"{ready.name}.", suffix=".making", dir=cache))
        making.chmod(0o755)
        command = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(packages)}",
        ]
        subprocess.run([*command, _suite(), making], check=True)
        making.rename(ready)
    return ready


@dataclass
class CleanSystem:
    """A test's own system. Only root can enter it; programs run in it as its user unless stated otherwise."""

    root: Path
    base: Path
    """Read-only layer."""
    upper: Path
    """Writable layer: what was added to the base, or replaced in it."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of a program that is launched in it, added to its launcher's."""

    @property
    def home(self) -> Path:
        return self.inside(HOME)

    def inside(self, path: str) -> Path:
        """This machine's path of a path in the system."""
        return self.root / path.lstrip("/")

    def path(self, here: Path) -> str:
        """The system's path of a path on this machine."""
        return f"/{here.relative_to(self.root)}"

    def as_root(self, *command: str) -> str:
        """Run to the end, and give what it printed. Raises CalledProcessError."""
        run = self._in_namespace(["chroot", str(self.root), *command], _KERNEL)
        return subprocess.run(run, check=True, text=True, stdout=subprocess.PIPE).stdout

    def as_user(self) -> list[str]:
        """What to put before a command line, for it to run as the user."""
        ids = [f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups", "--no-new-privs"]
        return ["chroot", str(self.root), "/usr/bin/setpriv", *ids]

    def entering(self, read_only: str | None = None) -> list[str]:
        """What to put before a command line, for it to run as a program of the user's desktop session.

        `read_only` is a folder it can't write to.
        """
        environment = {
            "HOME": HOME,
            "XDG_RUNTIME_DIR": RUNTIME_DIR,
            "DBUS_SESSION_BUS_ADDRESS": BUS,
            **self.environment,
        }
        assignments = [f"{name}={value}" for name, value in environment.items()]
        run = [*self.as_user(), "env", "-u", "XDG_DATA_HOME", "-u", "TMPDIR", *assignments]
        return self._in_namespace(run, (*_KERNEL, DISPLAYS), read_only)

    def _in_namespace(self, command: list[str], folders: Sequence[str], read_only: str | None = None) -> list[str]:
        """`command` in a mount namespace of its own, in which the system has these folders of this machine."""
        mounts = []
        for folder in folders:
            there = shlex.quote(f"{self.root}{folder}")
            mounts.append(f"mkdir -p {there} && mount --rbind {folder} {there}")
        if read_only:
            there = shlex.quote(str(self.inside(read_only)))
            mounts += [f"mount --bind {there} {there}", f"mount -o remount,bind,ro {there}"]
        inner = f'set -e; {"; ".join(mounts)}; cd {shlex.quote(str(self.root))}; exec {shlex.join(command)} "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", inner, "sh"]

    def launcher(self, program: str, script: Path, read_only: str | None = None) -> Path:
        """Write a script that becomes `program`, and give its path: a WebDriver starts a file."""
        script.write_text(f'#!/bin/sh\nexec {shlex.join([*self.entering(read_only), program])} "$@"\n')
        script.chmod(0o755)
        return script

    @contextmanager
    def session_bus(self) -> Iterator[None]:
        """What a person's login starts: one bus for all of a session's programs."""
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={BUS}", "--print-address"]
        with subprocess.Popen([*self.entering(), *command], stdout=subprocess.PIPE) as bus:
            try:
                assert bus.stdout
                assert bus.stdout.readline(), "the session bus did not start"
                yield
            finally:
                bus.terminate()

    def only_backend(self) -> int:
        """Process id of the one backend that runs in this system; fails when there are none or more."""
        (backend,) = (pid for pid in backends_on(Path(HOME)) if self.executable(pid).is_relative_to(self.root))
        return backend

    def executable(self, pid: int) -> Path:
        """The program of a process, as a path on this machine."""
        return Path(f"/proc/{pid}/exe").readlink()

    def added_files(self) -> set[str]:
        """Every path the base lacks, without the user's, the package manager's own records and volatile folders."""
        ignored = ("home", "tmp", "run", "proc", "sys", "dev", "var/lib/dpkg", "root/.rpmdb", "var/log", "var/cache")
        found = set()
        for folder, folders, names in os.walk(self.upper):
            here = Path(folder).relative_to(self.upper)
            folders[:] = [name for name in folders if str(here / name) not in ignored]
            found |= {str(here / name) for name in (*folders, *names)}
        return {path for path in found if not os.path.lexists(self.base / path)}

    def programs(self, pattern: str) -> set[str]:
        """Files of that name that can be run, as paths of the system."""
        return {self.path(path) for path in self.root.rglob(pattern) if path.is_file() and os.access(path, os.X_OK)}


@contextmanager
def mounted(base: Path, folder: Path) -> Iterator[CleanSystem]:
    """Mount a writable layer over the base system, with a user. `folder` must not exist.

    The layer is in memory: overlayfs does not write to another overlayfs, which is what a container's files are on.
    """
    layers, root = folder / "layers", folder / "root"
    for path in (layers, root):
        path.mkdir(parents=True)
    # Options of a mount have no quoting for every character that a path may hold: names relative to `folder` need none.
    (folder / "base").symlink_to(base)
    with _mount(layers, "-t", "tmpfs", "-o", "mode=755", "tmpfs"):
        for name in ("upper", "work"):
            (layers / name).mkdir()
        options = "lowerdir=base,upperdir=layers/upper,workdir=layers/work"
        with _mount(root, "-t", "overlay", "-o", options, "overlay"):
            system = CleanSystem(root, base, layers / "upper")
            _add_user(system)
            yield system


@contextmanager
def _mount(target: Path, *arguments: str) -> Iterator[None]:
    """Mount onto `target` until the end, when a process that a failed test left in it does not prevent the unmounting."""
    subprocess.run(["mount", *arguments, target], cwd=target.parent, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", target], check=True)


def _add_user(system: CleanSystem) -> None:
    home = ["--create-home", "--home-dir", HOME]
    system.as_root("useradd", "--non-unique", "--uid", str(USER_ID), *home, USER)
    runtime_dir = system.inside(RUNTIME_DIR)
    runtime_dir.mkdir(parents=True, mode=0o700)
    os.chown(runtime_dir, USER_ID, USER_ID)
