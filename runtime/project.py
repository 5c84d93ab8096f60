"""Paths of the project's files, passed as a parameter so that tests can use temporary folders."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.app_source import AppSource
from runtime.targets import host_target, interpreter_in


@dataclass(frozen=True)
class Project:
    """Inputs and outputs of the runtime tool."""

    pins_file: Path
    lock_file: Path
    dev_lock_file: Path
    build_dir: Path

    @classmethod
    def at(cls, root: Path) -> "Project":
        """The layout of a checkout."""
        return cls(
            pins_file=root / "runtime" / "pins.json",
            lock_file=root / "requirements.lock",
            dev_lock_file=root / "requirements-dev.lock",
            build_dir=root / "build",
        )

    @property
    def root(self) -> Path:
        """Root folder of the checkout."""
        return self.pins_file.parents[1]

    @property
    def app_source(self) -> AppSource:
        """The backend's source. Raises InputMissingError."""
        return AppSource.read(self.root)

    def name_and_version(self) -> tuple[str, str]:
        """The application's name and version as Tauri resolves them; ("application", "0") in a checkout without a shell.

        `version` in tauri.conf.json is a version or the path of a package.json; if it is missing, Cargo.toml has the version.
        """
        shell = self.root / "src-tauri"
        if not (shell / "tauri.conf.json").is_file():
            return "application", "0"
        config = json.loads((shell / "tauri.conf.json").read_text(encoding="utf-8"))
        version = config.get("version") or self._crate("version")
        if version.endswith(".json"):
            version = json.loads((shell / version).read_text(encoding="utf-8"))["version"]
        return config.get("productName") or self._crate("name"), version

    def _crate(self, key: str) -> str:
        manifest = (self.root / "src-tauri" / "Cargo.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(manifest)["package"][key])

    @property
    def frontend(self) -> Path:
        """The folder of the UI's package.json."""
        folder = self.root / "frontend"
        return folder if folder.is_dir() else self.root

    @property
    def trees(self) -> Path:
        """The folder of staged trees, one per target."""
        return self.build_dir / "runtime"

    def tree(self, target: str) -> Path:
        """The staged tree of a target."""
        return self.trees / target

    def report(self, kind: str, target: str) -> Path:
        """The path of a target's report. `kind` is one of `runtime.inventory.reports.KINDS`. A debug build of the shell reads it."""
        names = {"sbom": "sbom.{}.cdx.json", "licenses": "licenses.{}.html", "licenses-data": "licenses.{}.json"}
        return self.build_dir / names[kind].format(target)

    @property
    def dev_packages(self) -> Path:
        """Installation folder of requirements-dev.lock, which is not shipped."""
        return self.build_dir / "dev-site-packages"

    @property
    def server_lock_file(self) -> Path:
        """The lock file of server mode's additional packages."""
        return self.root / "requirements-server.lock"

    @property
    def server_packages(self) -> Path:
        """Installation folder of requirements-server.lock, which is not shipped with the desktop app."""
        return self.build_dir / "server-site-packages"

    @property
    def tools_venv(self) -> Path:
        """The virtual environment in which uv is installed."""
        return self.build_dir / "tools" / "venv"

    @property
    def logs(self) -> Path:
        """Log files of long builds."""
        return self.build_dir / "logs"


def staged_interpreter(root: Path) -> Path:
    """The path of the host target's interpreter, whether or not it is staged. Raises UnsupportedTargetError."""
    target = host_target()
    return interpreter_in(Project.at(root).tree(target), target)
