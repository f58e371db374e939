from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import game_server.client
from tests.live_server import OpenServer

DOCUMENT = Path(__file__).parents[2] / "docs" / "CLIENT.md"


def example() -> dict[str, Any]:
    """The names that the program of docs/CLIENT.md defines."""
    [code] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "circles"}
    exec(compile(code, str(DOCUMENT), "exec"), names)  # noqa: S102 - it is ours
    return names


async def test_the_program_of_the_document_plays_on_a_server(open_server: OpenServer) -> None:
    served = await open_server()
    client = await example()["play"](served.server.url, 10)  # as long as the program itself does
    assert client.ended is None
    assert client.figures.snapshots > 100
    assert client.figures.inputs > 100
    assert client.figures.desyncs == client.figures.faults == 0


def test_the_document_names_only_what_the_client_offers() -> None:
    section = DOCUMENT.read_text("utf-8").partition("## What there is")[2]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named
    assert named <= set(game_server.client.__all__)


def test_the_face_offers_what_it_says() -> None:
    assert all(hasattr(game_server.client, name) for name in game_server.client.__all__)
