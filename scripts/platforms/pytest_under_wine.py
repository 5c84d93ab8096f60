"""Run pytest on Windows' Python under Wine, and skip the tests that Wine does not support: pytest_under_wine.py ARGUMENTS..."""

import sys

import pytest

from scripts.platforms.skipped import SKIP_FILE, skip_reasons


class SkipByName:
    """Marks the listed tests as skipped, each with its reason."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        reasons = skip_reasons("backend")
        by_name: dict[str, list[pytest.Item]] = {}
        for item in items:
            name = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
            by_name.setdefault(name, []).append(item)
        files = {item.path.name for item in items}
        unknown = [name for name in reasons if name.partition("::")[0] in files and name not in by_name]
        if unknown:
            raise pytest.UsageError(f"{SKIP_FILE.name} lists tests that do not exist: {', '.join(unknown)}")
        for name, reason in reasons.items():
            for item in by_name.get(name, []):
                item.add_marker(pytest.mark.skip(reason=f"Wine: {reason}"))


if __name__ == "__main__":
    sys.exit(pytest.main(sys.argv[1:], plugins=[SkipByName()]))
