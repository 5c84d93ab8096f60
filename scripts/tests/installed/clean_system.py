"""A Debian root file system: a shared read-only base, and a writable overlay for each test."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from harness.processes import backend_pids

USER_ID = 1000
USER = "anna"
HOME = "/home/Änna Müller 日本"
"""Home of the app's user, with spaces and non-ASCII letters."""
RUNTIME_DIR = f"/run/user/{USER_ID}"
DISPLAYS = "/tmp/.X11-unix"
BUS = f"unix:path={RUNTIME_DIR}/bus"
_KERNEL = ("/proc", "/dev", "/sys")


def _suite() -> str:
    """The release of this machine, against whose libraries the shell was compiled."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2]
    raise AssertionError("/etc/os-release contains no VERSION_CODENAME: Debian or a derivative is required")


def base_system(cache: Path, packages: list[str]) -> Path:
    """The folder of a minimal Debian with `packages` and their dependencies, without recommended packages. Created once."""
    inputs = [_suite(), *sorted(packages)]
    ready = cache / sha256(" ".join(inputs).encode()).hexdigest()[:16]
    if not ready.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # Do not delete the folder of an interrupted run: /dev of this machine may still be mounted in it.
        partial = Path(tempfile.mkdtemp(prefix=f"{ready.name}.", suffix=".partial", dir=cache))
        partial.chmod(0o755)
        command = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(packages)}",
        ]
        subprocess.run([*command, _suite(), partial], check=True)
        partial.rename(ready)
    return ready


@dataclass
class CleanSystem:
    """The root file system of one test. Entering it requires root; programs run as its user unless stated otherwise."""

    root: Path
    base: Path
    """Read-only layer."""
    upper: Path
    """Writable layer: files added to the base or changed."""
    environment: dict[str, str] = field(default_factory=dict)
    """Additional environment variables of launched programs."""

    @property
    def home(self) -> Path:
        return self.host_path(HOME)

    def host_path(self, path: str) -> Path:
        """The path on this machine of a path in the system."""
        return self.root / path.lstrip("/")

    def guest_path(self, path: Path) -> str:
        """The path in the system of a path on this machine."""
        return f"/{path.relative_to(self.root)}"

    def as_root(self, *command: str) -> str:
        """Run a command as root and return its output. Raises CalledProcessError."""
        run = self._in_namespace(["chroot", str(self.root), *command], _KERNEL)
        return subprocess.run(run, check=True, text=True, stdout=subprocess.PIPE).stdout

    def user_command_prefix(self) -> list[str]:
        """Command prefix that runs a command as the user."""
        ids = [f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups", "--no-new-privs"]
        return ["chroot", str(self.root), "/usr/bin/setpriv", *ids]

    def command_prefix(self, read_only: str | None = None) -> list[str]:
        """Command prefix that runs a program of the user's desktop session. `read_only`: a folder to mount read-only."""
        environment = {
            "HOME": HOME,
            "XDG_RUNTIME_DIR": RUNTIME_DIR,
            "DBUS_SESSION_BUS_ADDRESS": BUS,
            **self.environment,
        }
        assignments = [f"{name}={value}" for name, value in environment.items()]
        run = [*self.user_command_prefix(), "env", "-u", "XDG_DATA_HOME", "-u", "TMPDIR", *assignments]
        return self._in_namespace(run, (*_KERNEL, DISPLAYS), read_only)

    def _in_namespace(self, command: list[str], folders: Sequence[str], read_only: str | None = None) -> list[str]:
        """Run `command` in a new mount namespace, with these folders of this machine mounted in the system."""
        mounts = []
        for folder in folders:
            target = shlex.quote(f"{self.root}{folder}")
            mounts.append(f"mkdir -p {target} && mount --rbind {folder} {target}")
        if read_only:
            target = shlex.quote(str(self.host_path(read_only)))
            mounts += [f"mount --bind {target} {target}", f"mount -o remount,bind,ro {target}"]
        inner = f'set -e; {"; ".join(mounts)}; cd {shlex.quote(str(self.root))}; exec {shlex.join(command)} "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", inner, "sh"]

    def launcher(self, program: str, script: Path, read_only: str | None = None) -> Path:
        """Write a script that executes `program`, and return its path: WebDriver can only start a file."""
        script.write_text(f'#!/bin/sh\nexec {shlex.join([*self.command_prefix(read_only), program])} "$@"\n')
        script.chmod(0o755)
        return script

    @contextmanager
    def session_bus(self) -> Iterator[None]:
        """Run the D-Bus session bus."""
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={BUS}", "--print-address"]
        with subprocess.Popen([*self.command_prefix(), *command], stdout=subprocess.PIPE) as bus:
            try:
                assert bus.stdout
                assert bus.stdout.readline(), "the session bus did not start"
                yield
            finally:
                bus.terminate()

    def backend_pid(self) -> int:
        """Process id of the only backend in this system. Fails unless there is exactly one."""
        (backend,) = (pid for pid in backend_pids(Path(HOME)) if self.executable(pid).is_relative_to(self.root))
        return backend

    def executable(self, pid: int) -> Path:
        """The program of a process, as a path on this machine."""
        return Path(f"/proc/{pid}/exe").readlink()

    def added_files(self) -> set[str]:
        """Paths that the base lacks, except in home and volatile folders and the package manager's database."""
        ignored = ("home", "tmp", "run", "proc", "sys", "dev", "var/lib/dpkg", "root/.rpmdb", "var/log", "var/cache")
        found = set()
        for folder, folders, names in os.walk(self.upper):
            relative = Path(folder).relative_to(self.upper)
            folders[:] = [name for name in folders if str(relative / name) not in ignored]
            found |= {str(relative / name) for name in (*folders, *names)}
        return {path for path in found if not os.path.lexists(self.base / path)}

    def programs(self, pattern: str) -> set[str]:
        """Executable files that match `pattern`, as paths in the system."""
        return {
            self.guest_path(path) for path in self.root.rglob(pattern) if path.is_file() and os.access(path, os.X_OK)
        }


@contextmanager
def mounted(base: Path, folder: Path) -> Iterator[CleanSystem]:
    """Mount a writable layer over the base system, with a user. `folder` must not exist.

    The layer is in memory, because overlayfs does not support an overlayfs, such as a container's, as its upper layer.
    """
    layers, root = folder / "layers", folder / "root"
    for path in (layers, root):
        path.mkdir(parents=True)
    # Mount options cannot quote every character of a path. Names relative to `folder` need no quotes.
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
    """Mount onto `target`, and unmount it at the end, even if a failed test left a process in it."""
    subprocess.run(["mount", *arguments, target], cwd=target.parent, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", target], check=True)


def _add_user(system: CleanSystem) -> None:
    home = ["--create-home", "--home-dir", HOME]
    system.as_root("useradd", "--non-unique", "--uid", str(USER_ID), *home, USER)
    runtime_dir = system.host_path(RUNTIME_DIR)
    runtime_dir.mkdir(parents=True, mode=0o700)
    os.chown(runtime_dir, USER_ID, USER_ID)
