"""Generate the Rust client of the backend, src-tauri/backend-client, from frontend/openapi.json: `make generate-client`.

It contains only the routes that the shell calls (TAGS). If they have changed, Java and Maven are required: Maven downloads
openapi-generator once. sources.sha256 has the digests of the input, the generator and the generated files. A test compares them, so that
an outdated client is detected without Java.
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
"""Tags of the routes that the shell calls. To call others, add their tag and run `make generate-client`."""
CLIENT = ROOT / "src-tauri" / "backend-client"
DIGESTS_FILE = CLIENT / "sources.sha256"
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


def used_document() -> str:
    """The part of the document that the shell uses, with a fixed title: a rename of the app does not change it."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    paths = {
        path: used
        for path, operations in document["paths"].items()
        if (used := {method: operation for method, operation in operations.items() if TAGS & set(operation["tags"])})
    }
    schemas: dict[str, object] = {}
    referenced = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(paths)))
    while missing := referenced - schemas.keys():
        for name in missing:
            schemas[name] = document["components"]["schemas"][name]
            referenced |= set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schemas[name])))
    components = {**document["components"], "schemas": schemas}
    info = {**document["info"], "title": "Backend", "description": "What the desktop shell calls."}
    part = {**document, "info": info, "paths": paths, "components": components}
    return json.dumps(part, indent=2, sort_keys=True) + "\n"


def digests() -> str:
    """Expected content of sources.sha256: digests of the generator's input and of each generated file."""
    generator_input = "\n".join((used_document(), JAR_SHA256, *OPTIONS))
    input_digest = hashlib.sha256(generator_input.encode()).hexdigest()
    return f"{input_digest}  the used part of frontend/openapi.json, the generator and its options\n" + "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n"
        for path in sorted((CLIENT / "src").rglob("*.rs"))
    )


def run(*command: str) -> None:
    """Run a tool without showing its output. Exits with the output if it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode:
        sys.exit(f"{result.stdout}\n{command[0]} exited with {result.returncode}. The Rust client is unchanged.")


def generator_jar() -> Path:
    """Path of the pinned openapi-generator. Exits with a message if it cannot be downloaded or has the wrong digest."""
    missing = [tool for tool in ("java", "mvn", "rustfmt") if not shutil.which(tool)]
    if missing:
        sys.exit(
            f"The Rust client requires {' and '.join(missing)}. Debian, Ubuntu: apt install default-jre-headless maven; "
            "rustfmt: rustup component add rustfmt. The TypeScript client was written."
        )
    jar = JARS / f"openapi-generator-cli-{VERSION}.jar"
    if not jar.exists():
        print(f"Downloading openapi-generator {VERSION}", flush=True)
        artifact = f"-Dartifact=org.openapitools:openapi-generator-cli:{VERSION}:jar"
        run("mvn", "-q", "-B", COPY_GOAL, artifact, f"-DoutputDirectory={JARS}")
    digest = hashlib.sha256(jar.read_bytes()).hexdigest()
    if digest != JAR_SHA256:
        sys.exit(f"{jar} has the sha256 {digest}, not the pinned {JAR_SHA256}. Delete it and try again.")
    return jar


def main() -> None:
    if DIGESTS_FILE.is_file() and DIGESTS_FILE.read_text("utf-8") == digests():
        print("The Rust client is up to date")
        return
    jar = generator_jar()
    with tempfile.TemporaryDirectory(dir=CLIENT) as scratch:
        document = Path(scratch) / "openapi.json"
        document.write_text(used_document(), "utf-8")
        run("java", "-jar", str(jar), "generate", "-g", "rust", "-i", str(document), "-o", scratch, *OPTIONS)
        written = Path(scratch) / "src"
        run("rustfmt", "--edition", "2021", str(written / "lib.rs"))
        shutil.rmtree(CLIENT / "src", ignore_errors=True)
        written.rename(CLIENT / "src")
    DIGESTS_FILE.write_text(digests(), "utf-8")
    print(f"Wrote the Rust client to {CLIENT.relative_to(ROOT)}")


if __name__ == "__main__":
    apply_tool_environment()
    main()
