"""The bill of materials and the license report list every shipped component and report missing groups."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from runtime.cli import main
from runtime.errors import TreeDamagedError
from runtime.integrity.stamp import read_stamp
from runtime.inventory import components as components_module
from runtime.inventory.components import Components, components
from runtime.inventory.crates import packages_from_metadata
from runtime.inventory.frontend_packages import npm_packages
from runtime.inventory.licenses import licenses_data, licenses_page
from runtime.inventory.packages import Package, python_packages
from runtime.inventory.sbom import sbom
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import REPO, StagingProject

PROJECT = Project.at(REPO)
TREE = PROJECT.tree(host_target())


def test_python_packages_match_the_lock_and_have_licenses() -> None:
    locked = set(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==(\S+)", PROJECT.lock_file.read_text(encoding="utf-8")))
    found = python_packages(TREE / "site-packages")
    assert {(package.name, package.version) for package in found} == locked
    assert [package.name for package in found if not package.texts] == []
    assert [package.name for package in found if package.license == "not stated"] == []


def test_bill_of_materials_of_the_staged_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "bill.json"
    assert main(["sbom", "--output", str(output), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["counts"]
    bill = json.loads(output.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert len(bill["components"]) == sum(counts.values())
    references = [component["bom-ref"] for component in bill["components"]]
    assert len(set(references)) == len(references)
    by_name = {component["name"]: component for component in bill["components"]}
    assert by_name["fastapi"]["licenses"] == [{"expression": "MIT"}]
    assert by_name["openssl"]["version"].startswith("3.")
    assert by_name["cpython"]["purl"].startswith("pkg:generic/cpython@3.14.")
    first = output.read_bytes()
    assert main(["sbom", "--output", str(output)]) == 0
    assert output.read_bytes() == first


def schema_violations(bill: str) -> list[str]:
    """Violations of the CycloneDX schema and its SPDX schema, including unknown fields."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill, all_errors=True)
    return [str(fault.data) for fault in found or ()]


def test_bill_of_materials_passes_strict_validation(tmp_path: Path) -> None:
    output = tmp_path / "bill.json"
    assert main(["sbom", "--output", str(output)]) == 0
    bill = output.read_text(encoding="utf-8")
    assert schema_violations(bill) == []
    document = json.loads(bill)
    for broken in (
        {"components": [document["components"][0], document["components"][0]]},
        {"components": [{"type": "library", "version": "1"}]},
        {"serialNumber": "urn:uuid:1"},
        {"made": "up"},
    ):
        assert schema_violations(json.dumps(document | broken)), broken


def crate(name: str, kinds: list[str], source: str | None = "registry") -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "version": "1.0.0",
        "license": "MIT/Apache-2.0",
        "source": source,
        "manifest_path": f"/nowhere/{name}/Cargo.toml",
        "targets": [{"kind": kinds}],
    }


def node(name: str, **needs: str | None) -> dict[str, Any]:
    return {"id": name, "deps": [{"pkg": needed, "dep_kinds": [{"kind": kind}]} for needed, kind in needs.items()]}


def test_only_linked_crates_are_listed() -> None:
    metadata = {
        "packages": [
            crate("app", ["bin"], source=None),
            *(crate(name, ["lib"]) for name in ("linked", "deep", "in_a_macro", "for_tests", "for_builds")),
            crate("a_macro", ["proc-macro"]),
        ],
        "resolve": {
            "root": "app",
            "nodes": [
                node("app", linked=None, a_macro=None, for_tests="dev", for_builds="build"),
                node("linked", deep=None),
                node("a_macro", in_a_macro=None),
                *(node(name) for name in ("deep", "in_a_macro", "for_tests", "for_builds")),
            ],
        },
    }
    found = packages_from_metadata(metadata)
    assert [package.purl for package in found] == ["pkg:cargo/deep@1.0.0", "pkg:cargo/linked@1.0.0"]
    assert found[0].license == "MIT OR Apache-2.0"


def npm(folder: Path, name: str, version: str, **more: object) -> Path:
    """An installed npm package."""
    made = folder / "node_modules" / name
    made.mkdir(parents=True)
    described = {"name": name, "version": version, "license": "MIT"} | more
    (made / "package.json").write_text(json.dumps(described), encoding="utf-8")
    (made / "LICENSE").write_text(f"the license of {name}", encoding="utf-8")
    return made


