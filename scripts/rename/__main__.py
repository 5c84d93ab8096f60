"""Give the app its own name, identifier and icons: `make rename NAME="My App" ID=com.example.myapp [ICON=picture.svg]`.

`places` lists every file that contains a name; all other uses derive from these. Requires a clean git checkout, so that `git restore .` reverts
a complete or interrupted rename. Nothing is written if an edit fails. Running it again with the same names changes nothing.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from scripts.app_names import (
    CRATE_LOCK,
    SHELL_CONFIG,
    SHELL_CRATE,
    NameRefusedError,
    Names,
    check_identifier,
    check_product,
    crates_in,
    installed_elsewhere,
    program_name,
    read_names,
)
from scripts.engine.lock import LOCK_FILE, is_recorded, lock_text
from scripts.engine.upgrade import git_status
from scripts.project import ROOT, RUN
from scripts.rename.proof import FOLDER, remove_proof

ICONS = ("32x32.png", "128x128.png", "128x128@2x.png", "icon.icns", "icon.ico", "icon.png")
DRAWINGS = ("src-tauri/icons/icon.svg", "frontend/public/favicon.svg")
ICON_FILES = (*(f"src-tauri/icons/{name}" for name in ICONS), *DRAWINGS)
WRITTEN_LAST = (SHELL_CRATE, SHELL_CONFIG)
"""Files with the current names, written last: an interrupted rename must not look complete."""

ICON_SIDE = 1024
"""Side length of the largest icon in pixels; a smaller image would be scaled up."""

MANUAL_STEPS = """Change by hand: the descriptions and the category in src-tauri/tauri.conf.json, the address in SECURITY.md, CHANGELOG.md,
LICENSE and with it the license lines in src-tauri/tauri.conf.json and src-tauri/Cargo.toml, the README's first lines.
The pictures in docs/images show the old name: `make screenshots` takes new ones.
Data of the old identifier stays where it is; an app of the new one starts with an empty data dir."""

Edit = Callable[[str], str]


class NameNotFoundError(ValueError):
    """A file contains neither the old nor the new name. The message is the expected text."""


def key(name: str, old: str, new: str) -> Edit:
    """Replace `"name": "old"` or `name = "old"` once, in JSON, TOML or Python."""

    def edit(text: str) -> str:
        for value in (old, new):
            pattern = re.compile(rf'^(\s*"?{name}"?(?:: str)?\s*[:=]\s*"){re.escape(value)}"', re.MULTILINE)
            after, found = pattern.subn(lambda found: f'{found[1]}{new}"', text, count=1)
            if found:
                return after
        raise NameNotFoundError(f'{name} "{old}"')

    return edit


def token(old: str, new: str) -> Edit:
    """Replace a name as a whole word, except in command examples (`ID=…`)."""
    pattern = re.compile(rf"(?<![\w.=-]){re.escape(old)}(?![\w-])")
    return lambda text: pattern.sub(lambda _: new, text)


def heading(old: str, new: str) -> Edit:
    """Replace the heading in the first line."""
    return lambda text: f"# {new}\n" + text.partition("\n")[2] if text.partition("\n")[0] == f"# {old}" else text


def locked_crate(old: str, new: str) -> Edit:
    """Rename the crate in Cargo.lock and re-sort its packages, as cargo does."""

    def edit(text: str) -> str:
        if not re.search(rf'^name = "({re.escape(old)}|{re.escape(new)})"$', text, re.MULTILINE):
            raise NameNotFoundError(f'name "{old}"')
        head, *packages = text.split("\n[[package]]\n")
        packages = [package.rstrip("\n") for package in packages]
        packages = [package.replace(f'name = "{old}"\n', f'name = "{new}"\n', 1) for package in packages]
        packages.sort(key=lambda package: re.findall(r'^name = "(.*)"', package, re.MULTILINE)[0])
        return "\n[[package]]\n".join([head, *(f"{package}\n" for package in packages)])

    return edit


def places(root: Path, old: Names, new: Names) -> Iterator[tuple[str, list[Edit]]]:
    """Every file that contains a name, with its edits."""
    product = (old.product, new.product)
    program = (old.program, new.program)
    identifier = (old.identifier, new.identifier)
    yield SHELL_CONFIG, [key("productName", *product), key("identifier", *identifier)]
    yield SHELL_CRATE, [key("name", *program)]
    yield CRATE_LOCK, [locked_crate(*program)]
    yield "frontend/package.json", [key("name", *program)]
    yield "frontend/bun.lock", [key("name", *program)]
    yield "frontend/openapi.json", [key("title", *(json.dumps(name)[1:-1] for name in product))]
    yield "python-backend/app/core/settings.py", [key("PROJECT_NAME", *product)]
    yield "README.md", [heading(*product)]
    for page in ["README.md", *sorted(path.relative_to(root).as_posix() for path in (root / "docs").glob("*.md"))]:
        if page == "docs/rename.md":
            continue  # its examples name no app
        yield page, [token(*identifier)]


def changes(root: Path, old: Names, new: Names) -> dict[str, str]:
    """The new text of every changed file. Raises NameRefusedError when a file no longer contains the name."""
    texts: dict[str, str] = {}
    lost: list[str] = []
    for name, edits in places(root, old, new):
        try:
            before = texts.get(name) or (root / name).read_bytes().decode("utf-8")
        except FileNotFoundError:
            lost.append(f"the file {name}")
            continue
        after = before
        for edit in edits:
            try:
                after = edit(after)
            except NameNotFoundError as place:
                lost.append(f"{place} in {name}")
        if after != before:
            texts[name] = after
    if lost:
        raise NameRefusedError(f"Not found: {'; '.join(lost)}. Put it there and run this again. Nothing was changed.")
    return texts


def partial_path(path: Path) -> Path:
    """The temporary path of a file's new content."""
    return path.with_name(f".{path.name}.new")


