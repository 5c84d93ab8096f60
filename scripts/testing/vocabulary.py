"""Report terms that docs/vocabulary.txt replaces by the field's: `file:line: term ==> suggestion`. Run by the bundled interpreter.

codespell splits text into words by a regular expression. This one adds the phrases of the list and splits
identifiers in snake case and camel case. An inline comment `codespell:ignore` and the word permit one use.
Changelogs are skipped, because they list old names.
"""

import re
import sys

from codespell_lib import main as codespell

from scripts.project import ROOT

TERMS = ROOT / "docs" / "vocabulary.txt"
WORDS = r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+"


def pattern(terms: str) -> str:
    """The regular expression of what codespell looks up: the phrases in `terms`, longest first, else single words."""
    phrases = (line.partition("->")[0] for line in terms.splitlines())
    longest_first = sorted((phrase for phrase in phrases if " " in phrase), key=len, reverse=True)
    return "|".join([*(rf"(?i:\b{re.escape(phrase)}\b)" for phrase in longest_first), WORDS])


def main() -> int:
    """Check the files and folders in `sys.argv`, or the working directory. Returns 0 if nothing is found."""
    options = ["--skip=*CHANGELOG.md", f"--dictionary={TERMS}", f"--regex={pattern(TERMS.read_text('utf-8'))}"]
    return int(codespell(*options, *(sys.argv[1:] or ["."])))


if __name__ == "__main__":
    sys.exit(main())
