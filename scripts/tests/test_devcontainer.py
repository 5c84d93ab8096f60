"""The dev container installs the packages that `make doctor` requires on Debian."""

import json
import re
import shlex

from harness.app import ROOT
from harness.browser_programs import BROWSERS
from scripts.setup.machine import (
    GO_PACKAGES,
    INSTALLER_TEST_PACKAGES,
    SERVER_PACKAGES,
    TEST_PACKAGES,
    WINDOW_PACKAGES,
    tools,
)

IN_THE_IMAGE = {"git"}
BY_FEATURE = {"node": {"nodejs", "npm"}, "rust": {"rustup"}}
"""Packages that a dev container feature replaces."""

BY_FLAG = {
    "--window": set(WINDOW_PACKAGES),
    "--test": {*TEST_PACKAGES, BROWSERS[0], *GO_PACKAGES},
    "--installed": set(INSTALLER_TEST_PACKAGES),
    "--server": set(SERVER_PACKAGES),
}


def container() -> dict[str, str | dict[str, object]]:
    config: dict[str, str | dict[str, object]] = json.loads(
        (ROOT / ".devcontainer/devcontainer.json").read_text("utf-8")
    )
    return config


def installed_by(command: str) -> set[str]:
    """The packages of an apt-get command."""
    words = shlex.split(command.partition("&& rustup")[0].partition("apt-get install")[2])
    return {word for word in words if not word.startswith("-")}


def required_packages() -> set[str]:
    return set().union(*(installed_by(tool.install["debian"]) for tool in tools() if "debian" in tool.install))


def bootstrap_packages() -> set[str]:
    flags = re.findall(r"--\w+", str(container()["updateContentCommand"]).partition("&&")[0])
    return set().union(*(BY_FLAG[flag] for flag in flags))


def test_devcontainer_installs_every_package_named_by_doctor() -> None:
    features = {re.sub(r".*/(.*):\d+", r"\1", name) for name in container()["features"]}
    feature_packages = set().union(*(BY_FEATURE[feature] for feature in features))
    created = installed_by(str(container()["onCreateCommand"])) - {"python3"}
    assert required_packages() <= IN_THE_IMAGE | feature_packages | created | bootstrap_packages()
    assert feature_packages | created <= required_packages(), "unused packages"
    assert created & bootstrap_packages() == set(), "packages that are installed twice"


def test_doctor_names_only_debian_packages_that_setup_installs() -> None:
    manual = IN_THE_IMAGE | {"make", "nodejs", "npm", "rustup", "default-jre-headless", "maven"}
    assert required_packages() - manual <= set().union(*BY_FLAG.values())


def test_devcontainer_runs_make_setup() -> None:
    assert str(container()["updateContentCommand"]).endswith("&& make setup")
