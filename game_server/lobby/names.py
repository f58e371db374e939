"""Nicknames and lines of chat as they are shown: cleaned, short, and nobody else's."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from game_server.protocol.limits import MAX_CHAT, MAX_NICKNAME

DEFAULT_NICKNAME = "Player"
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: invisible, but Persian, Hindi and composed emoji are wrong without them."""
_MAX_MARKS = 2
"""Combining marks in a row; more of them climb over the lines around."""


def clean(text: str, most: int) -> str:
    """``text`` on one line without control, formatting or unassigned characters, at most ``most`` characters.

    Direction overrides are formatting characters, so nobody can write backwards over somebody else's line.
    Runs of white space become one space, and of combining marks at most two stay.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category[0] == "Z" or char in "\t\n\r\v\f":
            kept.append(" ")
        elif (category[0] != "C" or char in _JOINERS) and marks <= _MAX_MARKS:
            kept.append(char)
    folded = " ".join("".join(kept).split())[:most].strip()
    return folded if any(char not in _JOINERS and unicodedata.category(char)[0] != "M" for char in folded) else ""


def clean_chat(text: str) -> str:
    """A line of chat, at most 200 characters; empty when nothing is left of it."""
    return clean(text, MAX_CHAT)


def nickname_from(wish: str, taken: Container[str]) -> str:
    """The nickname closest to ``wish`` that `folded` is not in ``taken``: ``Ada``, then ``Ada 2``, ``Ada 3``, ..."""
    name = clean(wish, MAX_NICKNAME) or DEFAULT_NICKNAME
    number = 2
    unique = name
    while folded(unique) in taken:
        tail = f" {number}"
        unique = name[: MAX_NICKNAME - len(tail)].rstrip() + tail
        number += 1
    return unique


def folded(nickname: str) -> str:
    """What two nicknames share when a person would take one for the other: case and compatibility forms."""
    return unicodedata.normalize("NFKC", nickname).casefold()
