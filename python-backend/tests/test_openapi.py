import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def test_committed_openapi_document_is_current(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    write = [sys.executable, "-I", "-B", str(ROOT / "scripts" / "run.py"), "scripts.codegen.openapi", str(document)]
    subprocess.run(write, check=True)
    current = document.read_text("utf-8")
    committed = (ROOT / "frontend" / "openapi.json").read_text("utf-8")
    assert committed == current, "run `make generate-client` and commit its changes"


def test_operation_ids_are_short_and_unique() -> None:
    document = json.loads((ROOT / "frontend" / "openapi.json").read_text("utf-8"))
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert "items-read_items" in ids


def strings_without_example(document: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    """Return the text fields of a request schema without an example."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return strings_without_example(document, document["components"]["schemas"][name], name)
    found = [
        place
        for name, part in schema.get("properties", {}).items()
        for place in strings_without_example(
            document, part | {"examples": schema.get("examples", part.get("examples"))}, f"{at}.{name}"
        )
    ]
    for part in schema.get("anyOf", []):
        found += strings_without_example(
            document, part | {"examples": schema.get("examples") or part.get("examples")}, at
        )
    open_text = (
        schema.get("type") == "string" and not {"enum", "const"} & schema.keys() and schema.get("format") != "binary"
    )
    return [*found, at] if open_text and not schema.get("examples") else found


def test_each_request_text_field_has_an_example() -> None:
    document = json.loads((ROOT / "frontend" / "openapi.json").read_text("utf-8"))
    missing = {
        place
        for path in document["paths"].values()
        for operation in path.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "example" not in content
        for place in strings_without_example(document, content["schema"], operation["operationId"])
    }
    assert missing == set(), (
        "no example: add `PydanticField(examples=[…])` to the field's type in app/models/, as for Title in item.py, "
        "then run `make generate-client`"
    )


def test_document_describes_headers_errors_and_parameters() -> None:
    document = json.loads((ROOT / "frontend" / "openapi.json").read_text("utf-8"))
    assert "X-Launch-Token" in document["info"]["description"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for operation in operations:
        assert "500" in operation["responses"], operation["operationId"]
        for status in {"429", "503"} & operation["responses"].keys():
            assert "Retry-After" in operation["responses"][status]["headers"], operation["operationId"]
        for parameter in (
            operation.get("parameters", []) if operation["tags"][0] in {"items", "settings", "utils"} else []
        ):
            assert parameter.get("description"), (operation["operationId"], parameter["name"])
