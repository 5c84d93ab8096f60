"""Report discouraged terms with the suggestion of docs/vocabulary.txt: `file:line: term ==> suggestion`. Run on the bundled interpreter.

codespell finds words with a regular expression. The expression of this module also finds the phrases of the list, and
the words in snake_case and camelCase identifiers. An inline comment `codespell:ignore WORD` permits one use.
Changelogs are skipped, because they list old names.
"""

import re
import sys

from codespell_lib import main as codespell

from scripts.project import ROOT

TERMS = ROOT / "docs" / "vocabulary.txt"
WORDS = r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+"


def pattern(terms: str) -> str:
    """Regular expression for codespell: the phrases in `terms`, longest first, and single words."""
    phrases = (line.partition("->")[0] for line in terms.splitlines())
    longest_first = sorted((phrase for phrase in phrases if " " in phrase), key=len, reverse=True)
    return "|".join([*(rf"(?i:\b{re.escape(phrase)}\b)" for phrase in longest_first), WORDS])


def main() -> int:
    """Check the files and folders in `sys.argv`, or the working directory. Returns 0 if nothing is found."""
    options = ["--skip=*CHANGELOG.md", f"--dictionary={TERMS}", f"--regex={pattern(TERMS.read_text('utf-8'))}"]
    return int(codespell(*options, *(sys.argv[1:] or ["."])))


if __name__ == "__main__":
    sys.exit(main())
