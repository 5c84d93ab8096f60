"""Run pytest on Windows' Python under Wine, without the tests that Wine cannot run: pytest_under_wine.py ARGUMENTS..."""

import sys

import pytest

from scripts.platforms.skipped import LIST, skipped


class SkipByName:
    """Marks the listed tests as skipped, each with its reason."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        reasons = skipped("backend")
        by_name: dict[str, list[pytest.Item]] = {}
        for item in items:
            name = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
            by_name.setdefault(name, []).append(item)
        files = {item.path.name for item in items}
        gone = [name for name in reasons if name.partition("::")[0] in files and name not in by_name]
        if gone:
            raise pytest.UsageError(f"{LIST.name} lists tests that do not exist: {', '.join(gone)}")
        for name, reason in reasons.items():
            for item in by_name.get(name, []):
                item.add_marker(pytest.mark.skip(reason=f"Wine: {reason}"))


if __name__ == "__main__":
    sys.exit(pytest.main(sys.argv[1:], plugins=[SkipByName()]))
