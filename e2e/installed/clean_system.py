"""A clean Debian in a folder: a minimal system with what the package says it depends on, and one layer over it a test."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

USER_ID = 1000
USER = "anna"
HOME = "/home/Änna Müller 日本"
"""Of the one who uses the app: a space, and letters beyond ASCII."""
RUNTIME_DIR = f"/run/user/{USER_ID}"
DISPLAYS = "/tmp/.X11-unix"
BUS = f"unix:path={RUNTIME_DIR}/bus"


def _suite() -> str:
    """This machine's release: the shell was compiled against its libraries."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2]
    raise AssertionError(
        "/etc/os-release names no release; only Debian and what is made of it can be set up in a folder"
    )


def base_system(cache: Path, packages: list[str]) -> Path:
    """The folder of a minimal system with `packages` and what they need, recommendations aside; made once."""
    wanted = [_suite(), *sorted(packages)]
    ready = cache / sha256(" ".join(wanted).encode()).hexdigest()[:16]
    if not ready.is_dir():
        making = ready.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        command = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(packages)}",
        ]
        subprocess.run([*command, _suite(), making], check=True)
        subprocess.run(
            ["chroot", making, "useradd", "--uid", str(USER_ID), "--create-home", "--home-dir", HOME, USER], check=True
        )
        making.rename(ready)
    return ready


@dataclass
class CleanSystem:
    """A system of a test's own. Only root can enter it; programs run in it as its user unless said otherwise."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    """What a program that is launched in it finds, on top of what its launcher has."""

    @property
    def home(self) -> Path:
        return self.inside(HOME)

    def inside(self, path: str) -> Path:
        """Where a path of the system lies on this machine."""
        return self.root / path.lstrip("/")

    def path(self, here: Path) -> str:
        """What the system calls a path that lies here."""
        return f"/{here.relative_to(self.root)}"

    def as_root(self, *command: str) -> str:
        """Run to the end, and give what it printed. Raises CalledProcessError."""
        return subprocess.run(["chroot", self.root, *command], check=True, text=True, stdout=subprocess.PIPE).stdout

    def as_user(self) -> list[str]:
        """What to put before a command line, for it to run as the user."""
        ids = [f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups", "--no-new-privs"]
        return ["chroot", str(self.root), "/usr/bin/setpriv", *ids]

    def entering(self, read_only: str | None = None) -> list[str]:
        """What to put before a command line, for it to run as a program of the user's desktop session.

        What it needs of the kernel and the display is mounted for it alone; `read_only` is a folder it can't write to.
        """
        environment = {
            "HOME": HOME,
            "XDG_RUNTIME_DIR": RUNTIME_DIR,
            "DBUS_SESSION_BUS_ADDRESS": BUS,
            **self.environment,
        }
        assignments = [f"{name}={value}" for name, value in environment.items()]
        run = [*self.as_user(), "env", "-u", "XDG_DATA_HOME", "-u", "TMPDIR", *assignments]
        root = shlex.quote(str(self.root))
        mounts = [f"mount --rbind /{kernel} {root}/{kernel}" for kernel in ("proc", "dev", "sys")]
        mounts.append(f"mkdir -p {root}{DISPLAYS} && mount --bind {DISPLAYS} {root}{DISPLAYS}")
        if read_only:
            folder = shlex.quote(str(self.inside(read_only)))
            mounts += [f"mount --bind {folder} {folder}", f"mount -o remount,bind,ro {folder}"]
        inner = f'set -e; {"; ".join(mounts)}; cd {root}; exec {shlex.join(run)} "$@"'
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
        with subprocess.Popen([*self.as_user(), *command], stdout=subprocess.PIPE) as bus:
            assert bus.stdout
            assert bus.stdout.readline(), "the session bus did not start"
            yield
            bus.terminate()

    def files(self) -> set[str]:
        """Every path but the user's, the package manager's own notes, and what is fleeting."""
        passing = ("home", "tmp", "run", "proc", "sys", "dev", "var/lib/dpkg", "root/.rpmdb", "var/log", "var/cache")
        found = set()
        for folder, folders, names in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if str(here / name) not in passing]
            found |= {str(here / name) for name in (*folders, *names)}
        return found

    def programs(self, pattern: str) -> set[str]:
        """Files of that name that can be run, as paths of the system."""
        return {self.path(path) for path in self.root.rglob(pattern) if path.is_file() and os.access(path, os.X_OK)}


def mounted(base: Path, folder: Path) -> CleanSystem:
    """A writable layer in `folder` over the base system. Undone by `unmount`."""
    layers = {name: folder / name for name in ("root", "upper", "work")}
    for path in layers.values():
        path.mkdir(parents=True)
    options = f"lowerdir={base},upperdir={layers['upper']},workdir={layers['work']}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, layers["root"]], check=True)
    system = CleanSystem(layers["root"])
    runtime_dir = system.inside(RUNTIME_DIR)
    runtime_dir.mkdir(parents=True, mode=0o700)
    os.chown(runtime_dir, USER_ID, USER_ID)
    return system


def unmount(system: CleanSystem) -> None:
    subprocess.run(["umount", system.root], check=True)
