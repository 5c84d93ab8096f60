"""Set the app's name, identifier and icons: `make rename NAME="My App" ID=com.example.myapp [ICON=picture.svg]`.

`edits_by_file` lists every file that contains a name; all other uses derive from these. Requires a clean git checkout, so that `git restore .` reverts
a complete or interrupted rename. Nothing is written if an edit fails. A repeated rename to the same names changes nothing.
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
    conflicting_program,
    preferred_program_name,
    program_name,
    read_names,
    third_party_crates,
)
from scripts.engine.lock import LOCK_FILE, is_recorded, lock_text
from scripts.engine.upgrade import git_status
from scripts.project import ROOT, RUN
from scripts.rename.remove_proof import FOLDER, remove_proof

ICONS = ("32x32.png", "128x128.png", "128x128@2x.png", "icon.icns", "icon.ico", "icon.png")
SVG_ICONS = ("src-tauri/icons/icon.svg", "frontend/public/favicon.svg")
ICON_FILES = (*(f"src-tauri/icons/{name}" for name in ICONS), *SVG_ICONS)
WRITTEN_LAST = (SHELL_CRATE, SHELL_CONFIG)
"""The files from which the current names are read. Written last, so that an interrupted rename does not look complete."""

MIN_ICON_SIZE = 1024
"""Width of the largest icon in pixels. A smaller image would be scaled up."""

MANUAL_STEPS = """Edit manually: the descriptions and the category in src-tauri/tauri.conf.json, the address in SECURITY.md, CHANGELOG.md,
LICENSE and with it the license lines in src-tauri/tauri.conf.json and src-tauri/Cargo.toml, the README's first lines.
The screenshots in docs/images show the old name: `make screenshots` takes new ones.
Existing data is not moved: with the new identifier the app starts with an empty data dir."""

Edit = Callable[[str], str]


class NameNotFoundError(ValueError):
    """A file contains neither the old nor the new name. The message is the expected text."""


def replace_key(name: str, old: str, new: str) -> Edit:
    """Replace `"name": "old"` or `name = "old"` once, in JSON, TOML or Python."""

    def edit(text: str) -> str:
        for value in (old, new):
            pattern = re.compile(rf'^(\s*"?{name}"?(?:: str)?\s*[:=]\s*"){re.escape(value)}"', re.MULTILINE)
            after, found = pattern.subn(lambda found: f'{found[1]}{new}"', text, count=1)
            if found:
                return after
        raise NameNotFoundError(f'{name} "{old}"')

    return edit


def replace_token(old: str, new: str) -> Edit:
    """Replace a complete name, except in command examples (`ID=…`)."""
    pattern = re.compile(rf"(?<![\w.=-]){re.escape(old)}(?![\w-])")
    return lambda text: pattern.sub(lambda _: new, text)


def replace_heading(old: str, new: str) -> Edit:
    """Replace the heading in the first line."""
    return lambda text: f"# {new}\n" + text.partition("\n")[2] if text.partition("\n")[0] == f"# {old}" else text


def rename_locked_crate(old: str, new: str) -> Edit:
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


def edits_by_file(root: Path, old: Names, new: Names) -> Iterator[tuple[str, list[Edit]]]:
    """Every file that contains a name, with its edits."""
    product = (old.product, new.product)
    program = (old.program, new.program)
    identifier = (old.identifier, new.identifier)
    yield SHELL_CONFIG, [replace_key("productName", *product), replace_key("identifier", *identifier)]
    yield SHELL_CRATE, [replace_key("name", *program)]
    yield CRATE_LOCK, [rename_locked_crate(*program)]
    yield "frontend/package.json", [replace_key("name", *program)]
    yield "frontend/bun.lock", [replace_key("name", *program)]
    yield "frontend/openapi.json", [replace_key("title", *(json.dumps(name)[1:-1] for name in product))]
    yield "python-backend/app/core/settings.py", [replace_key("PROJECT_NAME", *product)]
    yield "README.md", [replace_heading(*product)]
    for page in ["README.md", *sorted(path.relative_to(root).as_posix() for path in (root / "docs").glob("*.md"))]:
        if page == "docs/rename.md":
            continue  # its examples do not name the app
        yield page, [replace_token(*identifier)]


def changed_texts(root: Path, old: Names, new: Names) -> dict[str, str]:
    """The new text of every changed file. Raises NameRefusedError when a file no longer contains the name."""
    texts: dict[str, str] = {}
    missing: list[str] = []
    for name, edits in edits_by_file(root, old, new):
        try:
            before = texts.get(name) or (root / name).read_bytes().decode("utf-8")
        except FileNotFoundError:
            missing.append(f"the file {name}")
            continue
        after = before
        for edit in edits:
            try:
                after = edit(after)
            except NameNotFoundError as expected:
                missing.append(f"{expected} in {name}")
        if after != before:
            texts[name] = after
    if missing:
        raise NameRefusedError(
            f"Not found: {'; '.join(missing)}. Restore it and repeat the command. Nothing was changed."
        )
    return texts


def partial_path(path: Path) -> Path:
    """Path of the temporary file with the new content."""
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


def checkout_problem(root: Path) -> str | None:
    """Why git could not revert a rename of the checkout; None if it could."""
    status = git_status(root)
    if status is None:
        return "This is not a git checkout, so a rename could not be reverted. Run: git init && git add -A && git commit -m Template"
    if status:
        return (
            "There are uncommitted changes. Commit them, or run `git stash -u`. "
            "If they are from an earlier or interrupted rename, revert it with `git restore .`. Then repeat the command."
        )
    return None


def generate_icons(image: Path) -> dict[str, bytes]:
    """Generate every icon from one square image with `tauri icon`. Raises NameRefusedError, with Tauri's message if `tauri icon` fails."""
    if image.suffix.lower() not in (".svg", ".png") or not image.is_file():
        raise NameRefusedError(
            f"ICON={image} is not an .svg or .png file. Use an SVG, or a square PNG at least {MIN_ICON_SIZE} pixels wide."
        )
    head = image.read_bytes()[:24]
    if head.startswith(b"\x89PNG") and len(head) == 24:
        width, height = struct.unpack(">II", head[16:])
        if width != height or width < MIN_ICON_SIZE:
            raise NameRefusedError(
                f"ICON={image} is {width} by {height} pixels. Use an SVG, or a square PNG at least {MIN_ICON_SIZE} pixels wide."
            )
    if not (ROOT / "frontend" / "node_modules" / ".bin").is_dir():
        raise NameRefusedError("Tauri's command, which generates the icons, is not installed. Run `make setup` first.")
    with tempfile.TemporaryDirectory() as scratch:
        tauri = ["run", "tauri", "icon", str(image.resolve()), "-o", scratch]
        result = subprocess.run(
            [sys.executable, RUN, "scripts.setup.bun", *tauri],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        generated = {f"src-tauri/icons/{name}": Path(scratch, name) for name in ICONS}
        if result.returncode or not all(path.is_file() for path in generated.values()):
            reason = result.stdout.partition("\n")[0].partition(";")[0]  # the rest lists options of `tauri icon`
            raise NameRefusedError(
                f"The icons could not be generated from {image}: {reason}. Use an SVG, or a square PNG at least {MIN_ICON_SIZE} pixels wide."
            )
        contents = {name: path.read_bytes() for name, path in generated.items()}
        svg = image.read_bytes()
        if image.suffix.lower() == ".png":
            embedded = base64.b64encode(Path(scratch, "128x128.png").read_bytes()).decode()
            svg = (
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">'
                f'<image width="128" height="128" href="data:image/png;base64,{embedded}"/></svg>\n'
            ).encode()
    return contents | dict.fromkeys(SVG_ICONS, svg)


def rename(root: Path, product: str, identifier: str, image: Path | None, dry_run: bool) -> list[str]:
    """Rename the checkout at `root`. Returns a report. Raises NameRefusedError; nothing is changed then."""
    check_product(product)
    check_identifier(identifier)
    old = read_names(root)
    is_unchanged = (product, identifier) == (old.product, old.identifier)
    crates = third_party_crates(root)
    new = old if is_unchanged else Names(product, identifier, program_name(product, identifier, crates))
    if not is_unchanged and (conflict := conflicting_program(new)):
        raise NameRefusedError(
            f"The program name would be {new.program}, but {conflict} belongs to another package. Choose another NAME. Nothing was changed."
        )
    contents = {name: text.encode("utf-8") for name, text in changed_texts(root, old, new).items()}
    if image:
        contents |= generate_icons(image)
    if not is_unchanged and not is_recorded(root):
        contents[LOCK_FILE] = lock_text(root).encode("utf-8")
    contents = {
        name: content
        for name, content in contents.items()
        if not (root / name).is_file() or (root / name).read_bytes() != content
    }
    if not dry_run:
        for name, _ in [*edits_by_file(root, old, new), *((icon, []) for icon in (*ICON_FILES, LOCK_FILE))]:
            # Left by an interrupted rename. `git restore` does not delete it.
            partial_path(root / name).unlink(missing_ok=True)
    if not contents:
        return [f"Nothing to do: the app is already named {product} ({identifier})."]
    reason = checkout_problem(root)
    if reason and not dry_run:
        raise NameRefusedError(reason)
    if not dry_run:
        for name in sorted(contents, key=lambda name: (name in WRITTEN_LAST, name == SHELL_CONFIG)):
            write(root / name, contents[name])
    refusal = [f"Without --dry-run the command would be refused: {reason}"] if reason else []
    lines = [
        f"  {what:<11} {before}" + (f"  ->  {after}" if after != before else "")
        for what, before, after in zip(
            ("name", "identifier", "program"),
            (old.product, old.identifier, old.program),
            (new.product, new.identifier, new.program),
            strict=True,
        )
    ]
    if new != old and new.program != preferred_program_name(product, identifier):
        lines.append("  (-app is appended because the system, cargo, Rust or a crate in Cargo.lock uses the name)")
    return [
        *lines,
        "Would change:" if dry_run else "Changed:",
        *(f"  {name}" for name in sorted(contents)),
        MANUAL_STEPS,
        *refusal,
    ]


def should_remove_proof(choice: str | None, dry_run: bool) -> bool:
    """Whether to delete proof/: by the option, or by a prompt on a terminal. Default: no."""
    if choice or dry_run or not sys.stdin.isatty():
        return choice == "remove"
    print(f"{FOLDER}/ contains the template's benchmarks and its comparison with PyInstaller. An app does not need it.")
    return input("Delete it? [y/N] ").strip().lower() in ("y", "yes")


def main() -> None:
    """Names are passed as options, or by make in RENAME_* variables, which no shell expands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default=os.environ.get("RENAME_NAME"), help="product name, such as My App")
    parser.add_argument("--id", default=os.environ.get("RENAME_ID"), help="identifier, such as com.example.myapp")
    parser.add_argument("--icon", default=os.environ.get("RENAME_ICON"), help="a square .svg or .png file")
    parser.add_argument(
        "--proof",
        choices=("keep", "remove"),
        default=os.environ.get("RENAME_PROOF") or None,
        help="delete proof/, the template's benchmarks and its comparison with PyInstaller (default: ask, or keep)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the changes without making them")
    options = parser.parse_args()
    image = Path(os.path.expanduser(options.icon)) if options.icon else None  # never raises
    try:
        remove = (ROOT / FOLDER).is_dir() and should_remove_proof(options.proof, options.dry_run)
        if remove and not options.dry_run and (reason := checkout_problem(ROOT)):
            raise NameRefusedError(reason)
        print("\n".join(rename(ROOT, options.name or "", options.id or "", image, options.dry_run)))
        if remove:
            print("\n".join(remove_proof(ROOT, dry_run=options.dry_run)))
    except NameRefusedError as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    apply_tool_environment()
    main()