def write(path: Path, content: bytes) -> None:
    """Replace a file atomically."""
    partial = partial_path(path)
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, partial)
    partial.replace(path)


def dirty(root: Path) -> str | None:
    """Why git could not restore the checkout; None if it could."""
    status = git_status(root)
    if status is None:
        return "This is no git checkout, so nothing could be taken back. Run: git init && git add -A && git commit -m Template"
    if status:
        return (
            "There are changes git does not hold yet, which a rename would mix with its own. Commit them, or `git stash -u`. "
            "If a rename left them, done or stopped midway, take it back with `git restore .`, and run this again."
        )
    return None


def icons(picture: Path) -> dict[str, bytes]:
    """Generate every icon from one square image with `tauri icon`. Exits with its error message when it fails."""
    if picture.suffix.lower() not in (".svg", ".png") or not picture.is_file():
        raise NameRefusedError(
            f"ICON={picture} is no .svg or .png file. Give a square one, {ICON_SIDE} pixels wide or an SVG."
        )
    head = picture.read_bytes()[:24]
    if head.startswith(b"\x89PNG") and len(head) == 24:
        width, height = struct.unpack(">II", head[16:])
        if width != height or width < ICON_SIDE:
            raise NameRefusedError(
                f"ICON={picture} is {width} by {height} pixels. Give a square one, at least {ICON_SIDE} wide, or an SVG."
            )
    if not (ROOT / "frontend" / "node_modules" / ".bin").is_dir():
        raise NameRefusedError("Icons are made by Tauri's command, which is not here yet. Run `make setup` first.")
    with tempfile.TemporaryDirectory() as scratch:
        tauri = ["run", "tauri", "icon", str(picture.resolve()), "-o", scratch]
        done = subprocess.run(
            [sys.executable, RUN, "scripts.setup.bun", *tauri],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        made = {f"src-tauri/icons/{name}": Path(scratch, name) for name in ICONS}
        if done.returncode or not all(path.is_file() for path in made.values()):
            why = done.stdout.partition("\n")[0].partition(";")[0]  # the rest names options of `tauri icon`
            raise NameRefusedError(
                f"No icons came of {picture}: {why}. Give a square .svg, or a .png {ICON_SIDE} pixels wide."
            )
        contents = {name: path.read_bytes() for name, path in made.items()}
        drawing = picture.read_bytes()
        if picture.suffix.lower() == ".png":
            inside = base64.b64encode(Path(scratch, "128x128.png").read_bytes()).decode()
            drawing = (
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">'
                f'<image width="128" height="128" href="data:image/png;base64,{inside}"/></svg>\n'
            ).encode()
    return contents | dict.fromkeys(DRAWINGS, drawing)


def rename(root: Path, product: str, identifier: str, picture: Path | None, dry_run: bool) -> list[str]:
    """Rename the checkout at `root`. Returns messages about the changes. Raises NameRefusedError, having changed nothing."""
    check_product(product)
    check_identifier(identifier)
    old = read_names(root)
    is_unchanged = (product, identifier) == (old.product, old.identifier)
    taken = crates_in(root)
    new = old if is_unchanged else Names(product, identifier, program_name(product, identifier, taken))
    if not is_unchanged and (elsewhere := installed_elsewhere(new)):
        raise NameRefusedError(
            f"The program would be called {new.program}, and {elsewhere} is another's already. Give another NAME. Nothing was changed."
        )
    contents = {name: text.encode("utf-8") for name, text in changes(root, old, new).items()}
    if picture:
        contents |= icons(picture)
    if not is_unchanged and not is_recorded(root):
        contents[LOCK_FILE] = lock_text(root).encode("utf-8")
    contents = {
        name: content
        for name, content in contents.items()
        if not (root / name).is_file() or (root / name).read_bytes() != content
    }
    if not dry_run:
        for name, _ in [*places(root, old, new), *((icon, []) for icon in (*ICON_FILES, LOCK_FILE))]:
            partial_path(root / name).unlink(
                missing_ok=True
            )  # of an interrupted rename; `git restore` does not delete it
    if not contents:
        return [f"Nothing to do: the app is called {product} ({identifier}) already."]
    reason = dirty(root)
    if reason and not dry_run:
        raise NameRefusedError(reason)
    if not dry_run:
        for name in sorted(contents, key=lambda name: (name in WRITTEN_LAST, name == SHELL_CONFIG)):
            write(root / name, contents[name])
    refused = [f"Without --dry-run it would be refused: {reason}"] if reason else []
    lines = [
        f"  {what:<11} {before}" + (f"  ->  {after}" if after != before else "")
        for what, before, after in zip(
            ("name", "identifier", "program"),
            (old.product, old.identifier, old.program),
            (new.product, new.identifier, new.program),
            strict=True,
        )
    ]
    if new.program.endswith("-app") and new != old:
        lines.append("  (-app where the system, cargo or Rust has that name for something else)")
    return [
        *lines,
        "Would change:" if dry_run else "Changed:",
        *(f"  {name}" for name in sorted(contents)),
        MANUAL_STEPS,
        *refused,
    ]


def removal_wanted(choice: str | None, dry_run: bool) -> bool:
    """Whether to delete proof/: from the option, or a prompt on a terminal. Default: no."""
    if choice or dry_run or not sys.stdin.isatty():
        return choice == "remove"
    print(f"{FOLDER}/ has the template's benchmarks and its comparison with PyInstaller. An app does not need it.")
    return input("Delete it? [y/N] ").strip().lower() in ("y", "yes")


def main() -> None:
    """Names come as options, or from make in RENAME_* variables, which no shell reads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default=os.environ.get("RENAME_NAME"), help="for people: My App")
    parser.add_argument("--id", default=os.environ.get("RENAME_ID"), help="for systems: com.example.myapp")
    parser.add_argument("--icon", default=os.environ.get("RENAME_ICON"), help="a square picture, .svg or .png")
    parser.add_argument(
        "--proof",
        choices=("keep", "remove"),
        default=os.environ.get("RENAME_PROOF") or None,
        help="delete proof/, the template's benchmarks and its comparison with PyInstaller (default: ask, or keep)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    asked = parser.parse_args()
    picture = Path(os.path.expanduser(asked.icon)) if asked.icon else None  # never raises
    try:
        remove = (ROOT / FOLDER).is_dir() and removal_wanted(asked.proof, asked.dry_run)
        if remove and not asked.dry_run and (reason := dirty(ROOT)):
            raise NameRefusedError(reason)
        print("\n".join(rename(ROOT, asked.name or "", asked.id or "", picture, asked.dry_run)))
        if remove:
            print("\n".join(remove_proof(ROOT, dry_run=asked.dry_run)))
    except NameRefusedError as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    apply_tool_environment()
    main()
