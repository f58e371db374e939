"""The examples in the documents: blocks of code, by language and by the file that their first line names."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@attrs.frozen
class Example:
    """A block of code.

    Attributes:
        document: where it stands, from the root.
        language: after the three backticks; empty for none.
        text: of the block.
    """

    document: str
    language: str
    text: str

    @property
    def file(self) -> str:
        """The file that the first line names, as in ``# /etc/haproxy/haproxy.cfg``; empty for none."""
        found = re.match(r"# (\S*[./]\S*)\n", self.text)
        return found[1] if found else ""

    def __str__(self) -> str:
        return f"{Path(self.document).name}: {self.file or self.text.partition(chr(10))[0][:40]}"


EXAMPLES = [
    Example(str(document.relative_to(ROOT)), *found)
    for document in DOCUMENTS
    for found in BLOCK.findall(document.read_text("utf-8"))
]


def examples(language: str) -> list[Example]:
    """The blocks in ``language``."""
    return [example for example in EXAMPLES if example.language == language]
