"""Commands, settings, error codes, links and paths in the docs exist."""

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from app.core import about
from app.core import errors as app_errors
from app.core.error_codes import AnyErrorCode
from app.core.settings import Settings
from app.host import application
from backend_host import errors
from backend_host.launch import flags
from harness.app import ROOT
from harness.checkout import project_files, shell_constants, template_only
from harness.guide import apply_guide
from scripts.rename.remove_proof import PATHS

PAGES = [name for name in project_files() if name.endswith(".md")]
CURRENT = [name for name in PAGES if not name.endswith("CHANGELOG.md")]
"""Pages that describe the current project. Changelogs also contain old names."""


def prose(page: str) -> str:
    """The page without its code blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def rows(page: str) -> dict[str, list[str]]:
    """Cells of the table rows whose first cell is a name in backticks, by that name."""
    lines = re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in lines}


def anchors(page: Path) -> set[str]:
    """Anchors that GitHub generates for the headings of a page."""
    headings = re.findall(r"^#+ +(.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_has_an_existing_target(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page)) + re.findall(r'(?:src|srcset)="([^"]+)"', prose(page))
    for target in targets:
        if re.match(r"\w+://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(file), f"{page}: {target}"


@pytest.mark.parametrize("page", CURRENT)
def test_every_named_make_target_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"`make ([a-z][a-z-]+)", text)) | set(
        re.findall(r"^ *make ([a-z][a-z-]+)", text, re.MULTILINE)
    )
    makefiles = [ROOT / "Makefile"]
    if page.startswith("proof/") or page in PATHS:
        makefiles.append(ROOT / "proof" / "Makefile")
    existing = {
        name for path in makefiles for name in re.findall(r"^([a-z][a-z-]*):", path.read_text("utf-8"), re.MULTILINE)
    }
    assert named - {"entity"} <= existing


def test_make_help_lists_every_target_of_the_readme() -> None:
    helped = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "help"], capture_output=True, text=True, check=True
    )
    listed = set(re.findall(r"^  make (\S+)", helped.stdout, re.MULTILINE))
    readme = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert readme <= listed | {"test-installed"}


def test_every_setting_is_documented_with_default_and_sources() -> None:
    documented = rows("docs/configuration.md")
    fields = {field.validation_alias or name: field for name, field in Settings.model_fields.items()}
    assert set(documented) == set(fields)
    for name, field in fields.items():
        default, flag, in_file, _ = documented[str(name)]
        if name == "PROJECT_NAME":
            assert default == "the app's name"
        elif field.default in (None, ""):
            assert default == "none", name
        else:
            value = (
                field.default
                if isinstance(field.default, str)
                else json.dumps(field.default, default=str, separators=(",", ":"))
            )
            assert default == f"`{value.strip(chr(34))}`", name
        has_flag = name in {*flags.HOST_FLAGS, *application.flags}
        assert flag == (f"`--{str(name).lower().replace('_', '-')}`" if has_flag else "none"), name
        assert in_file == ("no" if name in Settings.LAUNCH_ONLY else "yes"), name


def start_codes() -> set[str]:
    kinds = [*vars(errors).values(), *vars(app_errors).values()]
    return {kind.code for kind in kinds if isinstance(kind, type) and hasattr(kind, "code")}


def shell_codes() -> set[str]:
    return {*shell_constants()["failure_codes"], shell_constants()["unavailable_code"]}


def server_codes() -> set[str]:
    """Codes for an unusable server: those of the shell, and the only one of the page."""
    return {*shell_constants()["server_error_codes"], "window_blocked"}


def request_codes() -> set[str]:
    return set(map(str, AnyErrorCode))


def test_documented_error_codes_equal_those_of_the_code() -> None:
    codes = start_codes() | shell_codes() | server_codes() | request_codes()
    assert {
        "data_dir_in_use",
        "runtime_damaged",
        "certificate",
        "window_blocked",
        "launch_token",
        "internal",
        "path_conflict",
    } <= codes
    assert set(rows("docs/troubleshooting.md")) == codes


def test_launch_contract_names_every_code_of_the_shell() -> None:
    contract = (ROOT / "docs/launch-contract.md").read_text("utf-8")
    assert {code for code in shell_codes() if f"`{code}`" not in contract} == set()


def test_shell_config_names_the_api_version_and_path_of_the_backend() -> None:
    config = json.loads((ROOT / "src-tauri/tauri.conf.json").read_text("utf-8"))["plugins"]["python-backend"]
    assert (config["apiVersion"], config["apiPath"]) == (about.API_VERSION, Settings.model_fields["API_V1_STR"].default)


def test_every_script_has_a_docstring_and_a_caller() -> None:
    names = [Path(name) for name in project_files() if re.fullmatch(r"(scripts|proof)/(?!tests/)[\w/]+\.py", name)]
    texts = {
        name: (ROOT / name).read_text("utf-8")
        for name in project_files()
        if name.endswith(("Makefile", ".py", ".yml", ".md", ".spec"))
    }
    for path in names:
        assert ast.get_docstring(ast.parse(texts[path.as_posix()])), path
        package = ".".join(path.parent.parts)
        if path.stem == "__init__":
            continue
        module = package if path.stem == "__main__" else f"{package}.{path.stem}"
        used = re.compile(rf"\b{path.stem}\.py\b|\b{module}\b|\bfrom {package} import .*\b{path.stem}\b")
        assert any(used.search(text) for name, text in texts.items() if name != path.as_posix()), path


DECISIONS = [name for name in PAGES if re.match(r"docs/decisions/\d", name)]


def test_decisions_are_numbered_once_each_and_listed() -> None:
    numbers = [Path(name).name[:4] for name in DECISIONS]
    assert len(numbers) == len(set(numbers))
    titles = {name: (ROOT / name).read_text("utf-8").partition("\n")[0].removeprefix("# ") for name in DECISIONS}
    listed = re.findall(r"^- \[(.*)\]\((.*)\)$", (ROOT / "docs/decisions/README.md").read_text("utf-8"), re.MULTILINE)
    assert listed == [(titles[name], Path(name).name) for name in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS)
def test_decision_has_the_usual_sections(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert text.startswith(f"# {Path(page).name[:4]}. ")
    sections = ["Status", "Context", "Decision", "Consequences", "Alternatives"]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == sections


def test_index_lists_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {Path(name).name for name in PAGES if re.fullmatch(r"docs/[\w-]+\.md", name)} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


@template_only
def test_guides_apply_to_a_checkout(checkout: Path) -> None:
    apply_guide(ROOT / "docs/new-entity.md", checkout)
    apply_guide(ROOT / "docs/remove-items.md", checkout)


FILES_OF_OTHER_PROJECTS = {
    "playwright.config.ts",  # of the FastAPI template
    "reset-password.spec.ts",
    "utils/privateApi.ts",
    "sqlalchemy/sql/compiler.py",
}
SOURCE_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|rs|tsx?|md|yml|nsh|plist|spec|in)|[\w-]+(?:/[\w.-]+)*\.toml")
FOLDER = re.compile(r"(?:[\w.-]+/){2,}")


@cache
def paths() -> frozenset[str]:
    """Every suffix of the path of each file and folder of the project; folders end in `/`."""
    files = project_files()
    folders = {f"{folder.as_posix()}/" for name in files for folder in Path(name).parents[:-1]}
    return frozenset(
        name.split("/", n)[n] for name in {*files, *folders} for n in range(name.rstrip("/").count("/") + 1)
    )


@pytest.mark.parametrize("page", CURRENT)
def test_every_named_path_and_module_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    folders = tuple(name for name in paths() if name.count("/") == 1 and (ROOT / name).is_dir())
    for name in set(re.findall(r"`([^`\n]+)`", prose(page))) - FILES_OF_OTHER_PROJECTS:
        if SOURCE_FILE.fullmatch(name) or (
            FOLDER.fullmatch(name) and name.startswith(folders) and not name.startswith(("build/", "src-tauri/target/"))
        ):
            assert name in paths(), name
    for module in re.findall(r"python3? (?:-\S+ )*-m ((?:scripts|runtime|proof|harness)[\w.]*)", text):
        file = module.rstrip(".").replace(".", "/")
        assert {f"{file}.py", f"{file}/__main__.py"} & paths(), module
