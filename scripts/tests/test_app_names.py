"""Valid names of the app."""

import re
import tomllib

import pytest

from harness.app import ROOT
from scripts.app_names import (
    CRATE_LOCK,
    NameRefusedError,
    check_identifier,
    check_product,
    program_name,
    read_names,
    third_party_crates,
)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "empty"),
        (" My App", "spaces"),
        ("My  App", "spaces"),
        ('My "App"', "contains '\"'"),
        ("Ada's", "not allowed in file names"),
        ("a/b", "not allowed in file names"),
        ("a\\b", "not allowed in file names"),
        ("a:b", "not allowed in file names"),
        ("a$b", "not allowed in file names"),
        ("a&b", "not allowed in file names"),
        ("a\x07b", "not allowed in file names"),
        ("--", "no letter"),
        (".hidden", "begins"),
        ("ends.", "ends with a dot"),
        ("nul", "device"),
        ("Com1.x", "device"),
        ("x" * 61, "maximum is 60"),
    ],
)
def test_product_name_invalid_on_any_platform_is_refused(name: str, word: str) -> None:
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
def test_identifier_invalid_on_any_platform_is_refused(identifier: str) -> None:
    with pytest.raises(NameRefusedError, match="identifier"):
        check_identifier(identifier)


@pytest.mark.parametrize("name", ["My App", "Übersicht", "日本語", "A.B (2)", "x", "C++ Tutor"])
def test_product_name_in_any_script_is_accepted(name: str) -> None:
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
def test_program_name_is_derived_from_the_product_name(product: str, program: str) -> None:
    assert program_name(product, "org.example.own", {"tauri"}) == program


def test_program_is_never_named_like_another_crate_of_the_lock() -> None:
    third_party = third_party_crates(ROOT)
    crates = {package["name"] for package in tomllib.loads((ROOT / CRATE_LOCK).read_text("utf-8"))["package"]}
    for crate in crates - {read_names(ROOT).program}:
        assert program_name(crate, "org.example.own", third_party) != crate
