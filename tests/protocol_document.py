"""docs/PROTOCOL.md, taken apart."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from game_server.protocol import client_messages, server_messages

DOCUMENT = (Path(__file__).parents[1] / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
CLIENT: dict[str, Any] = {kind.__name__.lower(): kind for kind in client_messages.ClientMessage.__args__}
SERVER: dict[str, Any] = {kind.__name__.lower(): kind for kind in server_messages.ServerMessage.__args__}


def section(heading: str, text: str = DOCUMENT) -> str:
    """What stands in ``text`` under ``heading``, up to the next heading of its own or a higher level."""
    level = heading.count("#")
    match = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{2,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no {heading}"
    return match[1]


def section_of(name: str) -> str:
    """What stands about the message ``name``."""
    return section(f"### {(CLIENT | SERVER)[name].type} {name}")


def tables(text: str) -> list[list[list[str]]]:
    """The tables in ``text``: rows of cells, without the heads."""
    return [
        [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]
        for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    ]


def names(cell: str) -> list[str]:
    """The names in a cell such as ```tick, buttons, aim```; none in an empty one."""
    return cell.strip("`").split(", ") if cell else []


def numbers(text: str) -> dict[str, float]:
    """The table under ``#### Numbers`` in ``text``: a name and a value in each row, or as many of both."""
    found: dict[str, float] = {}
    for listed, values, _ in tables(section("#### Numbers", text))[0]:
        of_row = [json.loads(value) for value in values.split(", ")]
        found |= dict(zip(re.findall(r"`(\w+)`", listed), of_row, strict=True))
    return found


@functools.cache
def arena_code() -> dict[str, Any]:
    """What the Python of the section on the arena defines, with the numbers of its table."""
    text = section("### arena")
    defined: dict[str, Any] = numbers(text)
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        exec(block, defined)  # noqa: S102 - it is our own document
    return defined
