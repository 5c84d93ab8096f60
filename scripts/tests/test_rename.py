"""`make rename` on a copy of the working tree."""

import base64
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest

from runtime.targets import host_target
from scripts.app_names import NameRefusedError, Names, check_identifier, check_product, program_name, read_names
from scripts.rename import changes
from scripts.tests.conftest import ROOT, git, template_alone

PRODUCT, IDENTIFIER = "Zäune + Tore", "org.example.zaeune-tore"
OLD = ("Rost (1888)", "net.example.rostlaube")
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#135"/></svg>'


def rename(checkout: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-B", str(checkout / "scripts" / "rename.py"), *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


def renamed(checkout: Path, product: str, identifier: str) -> str:
    done = rename(checkout, "--name", product, "--id", identifier)
    assert done.returncode == 0, done.stderr
    return done.stdout


def spellings(names: Names) -> set[str]:
    """How a name may be written, in lower case: as words, joined by any mark or none."""
    words = re.findall(r"\w+", names.product.lower())
    joined = {mark.join(words) for mark in (" ", "-", "_", ".", "")}
    return {
        names.product.lower(),
        names.identifier.lower(),
        names.program,
        names.identifier.split(".", 1)[1].lower(),
        *joined,
    }


def traces(checkout: Path, names: Names) -> list[str]:
    """Files that hold a name in their text or their own name."""
    texts = [path for path in checkout.rglob("*") if path.is_file() and ".git" not in path.relative_to(checkout).parts]
    return [
        path.relative_to(checkout).as_posix()
        for path in texts
        if any(
            spelling in path.read_text("utf-8", errors="ignore").lower() or spelling in path.name.lower()
            for spelling in spellings(names)
        )
    ]


@template_alone
def test_no_trace_of_the_template_is_left(checkout: Path) -> None:
    old = read_names(checkout)
    assert traces(checkout, old)
    renamed(checkout, PRODUCT, IDENTIFIER)
    assert traces(checkout, old) == []


def test_no_trace_of_the_old_name_is_left_and_every_file_still_parses(checkout: Path) -> None:
    renamed(checkout, *OLD)
    git(checkout, "commit", "-q", "-a", "-m", "Old")
    old = read_names(checkout)
    assert len(traces(checkout, old)) > 5
    said = renamed(checkout, PRODUCT, IDENTIFIER)
    assert traces(checkout, old) == ["scripts/tests/test_rename.py"], "which says it above"
    assert read_names(checkout) == Names(PRODUCT, IDENTIFIER, "zaune-tore")

    listed = set(re.findall(r"^  (\S+/?\S*\.\w+)$", said, re.MULTILINE))
    assert listed == set(git(checkout, "diff", "--name-only", "-z").split("\0")) - {""}
    for name in git(checkout, "ls-files").splitlines():
        text = (checkout / name).read_bytes()
        if name.endswith(".json"):
            json.loads(text)
        elif name.endswith((".toml", "Cargo.lock")):
            tomllib.loads(text.decode())
        elif name.endswith((".svg", ".plist")):
            ET.fromstring(text)  # noqa: S314 (our own file)
    assert json.loads((checkout / "frontend/openapi.json").read_text("utf-8"))["info"]["title"] == PRODUCT
    assert json.loads((checkout / "frontend/package.json").read_text("utf-8"))["name"] == "zaune-tore"
    assert (checkout / "README.md").read_text("utf-8").startswith(f"# {PRODUCT}\n")
    assert f"%APPDATA%\\{IDENTIFIER}\\" in (checkout / "README.md").read_text("utf-8")


def test_the_backend_and_the_window_are_called_the_same() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from app.core.config import settings; print(settings.PROJECT_NAME)"
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", code, str(ROOT / "python-backend")]
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout.strip()
    assert said == read_names(ROOT).product


def test_cargo_takes_the_renamed_lock_as_it_is(checkout: Path) -> None:
    renamed(checkout, "Aardvark", "org.example.aardvark")
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
    told = subprocess.run(
        command, cwd=checkout / "src-tauri", capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert told.returncode == 0, told.stderr


def test_there_and_back_leaves_everything_as_it_was(checkout: Path) -> None:
    old = read_names(checkout)
    for product, identifier in (
        OLD,
        ("App", "org.example.app-app"),
        (PRODUCT, IDENTIFIER),
        (old.product, old.identifier),
    ):
        renamed(checkout, product, identifier)
        git(checkout, "commit", "-q", "-a", "-m", product)
    assert git(checkout, "diff", "HEAD~4", "--stat") == ""


def test_what_is_left_to_people_is_in_the_docs_and_said_by_the_command(checkout: Path) -> None:
    said = renamed(checkout, PRODUCT, IDENTIFIER).partition("Not a name")[2]
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
        assert word in said, word
        assert word in step, word


def test_the_same_again_changes_nothing_and_is_no_failure_in_a_dirty_tree(checkout: Path) -> None:
    renamed(checkout, PRODUCT, IDENTIFIER)
    before = git(checkout, "diff")
    assert "Nothing to do" in renamed(checkout, PRODUCT, IDENTIFIER)
    assert git(checkout, "diff") == before


def test_a_dry_run_says_the_same_and_writes_nothing(checkout: Path) -> None:
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--dry-run")
    assert done.returncode == 0
    assert "Would change:\n" in done.stdout
    assert git(checkout, "status", "--porcelain") == ""
    assert done.stdout.replace("Would change", "Changed") == renamed(checkout, PRODUCT, IDENTIFIER)


KILLED_AT = """
import os, runpy, signal, sys
checkout, count = sys.argv[1], int(sys.argv[2])
sync, done = os.fsync, []
def fsync(handle):
    done.append(handle)
    if len(done) == count:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    sync(handle)
os.fsync = fsync
sys.argv = ["rename.py", *sys.argv[3:]]
runpy.run_path(f"{checkout}/scripts/rename.py", run_name="__main__")
"""


def test_a_rename_killed_at_any_file_is_said_to_be_unfinished_and_can_be_taken_back(checkout: Path) -> None:
    asked = ("--name", PRODUCT, "--id", IDENTIFIER)
    count = len(changes(checkout, read_names(checkout), Names(PRODUCT, IDENTIFIER, "zaune-tore")))
    assert count > 5
    for number in range(1, count + 1):
        command = [sys.executable, "-B", "-c", KILLED_AT, str(checkout), str(number), *asked]
        killed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert killed.returncode not in (0, 1), killed.stderr
        left = re.findall(r"^\?\? (.*\.new)$", git(checkout, "status", "--porcelain"), re.MULTILINE)
        assert len(left) == 1, number

        again = rename(checkout, *asked)
        if number == 1:
            assert again.returncode == 0, "only the leftover was there, and is no change of anybody's"
            git(checkout, "reset", "-q", "--hard")
        else:
            assert (again.returncode, "git restore ." in again.stderr) == (1, True), (
                number,
                again.stdout,
                again.stderr,
            )
            assert not (checkout / left[0]).exists()
            git(checkout, "restore", ".")
        assert git(checkout, "status", "--porcelain") == "", number

    subprocess.run(command, capture_output=True, check=False)
    git(checkout, "restore", ".")
    assert git(checkout, "status", "--porcelain") != "", "the leftover, which is swept up"
    renamed(checkout, PRODUCT, IDENTIFIER)
    assert read_names(checkout).product == PRODUCT
    assert list(checkout.rglob(".*.new")) == []


@pytest.mark.parametrize("untracked", [True, False])
def test_a_dirty_tree_is_left_alone(checkout: Path, untracked: bool) -> None:
    name = "thought.txt" if untracked else "README.md"
    with (checkout / name).open("a") as file:
        file.write("a thought\n")
    before = git(checkout, "status", "--porcelain")
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Commit them" in done.stderr
    assert git(checkout, "status", "--porcelain") == before


def test_a_folder_without_git_is_told_how_to_have_one(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, GIT_CEILING_DIRECTORIES=str(checkout.parent))
    assert done.returncode == 1
    assert "git init" in done.stderr
    assert read_names(checkout) == read_names(ROOT)


def test_make_hands_on_what_was_typed_whatever_quotes_it_holds(checkout: Path) -> None:
    make = ["make", "--no-print-directory", "rename", f"PYTHON={sys.executable}", "ID=org.example.o", "ARGS=--dry-run"]
    run = {"cwd": checkout, "capture_output": True, "text": True, "check": False}
    environment = {**os.environ, "NAME": "of-this-machine"}
    taken = subprocess.run([*make, "NAME=Fine Name"], env=environment, **run)  # type: ignore[call-overload]
    assert "->  Fine Name\n" in taken.stdout, taken.stderr
    refused = subprocess.run([*make, "NAME=a\"; touch 'it"], env=environment, **run)  # type: ignore[call-overload]
    assert (refused.returncode, "The name holds" in refused.stderr) == (2, True)
    assert not (checkout / "it").exists()
    for name in ("Cash$Log", "Cash$$Log", "$(shell touch it)"):
        refused = subprocess.run([*make, f"NAME={name}"], env=environment, **run)  # type: ignore[call-overload]
        assert (refused.returncode, "The name holds" in refused.stderr) == (2, True), refused.stdout
    assert not (checkout / "it").exists()
    missing = subprocess.run(make, env=environment, **run)  # type: ignore[call-overload]
    assert "is empty" in missing.stderr


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "empty"),
        (" My App", "spaces"),
        ("My  App", "spaces"),
        ('My "App"', "holds '\"'"),
        ("Ada's", "some system forbids"),
        ("a/b", "some system forbids"),
        ("a\\b", "some system forbids"),
        ("a:b", "some system forbids"),
        ("a$b", "some system forbids"),
        ("a&b", "some system forbids"),
        ("a\x07b", "some system forbids"),
        ("--", "no letter"),
        (".hidden", "begins"),
        ("ends.", "ends with a dot"),
        ("nul", "device"),
        ("Com1.x", "device"),
        ("x" * 61, "60 is the most"),
    ],
)
def test_a_name_that_some_system_could_not_take_is_refused(name: str, word: str) -> None:
    with pytest.raises(NameRefusedError, match=re.escape(word)):
        check_product(name)


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "myapp",
        "com.example.my app",
        "com.example.my_app",
        "com.exämple.myapp",
        "com..myapp",
        ".com.myapp",
        "com.myapp.",
        "com.7zip",
        "com.example.-x",
        'com.example."x"',
        "com.example.app",
        "com.example.dev",
        "con.example.x",
        "Lpt1.example",
        f"com.{'x' * 100}",
        "com.example.x\n",
    ],
)
def test_an_identifier_that_some_system_could_not_take_is_refused(identifier: str) -> None:
    with pytest.raises(NameRefusedError, match="identifier"):
        check_identifier(identifier)


