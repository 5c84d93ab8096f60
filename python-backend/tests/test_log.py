import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import log


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_the_log_is_rotated_and_the_oldest_file_goes(
    tmp_path: Path, root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_FILE_BYTES", 1_000)
    log.configure(tmp_path, "info")
    for number in range(200):
        root_logger.info("line %d", number)
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["fastapi.log", "fastapi.log.1", "fastapi.log.2"]
    assert "line 199" in (tmp_path / "logs" / "fastapi.log").read_text()
    assert all((tmp_path / "logs" / name).stat().st_size <= 1_000 for name in files)


def test_lines_below_the_level_are_left_out(tmp_path: Path, root_logger: logging.Logger) -> None:
    log.configure(tmp_path, "warning")
    root_logger.info("quiet")
    root_logger.warning("loud")
    text = (tmp_path / "logs" / "fastapi.log").read_text()
    assert "loud" in text
    assert "quiet" not in text
