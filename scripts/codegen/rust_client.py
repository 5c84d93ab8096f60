"""Generate the Rust client of the backend, src-tauri/backend-client, from frontend/openapi.json: `make generate-client`.

Only what the shell calls (TAGS) is in it, so a new route of the UI's leaves it as it is. When that part did change, Java and
Maven are needed, which nothing else in this project asks for: Maven fetches openapi-generator, once. What was generated from
what is written to sources.sha256, which a test reads, so that drift is noticed on machines without Java too.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT

DOCUMENT = ROOT / "frontend" / "openapi.json"

TAGS = {"utils"}
"""The routes the shell calls, by their tag. Add one here to call more from Rust, then `make generate-client`."""
CLIENT = ROOT / "src-tauri" / "backend-client"
SOURCES = CLIENT / "sources.sha256"
JARS = ROOT / "build" / "tools" / "openapi-generator"

VERSION = "7.25.0"
JAR_SHA256 = "41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
OPTIONS = [
    "--additional-properties=library=reqwest,packageName=backend-client,supportAsync=false,avoidBoxedModels=true,useChrono=false",
    # The default type of a binary body is a file path, which doesn't compile.
    "--type-mappings=file=Vec<u8>",
    "--global-property=apiDocs=false,modelDocs=false",
]


def called() -> str:
    """The operations that the shell calls, with their schemas and a fixed title, so that renaming the app changes nothing."""
    whole = json.loads(DOCUMENT.read_text("utf-8"))
    paths = {
        path: retained
        for path, operations in whole["paths"].items()
        if (retained := {method: what for method, what in operations.items() if TAGS & set(what["tags"])})
    }
    schemas: dict[str, object] = {}
    wanted = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(paths)))
    while missing := wanted - schemas.keys():
        for name in missing:
            schemas[name] = whole["components"]["schemas"][name]
            wanted |= set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schemas[name])))
    components = {**whole["components"], "schemas": schemas}
    info = {**whole["info"], "title": "Backend", "description": "What the desktop shell calls."}
    part = {**whole, "info": info, "paths": paths, "components": components}
    return json.dumps(part, indent=2, sort_keys=True) + "\n"


def sources() -> str:
    """Expected text of `sources.sha256`: digests of the used part of the document and of every generated file."""
    document = hashlib.sha256(called().encode()).hexdigest()
    return f"{document}  the part of frontend/openapi.json that is called\n" + "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n"
        for path in sorted((CLIENT / "src").rglob("*.rs"))
    )


def run(*command: str) -> None:
    """Run a tool quietly. Exits with its output when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{command[0]} ended with {done.returncode}. The Rust client is as it was.")


def generator() -> Path:
    """Path of the pinned openapi-generator. Exits with a message when it can't be downloaded or has the wrong digest."""
    missing = [tool for tool in ("java", "mvn", "rustfmt") if not shutil.which(tool)]
    if missing:
        sys.exit(
            f"The Rust client needs {' and '.join(missing)}. Debian, Ubuntu: apt install default-jre-headless maven; "
            "rustfmt: rustup component add rustfmt. The TypeScript client is written."
        )
    jar = JARS / f"openapi-generator-cli-{VERSION}.jar"
    if not jar.exists():
        print(f"Fetching openapi-generator {VERSION}", flush=True)
        artifact = f"-Dartifact=org.openapitools:openapi-generator-cli:{VERSION}:jar"
        run("mvn", "-q", "-B", COPY_GOAL, artifact, f"-DoutputDirectory={JARS}")
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != JAR_SHA256:
        sys.exit(f"{jar} has the sha256 {found}, not the pinned {JAR_SHA256}. Delete it and try again.")
    return jar


def main() -> None:
    if SOURCES.is_file() and SOURCES.read_text("utf-8") == sources():
        print("The Rust client is up to date: nothing the shell calls has changed")
        return
    jar = generator()
    with tempfile.TemporaryDirectory(dir=CLIENT) as scratch:
        document = Path(scratch) / "called.json"
        document.write_text(called(), "utf-8")
        run("java", "-jar", str(jar), "generate", "-g", "rust", "-i", str(document), "-o", scratch, *OPTIONS)
        written = Path(scratch) / "src"
        run("rustfmt", "--edition", "2021", str(written / "lib.rs"))
        shutil.rmtree(CLIENT / "src", ignore_errors=True)
        written.rename(CLIENT / "src")
    SOURCES.write_text(sources(), "utf-8")
    print(f"Wrote the Rust client to {CLIENT.relative_to(ROOT)}")


if __name__ == "__main__":
    apply_tool_environment()
    main()