def test_npm_packages_are_resolved_like_node(tmp_path: Path) -> None:
    described = {"dependencies": {"a": "1", "@s/b": "1"}, "devDependencies": {"tool": "1"}}
    (tmp_path / "package.json").write_text(json.dumps(described), encoding="utf-8")
    assert npm_packages(tmp_path) is None
    a = npm(tmp_path, "a", "1.0.0", dependencies={"c": "2"}, optionalDependencies={"not-here": "1"})
    npm(a, "c", "2.0.0")
    npm(tmp_path, "c", "1.0.0")
    npm(tmp_path, "@s/b", "3.0.0", dependencies={"c": "1", "a": "1"})
    npm(tmp_path, "tool", "1.0.0")
    found = npm_packages(tmp_path)
    assert found is not None
    assert [package.purl for package in found] == [
        *("pkg:npm/%40s/b@3.0.0", "pkg:npm/a@1.0.0", "pkg:npm/c@1.0.0", "pkg:npm/c@2.0.0")
    ]
    assert found[1].texts == {"LICENSE": "the license of a"}


def test_missing_groups_are_reported_in_both_reports_and_to_the_user(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(components_module, "interpreter_libraries", lambda *_: None)
    staging_project.staging().run()
    assert main(["sbom", "--json"], staging_project.project) == 0
    output = capsys.readouterr()
    data = json.loads(output.out)
    assert data["missing"] == ["Libraries in the interpreter", "Rust crates", "npm packages"]
    assert "Missing in the report: npm packages (first run: make setup)." in output.err
    bill = json.loads(Path(data["file"]).read_text(encoding="utf-8"))
    incomplete = [entry["value"] for entry in bill["metadata"]["properties"] if entry["name"] == "runtime:incomplete"]
    assert "without npm packages" in incomplete
    assert main(["licenses", "--json"], staging_project.project) == 0
    page = Path(json.loads(capsys.readouterr().out)["file"]).read_text(encoding="utf-8")
    assert "Missing in this report: npm packages" in page
    assert "the license" in page


def test_license_page_escapes_texts(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    stamp = read_stamp(staging_project.tree)
    assert stamp is not None
    hostile = Package("<b>bold</b>", "1", "pkg:pypi/x@1", "MIT & more", texts={"<x>": "<script>alert(1)</script>"})
    same_text = Package("other", "1", "pkg:pypi/other@1", "MIT", texts=hostile.texts)
    page = licenses_page(Components(stamp, {"<Group>": [hostile, same_text]}, {}), "An <app>")
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Reader().feed(page)
    assert not {"script", "b", "x", "group", "app", "link", "img"} & set(tags)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 1
    assert page.count('href="#text-1"') == 2
    assert json.loads(sbom(Components(stamp, {"x": [hostile]}, {}), "a", "1"))["components"][0]["name"] == "<b>bold</b>"


def test_license_data_has_every_component_and_each_text_once(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    stamp = read_stamp(staging_project.tree)
    assert stamp is not None
    shared, other = {"LICENSE": "shared"}, {"LICENSE": "another", "NOTICE": "shared"}
    one = Package("one", "1", "pkg:pypi/one@1", "MIT", texts=shared)
    two = Package("two", "2", "pkg:pypi/two@2", "ISC", texts=other)
    bare = Package("bare", "3", "pkg:pypi/bare@3", "not stated")
    assert json.loads(
        licenses_data(Components(stamp, {"First": [one, two], "Second": [bare]}, {"Third": "advice"}))
    ) == {
        "groups": [
            {
                "heading": "First",
                "components": [
                    {"name": "one", "version": "1", "license": "MIT", "texts": [{"file": "LICENSE", "text": 0}]},
                    {
                        "name": "two",
                        "version": "2",
                        "license": "ISC",
                        "texts": [{"file": "LICENSE", "text": 1}, {"file": "NOTICE", "text": 0}],
                    },
                ],
            },
            {
                "heading": "Second",
                "components": [{"name": "bare", "version": "3", "license": "not stated", "texts": []}],
            },
        ],
        "missing": ["Third"],
        "texts": ["shared", "another"],
    }


def test_licenses_writes_page_and_data_or_the_requested_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, data = PROJECT.report("licenses", host_target()), PROJECT.report("licenses-data", host_target())
    for path in (page, data):
        path.unlink(missing_ok=True)
    assert main(["licenses"]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    counts = {
        group["heading"]: len(group["components"]) for group in json.loads(data.read_text(encoding="utf-8"))["groups"]
    }
    output = tmp_path / "licenses.json"
    capsys.readouterr()
    assert main(["licenses", "--output", str(output), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == counts
    assert output.read_bytes() == data.read_bytes()
    assert list(tmp_path.iterdir()) == [output]


def test_components_of_a_missing_tree_are_refused(staging_project: StagingProject) -> None:
    with pytest.raises(TreeDamagedError, match="python3 -m runtime stage"):
        components(staging_project.tree, staging_project.project)