@pytest.mark.parametrize("name", ["My App", "Übersicht", "日本語", "A.B (2)", "x", "C++ Tutor"])
def test_names_in_any_script_are_fine(name: str) -> None:
    check_product(name)


@pytest.mark.parametrize(
    ("product", "program"),
    [
        ("My App", "my-app"),
        ("Übersicht 2", "ubersicht-2"),
        ("日本語", "own"),
        ("Smørrebrød", "own"),
        ("7 Days", "own"),
        ("Tauri", "tauri-app"),
        ("Build", "build-app"),
        ("Aux", "aux-app"),
        ("Cat", "cat-app"),
        ("Date", "date-app"),
        ("Python", "python-app"),
        ("true", "true-app"),
        ("self", "self-app"),
    ],
)
def test_the_program_is_called_after_the_product_where_it_can(product: str, program: str) -> None:
    assert program_name(product, "org.example.own", {"tauri"}) == program


@pytest.mark.skipif(sys.platform == "win32", reason="nothing lies in /usr/bin there")
def test_a_program_that_another_package_has_is_left_to_it(checkout: Path) -> None:
    own = next(
        path for path in sorted(Path("/usr/bin").iterdir()) if re.fullmatch(r"[a-z][a-z0-9]+-[a-z]{3,}", path.name)
    )
    done = rename(checkout, "--name", own.name, "--id", IDENTIFIER)
    assert (done.returncode, "is another's already" in done.stderr) == (1, True), done.stdout
    assert git(checkout, "status", "--porcelain") == ""


