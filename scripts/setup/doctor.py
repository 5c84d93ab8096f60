"""Report installed tools, the staged runtime and the data dirs: `make doctor`, `make doctor ARGS=--json`.

Requires only Python. Read-only and offline. Safe to paste in public: the home folder is shown as ~, tokens are not read and emails are
masked. Exits with 1 when a tool for `make run` is missing, too old or broken, the runtime is damaged, or a data dir is unusable.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT
from scripts.setup.machine import MIN_PYTHON, Tool, find_tool, format_version, system_family, tools

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def redact(value: Any) -> Any:
    """A copy with the home folder, user names in paths, and emails masked."""
    if isinstance(value, dict):
        return {redact(name): redact(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(part) for part in value]
    if not isinstance(value, str):
        return value
    # A symlinked home has two paths; programs print either.
    for home in sorted({str(Path.home()), os.path.realpath(Path.home())}, key=len, reverse=True):
        if len(home) > 1:
            value = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", value)
    value = re.sub(r"(?<=/home/)[^/\s]+|(?<=/Users/)[^/\s]+|(?<=\\Users\\)[^\\\s]+", "USER", value)
    return _EMAIL.sub("EMAIL", value)


def tool_state(tool: Tool, family: str | None) -> dict[str, Any]:
    """A tool's installation state and version."""
    state, path, version, install = find_tool(tool)
    if state != "ok" and family is not None and family not in tool.install:
        state = "not needed here"
    return {
        "name": tool.name,
        "required_for": tool.required_for,
        "state": state,
        "version": format_version(version) if version else None,
        "min_version": format_version(tool.min_version) or None,
        "path": path,
        "install": install,
    }


def runtime_state() -> dict[str, Any]:
    """The staged runtime's stamp, or its problem. Hashes every file."""
    from runtime.errors import RuntimeStagingError, TreeDamagedError
    from runtime.integrity.verify import verify
    from runtime.project import Project
    from runtime.targets import host_target

    try:
        tree = Project.at(ROOT).tree(host_target())
        if not tree.exists():
            return {"state": "not staged", "ok": True, "next": "make build-backend"}
        stamp = verify(tree)
    except TreeDamagedError as error:
        return {"state": f"damaged: {error}", "ok": False, "next": "make build-backend"}
    except (RuntimeStagingError, OSError) as error:
        return {"state": f"unusable: {error}", "ok": False, "next": "make build-backend"}
    shown_fields = ("target", "python", "provenance", "shippable", "signed")
    return {
        "state": "staged",
        "ok": True,
        "tree": str(tree),
        "tree_sha256": stamp.manifest_sha256,
        **{name: getattr(stamp, name) for name in shown_fields},
        "archive": stamp.archive["name"],
        "archive_sha256": stamp.archive["sha256"],
    }


def diagnose() -> dict[str, Any]:
    """The full report as JSON data. `ok` determines the exit status."""
    family = system_family()
    python_is_supported = sys.version_info >= MIN_PYTHON
    report: dict[str, Any] = {
        "machine": {
            "system": platform.platform(),
            "system_family": family,
            "display": bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
        },
        "python": {
            "state": "ok" if python_is_supported else "too old",
            "version": format_version(sys.version_info[:3]),
            "min_version": format_version(MIN_PYTHON),
            "path": sys.executable,
        },
        "tools": [tool_state(tool, family) for tool in tools()],
    }
    if python_is_supported:
        from scripts.dev.data_dirs import debug_data_dir, release_data_dir
        from scripts.dev.data_health import health

        report["runtime"] = runtime_state()
        report["data"] = {"release": health(release_data_dir()), "debug": health(debug_data_dir())}
    report["ok"] = (
        python_is_supported
        and all(tool["state"] in ("ok", "not needed here") for tool in report["tools"] if tool["required_for"] == "run")
        and report["runtime"]["ok"]
        and all(folder["ok"] for folder in report["data"].values())
    )
    return report


def tool_lines(report: dict[str, Any]) -> list[str]:
    """The tools as text lines, then the install commands of missing tools, for every system if this one is unknown."""
    lines, missing = [], []
    for tool in report["tools"]:
        if tool["state"] == "not needed here":
            continue
        version = (
            f"{tool['version'] or ''}{'' if not tool['min_version'] else ' (minimum: ' + tool['min_version'] + ')'}"
        )
        lines.append(f"  {tool['state']:8} {tool['name']:16} {version:24} {tool['path'] or ''}")
        if tool["state"] != "ok":
            family = report["machine"]["system_family"]
            commands = {family: tool["install"][family]} if family else tool["install"]
            missing += [f"  {tool['name']} (for {tool['required_for']})"]
            missing += [f"    {name:8} {command}" for name, command in commands.items()]
    return [*lines, *(["", "Missing, too old or broken tools, and how to install them:", *missing] if missing else [])]


def data_lines(kind: str, folder: dict[str, Any]) -> list[str]:
    """A data dir as text lines."""
    if "database" not in folder:
        return [f"  {kind:8} {folder['path']}: {'unusable' if folder['problem'] else 'none yet'}"]
    database, holder = folder["database"], folder["held_by"]
    summary = "no database yet"
    if database:
        summary = (
            f"integrity {database['integrity']}, revision {database['revision']}, {database['size_bytes']:,} bytes"
        )
    lock = f"locked by {holder['holder']}, process {holder.get('pid')}" if holder else "not locked"
    invalid_configs = f", {folder['invalid_configs']} invalid config.json" if folder["invalid_configs"] else ""
    return [
        f"  {kind:8} {folder['path']}",
        f"           app.db: {summary}",
        f"           {folder['size_bytes']:,} bytes in total, {folder['backups']} backups{invalid_configs}, {lock}",
    ]


def format_report(report: dict[str, Any]) -> list[str]:
    """The report as text lines."""
    python = report["python"]
    lines = [f"System   {report['machine']['system']} (display: {'yes' if report['machine']['display'] else 'no'})"]
    lines += [
        "",
        "Tools",
        f"  {python['state']:8} {'Python':16} {python['version']} (minimum: {python['min_version']})  {python['path']}",
    ]
    lines += tool_lines(report)
    if "runtime" in report:
        shown = {name: value for name, value in report["runtime"].items() if name != "ok"}
        lines += ["", "Runtime", *(f"  {name:15} {value}" for name, value in shown.items())]
        lines += ["", "Data"] + [line for kind, folder in report["data"].items() for line in data_lines(kind, folder)]
        if problems := [folder for folder in report["data"].values() if folder["problem"]]:
            lines += ["", *(f"{folder['path']} {folder['problem']}" for folder in problems)]
    return [*lines, "", "No problems found." if report["ok"] else "Problems found, see above."]


def main() -> int:
    """Print the report. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON, with install commands for every system")
    options = parser.parse_args()
    report = redact(diagnose())
    print(json.dumps(report, indent=2) if options.json else "\n".join(format_report(report)))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
