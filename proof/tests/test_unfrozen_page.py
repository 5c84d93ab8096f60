"""docs/unfrozen.md."""

import re

from harness.unfrozen_probes.base import PROBES, title
from proof.unfrozen_doc import DOCUMENT


def test_page_lists_every_probe() -> None:
    rows = re.findall(r"(?m)^\| (?!feature \||---)(.*?) \| ", DOCUMENT.read_text("utf-8").partition("## ")[0])
    assert rows == [title(name) for name in PROBES]
