"""`make rename` on a copy of the working tree."""

import json
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

from harness.app import ROOT
from harness.checkout import git, template_only
from harness.renaming import IDENTIFIER, PRODUCT, rename_app
from runtime.targets import host_target
from scripts.app_names import Names, read_names

OLD = ("Rost (1888)", "net.example.rostlaube")


def spellings(names: Names) -> set[str]:
    """The possible spellings of the app's names in lowercase: words joined by any separator or none."""
    words = re.findall(r"\w+", names.product.lower())
    joined = {separator.join(words) for separator in (" ", "-", "_", ".", "")}
    return {
        names.product.lower(),
        names.identifier.lower(),
        names.program,
        names.identifier.split(".", 1)[1].lower(),
        *joined,
    }


def files_with_names(checkout: Path, names: Names) -> list[str]:
    """Files whose text or file name contains one of the app's names."""
    texts = [path for path in checkout.rglob("*") if path.is_file() and ".git" not in path.relative_to(checkout).parts]
    return [
        path.relative_to(checkout).as_posix()
        for path in texts
        if any(
            spelling in path.read_text("utf-8", errors="ignore").lower() or spelling in path.name.lower()
            for spelling in spellings(names)
        )
    ]


@template_only
def test_rename_removes_every_name_of_the_template(checkout: Path) -> None:
    old = read_names(checkout)
    assert files_with_names(checkout, old)
    rename_app(checkout, PRODUCT, IDENTIFIER)
    assert files_with_names(checkout, old) == []


def test_rename_removes_the_old_name_and_every_file_parses(checkout: Path) -> None:
    rename_app(checkout, *OLD)
    git(checkout, "commit", "-q", "-a", "-m", "Old")
    old = read_names(checkout)
    assert len(files_with_names(checkout, old)) > 5
    output = rename_app(checkout, PRODUCT, IDENTIFIER)
    assert files_with_names(checkout, old) == ["proof/tests/test_rename.py"], "this file contains OLD"
    assert read_names(checkout) == Names(PRODUCT, IDENTIFIER, "zaune-tore")

    listed = set(re.findall(r"^  (\S+/?\S*\.\w+)$", output, re.MULTILINE))
    assert listed == set(git(checkout, "diff", "--name-only", "-z").split("\0")) - {""}
    for name in git(checkout, "ls-files").splitlines():
        text = (checkout / name).read_bytes()
        if name.endswith(".json"):
            json.loads(text)
        elif name.endswith((".toml", "Cargo.lock")):
            tomllib.loads(text.decode())
        elif name.endswith((".svg", ".plist")):
            ET.fromstring(text)  # noqa: S314 (a file of this project)
    assert json.loads((checkout / "frontend/openapi.json").read_text("utf-8"))["info"]["title"] == PRODUCT
    assert json.loads((checkout / "frontend/package.json").read_text("utf-8"))["name"] == "zaune-tore"
    assert (checkout / "README.md").read_text("utf-8").startswith(f"# {PRODUCT}\n")
    assert f"%APPDATA%\\{IDENTIFIER}\\" in (checkout / "README.md").read_text("utf-8")


def test_backend_and_window_have_the_same_name() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from app.core.config import settings; print(settings.PROJECT_NAME)"
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", code, str(ROOT / "python-backend")]
    output = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout.strip()
    assert output == read_names(ROOT).product


def test_rename_leaves_engine_crates_unchanged(checkout: Path) -> None:
    rename_app(checkout, PRODUCT, IDENTIFIER)
    changed = git(checkout, "diff", "--name-only").splitlines()
    assert "src-tauri/Cargo.toml" in changed
    assert [name for name in changed if name.startswith("src-tauri/crates/")] == []


def test_cargo_accepts_the_renamed_lock_unchanged(checkout: Path) -> None:
    rename_app(checkout, "Aardvark", "org.example.aardvark")
    command = [
        "cargo",
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        host_target(),
    ]
    result = subprocess.run(
        command, cwd=checkout / "src-tauri", capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr


def test_rename_and_reverse_rename_restore_every_file(checkout: Path) -> None:
    old = read_names(checkout)
    for product, identifier in (
        OLD,
        ("App", "org.example.app-app"),
        (PRODUCT, IDENTIFIER),
        (old.product, old.identifier),
    ):
        rename_app(checkout, product, identifier)
        git(checkout, "commit", "-q", "-a", "-m", product)
    assert git(checkout, "diff", "HEAD~4", "--stat", "--", ".", ":!engine.lock") == ""


def test_manual_rename_steps_are_documented_and_printed(checkout: Path) -> None:
    output = rename_app(checkout, PRODUCT, IDENTIFIER).partition("Edit manually")[2]
    (step,) = re.findall(r"^3\. .*?(?=^4\. )", (ROOT / "docs/rename.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    bundle = json.loads((ROOT / "src-tauri/tauri.conf.json").read_text("utf-8"))["bundle"]
    crate = tomllib.loads((ROOT / "src-tauri/Cargo.toml").read_text("utf-8"))["package"]
    assert {"category", "license", "shortDescription", "longDescription"} <= bundle.keys()
    assert "license" in crate
    for word in (
        "descriptions",
        "category",
        "license",
        "Cargo.toml",
        "LICENSE",
        "SECURITY.md",
        "CHANGELOG.md",
        "README",
    ):
        assert word in output, word
        assert word in step, word


def test_make_passes_arguments_with_quotes_unchanged(checkout: Path) -> None:
    make = ["make", "--no-print-directory", "rename", f"PYTHON={sys.executable}", "ID=org.example.o", "ARGS=--dry-run"]
    run = {"cwd": checkout, "capture_output": True, "text": True, "check": False}
    environment = {**os.environ, "NAME": "of-this-machine"}
    accepted = subprocess.run([*make, "NAME=Fine Name"], env=environment, **run)  # type: ignore[call-overload]
    assert "->  Fine Name\n" in accepted.stdout, accepted.stderr
    refused = subprocess.run([*make, "NAME=a\"; touch 'it"], env=environment, **run)  # type: ignore[call-overload]
    assert (refused.returncode, "The name contains" in refused.stderr) == (2, True)
    assert not (checkout / "it").exists()
    for name in ("Cash$Log", "Cash$$Log", "$(shell touch it)"):
        refused = subprocess.run([*make, f"NAME={name}"], env=environment, **run)  # type: ignore[call-overload]
        assert (refused.returncode, "The name contains" in refused.stderr) == (2, True), refused.stdout
    assert not (checkout / "it").exists()
    missing = subprocess.run(make, env=environment, **run)  # type: ignore[call-overload]
    assert "is empty" in missing.stderr


def test_program_named_like_a_system_program_gets_a_reported_suffix(checkout: Path) -> None:
    output = rename_app(checkout, "Cat", IDENTIFIER)
    assert read_names(checkout).program == "cat-app"
    assert "->  cat-app\n  (-app is appended because" in output


def test_name_that_ends_in_app_is_not_reported_as_a_suffix(checkout: Path) -> None:
    output = rename_app(checkout, "My App", "com.example.myapp")
    assert read_names(checkout).program == "my-app"
    assert "is appended" not in output
