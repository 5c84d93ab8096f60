"""Reads an interpreter's version from its files, without running it."""

import json
import struct
from pathlib import Path

from runtime.errors import LayoutError

BUILD_DETAILS = "build-details.json"
"""The PEP 739 file in the standard library: CPython 3.14 and newer, except on Windows."""

_FIXED_FILE_INFO = struct.Struct("<IIHHHH")
"""Start of a PE's VS_FIXEDFILEINFO: signature, structure version, then the file version's fields 2, 1, 4 and 3."""
_SIGNATURE = struct.pack("<II", 0xFEEF04BD, 0x00010000)
_FINAL = 15
"""PY_RELEASE_LEVEL_FINAL; `candidate` is 12, `beta` 11 and `alpha` 10 (0xC, 0xB, 0xA)."""
_LEVELS = {"alpha": 10, "beta": 11, "candidate": 12, "final": _FINAL}
_LABELS = {10: "a", 11: "b", 12: "rc"}


def python_version(python: Path) -> str:
    """The version of an unpacked `python/`, such as "3.14.9" or "3.15.0rc2". Raises LayoutError if no file contains it."""
    for details in sorted(python.glob(f"lib/python3.*/{BUILD_DETAILS}")):
        return _from_build_details(details)
    for dll in sorted(python.glob("python3[0-9]*.dll")):
        return _from_dll(dll)
    raise LayoutError(
        f"{python} does not contain its version: it has neither lib/python3.*/{BUILD_DETAILS} nor python3*.dll. "
        "It is not CPython 3.14 or newer in the install_only layout; check --archive and RUNTIME_ARCHIVE."
    )


def _from_build_details(path: Path) -> str:
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))["implementation"]["version"]
        numbers = (parts["major"], parts["minor"], parts["micro"])
        return _format_version(*numbers, _LEVELS[parts["releaselevel"]], parts["serial"])
    except (ValueError, KeyError, TypeError) as error:
        raise LayoutError(f"{path} does not contain a version in the format of PEP 739 ({error!r}).") from error


def _from_dll(path: Path) -> str:
    """From the version resource, whose third field is micro * 1000 + level * 10 + serial (CPython's PC/python_ver_rc.h)."""
    data = path.read_bytes()
    at = data.find(_SIGNATURE)
    if at < 0 or len(data) < at + _FIXED_FILE_INFO.size:
        raise LayoutError(f"{path} has no version resource, so it is not CPython's DLL.")
    _, _, minor, major, _, field3 = _FIXED_FILE_INFO.unpack_from(data, at)
    micro, rest = divmod(field3, 1000)
    return _format_version(major, minor, micro, *divmod(rest, 10))


def _format_version(major: int, minor: int, micro: int, level: int, serial: int) -> str:
    label = "" if level == _FINAL else f"{_LABELS.get(level, '+')}{serial}"
    return f"{major}.{minor}.{micro}{label}"
