"""The worked examples of the document for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from tests.protocol_document import section

FILE: Final = Path(__file__).parents[2] / "docs" / "protocol" / "examples.json"


def examples() -> list[dict[str, Any]]:
    """Who says each message, the message with ``{"bin": "0a0b"}`` for bytes, and the bytes that are sent."""
    text = section("## 11. Worked examples")
    found = re.findall(r"^```(client|server)\n(.*)\n([0-9a-f \n]*)```$", text, re.MULTILINE)
    return [
        {
            "from": sender,
            "message": json.loads(re.sub(r"h'([0-9a-f]*)'", r'{"bin": "\1"}', array)),
            "data": "".join(data.split()),
        }
        for sender, array, data in found
    ]


def document() -> str:
    """The whole file."""
    lines = ",\n".join(json.dumps(example, ensure_ascii=False) for example in examples())
    return f'{{"examples":[\n{lines}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