def test_a_program_of_the_systems_name_gets_an_ending_and_that_is_said(checkout: Path) -> None:
    said = renamed(checkout, "Cat", IDENTIFIER)
    assert read_names(checkout).program == "cat-app"
    assert "->  cat-app\n  (-app where" in said


def test_a_place_that_lost_its_name_stops_the_rename(checkout: Path) -> None:
    crate = checkout / "src-tauri" / "Cargo.lock"
    old = read_names(checkout)
    crate.write_text(crate.read_text("utf-8").replace(f'name = "{old.program}"', 'name = "other"'), "utf-8")
    with pytest.raises(NameRefusedError, match=r"Cargo\.lock"):
        changes(checkout, old, Names(PRODUCT, IDENTIFIER, "other-name"))


def test_a_name_changed_by_hand_is_named_and_nothing_else_is_renamed(checkout: Path) -> None:
    config = checkout / "python-backend" / "app" / "core" / "settings.py"
    old = read_names(checkout)
    config.write_text(config.read_text("utf-8").replace(f'"{old.product}"', '"By Hand"'), "utf-8")
    git(checkout, "commit", "-q", "-a", "-m", "By hand")
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER)
    assert (done.returncode, done.stdout) == (1, "")
    assert f'PROJECT_NAME "{old.product}" in python-backend/app/core/settings.py' in done.stderr
    assert git(checkout, "status", "--porcelain") == ""


