"""The numbers of the wire that the browser client has as well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from game_server.protocol import codes, limits

NET = Path(__file__).parents[2] / "web_client" / "src" / "net"
CONSTANT = re.compile(r"^export const ([A-Z_]+) = ([\d_]+|2 \*\* 32 - 1);", re.MULTILINE)
CODES = re.compile(r"^export const ([A-Z]+) = Object\.freeze\(\{([^}]*)\}\);", re.MULTILINE)
KNOWN_CODES = {
    "NOTICES": codes.NoticeCode,
    "HOMES": codes.HomeCode,
    "REFUSALS": codes.RefusalCode,
    "LINES": codes.LineKind,
}
"""The server's names of the codes that the page has under these names."""
HERE = {
    name: value
    for known in (codes, limits)
    for name, value in vars(known).items()
    if name.isupper() and type(value) is int
}
THERE = {
    name: 2**32 - 1 if "**" in text else int(text)
    for file in sorted(NET.glob("*.js"))
    for name, text in CONSTANT.findall(file.read_text("utf-8"))
}


@pytest.mark.parametrize("name", sorted(HERE.keys() & THERE.keys()))
def test_a_limit_of_the_browser_client_is_that_of_the_server(name: str) -> None:
    assert THERE[name] == HERE[name]


def test_the_limits_that_both_sides_count_by_are_among_them() -> None:
    assert {"INPUT_WINDOW", "KEEPALIVE_SECONDS", "MAX_BEHIND", "MAX_TICK", "NO_PLAYER"} <= HERE.keys() & THERE.keys()


def codes_there(name: str) -> dict[str, int]:
    """The codes that the page calls ``name``, by their names as the server writes them."""
    lists = dict(CODES.findall((NET / "read_lobby.js").read_text("utf-8")))
    pairs = re.findall(r"(\w+): (\d+)", lists[name])
    return {re.sub("([A-Z])", r"_\1", code).upper(): int(number) for code, number in pairs}


@pytest.mark.parametrize("name", KNOWN_CODES)
def test_a_code_of_the_browser_client_is_that_of_the_server(name: str) -> None:
    there = codes_there(name)
    assert there
    assert there == {code: KNOWN_CODES[name][code] for code in there}


def test_the_page_knows_every_notice_since_some_answer_a_line_of_chat() -> None:
    assert codes_there("NOTICES").keys() == codes.NoticeCode.__members__.keys()