def test_a_dry_run_in_a_dirty_tree_says_that_the_run_would_be_refused(checkout: Path) -> None:
    (checkout / "thought.txt").write_text("a thought\n")
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--dry-run")
    assert done.returncode == 0
    assert "Without --dry-run it would be refused: There are changes" in done.stdout


def test_icons_without_set_up_say_to_set_up(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.svg").write_text(SQUARE)
    done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / "picture.svg"))
    assert (done.returncode, "make setup" in done.stderr) == (1, True), done.stderr


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(side: int) -> bytes:
    """A square of one colour, with a transparent corner."""
    row = b"\0" + b"\x11\x33\x55\xff" * side
    rows = b"\0" + b"\0" * 4 * side + row * (side - 1)
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def set_up(checkout: Path, tmp_path: Path) -> Path:
    """The copy with what its icons are made with."""
    (checkout / "build").symlink_to(ROOT / "build")
    (checkout / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
    git(checkout, "config", "core.excludesFile", str(tmp_path / "ignored"))
    (tmp_path / "ignored").write_text("build\nnode_modules\n")
    return checkout


@pytest.mark.parametrize(("name", "content"), [("picture.svg", SQUARE.encode()), ("picture.PNG", png(1024))])
def test_one_picture_makes_every_icon(set_up: Path, tmp_path: Path, name: str, content: bytes) -> None:
    icons = set_up / "src-tauri" / "icons"
    before = {path.name: path.read_bytes() for path in icons.iterdir()}
    (tmp_path / name).write_bytes(content)
    done = rename(set_up, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / name))
    assert done.returncode == 0, done.stderr
    after = {path.name: path.read_bytes() for path in icons.iterdir()}
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []

    drawing = (icons / "icon.svg").read_bytes()
    assert (set_up / "frontend" / "public" / "favicon.svg").read_bytes() == drawing
    if name.endswith("svg"):
        assert drawing == content
    else:
        (image,) = ET.fromstring(drawing)  # noqa: S314 (our own file)
        inside = base64.b64decode(image.attrib["href"].removeprefix("data:image/png;base64,"), validate=True)
        assert inside == after["128x128.png"]


def test_a_picture_may_lie_in_the_home_folder(checkout: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    for icon in ("~/picture.png", "~no-such-user/picture.png"):
        done = rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", icon, **home)
        assert f"ICON={icon.replace('~/', f'{tmp_path}/')} is no" in done.stderr


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("none.png", "is no .svg or .png file"),
        ("picture.jpg", "is no .svg or .png file"),
        ("small.png", "is 16 by 16 pixels"),
        ("wide.png", "is 2048 by 1024 pixels"),
        ("broken.png", "No icons came of"),
        ("wide.svg", "must be square. Give"),
    ],
)
def test_a_picture_that_will_not_do_is_refused_and_nothing_is_changed(
    set_up: Path, tmp_path: Path, name: str, wanted: str
) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "broken.png").write_bytes(png(1024)[:90])
    (tmp_path / "small.png").write_bytes(png(16))
    (tmp_path / "wide.png").write_bytes(
        png(1024).replace(struct.pack(">II", 1024, 1024), struct.pack(">II", 2048, 1024))
    )
    (tmp_path / "wide.svg").write_text(SQUARE.replace('viewBox="0 0 10 10"', 'viewBox="0 0 20 10"'))
    done = rename(set_up, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / name))
    assert (done.returncode, wanted in done.stderr) == (1, True), done.stderr
    assert "--fit" not in done.stderr
    assert "make setup" not in done.stderr
    assert git(set_up, "status", "--porcelain") == ""
