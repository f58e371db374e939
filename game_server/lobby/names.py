"""Nicknames and lines of chat as they are shown: cleaned, short, and nobody else's."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

from game_server.lobby.look_alikes import LOOK_ALIKES
from game_server.protocol.limits import MAX_CHAT, MAX_NICKNAME

DEFAULT_NICKNAME: Final = "Player"
_JOINERS: Final = "\u200c\u200d"
"""Zero-width (non-)joiners: invisible, but Persian, Hindi and composed emoji are wrong without them."""
_BLANKS: Final = "\t\n\r\v\f\u115f\u1160\u2800\u3164\uffa0"
"""What looks like a space without being one to Unicode: line breaks, Hangul fillers, the empty Braille pattern."""
_UNSEEN: Final = dict.fromkeys(map(ord, _JOINERS + "\u034f" + "".join(map(chr, range(0xFE00, 0xFE10)))))
"""Joiners and variation selectors: two nicknames that differ in these alone look the same."""
_MAX_MARKS: Final = 2
"""Combining marks in a row; more of them climb over the lines around."""
_LOOKED_AT: Final = 1024
"""Characters of a text that are looked at, so that a long one costs no more than a line."""


def clean(text: str, most: int) -> str:
    """``text`` on one line without control, formatting or unassigned characters, at most ``most`` characters.

    Direction overrides are formatting characters, so nobody can write backwards over somebody else's line.
    Runs of white space become one space, and of combining marks at most two stay.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[:_LOOKED_AT]):
        category = unicodedata.category(char)
        if category[0] == "Z" or char in _BLANKS:
            kept.append(" ")
            marks = 0
        elif category in ("Mn", "Me"):
            marks += 1
            if marks <= _MAX_MARKS:
                kept.append(char)
        elif char in _JOINERS:
            kept.append(char)
        elif category[0] != "C":
            kept.append(char)
            marks = 0
    folded = " ".join("".join(kept).split())[:most].strip()
    return folded if any(char not in _JOINERS and unicodedata.category(char)[0] != "M" for char in folded) else ""


def clean_chat(text: str) -> str:
    """A line of chat, at most 200 characters; empty when nothing is left of it."""
    return clean(text, MAX_CHAT)


def nickname_from(wish: str, taken: Container[str]) -> str:
    """The nickname closest to ``wish`` that is not in ``taken``: ``Ada``, then ``Ada 2``, ``Ada 3``, ...

    With a thousand of one name it is found in a few looks: a number that is free and has a taken one before it.
    """
    name = clean(wish, MAX_NICKNAME) or DEFAULT_NICKNAME
    if name not in taken:
        return name
    last, free = 1, 2
    while _numbered(name, free) in taken:
        last, free = free, 2 * free
    while free - last > 1:
        middle = (last + free) // 2
        if _numbered(name, middle) in taken:
            last = middle
        else:
            free = middle
    return _numbered(name, free)


def _numbered(name: str, number: int) -> str:
    tail = f" {number}"
    return name[: MAX_NICKNAME - len(tail)].rstrip() + tail


def folded(nickname: str) -> str:
    """What two nicknames share that are the same name: but for case, compatibility forms, the unseen."""
    return unicodedata.normalize("NFKC", nickname.translate(_UNSEEN)).casefold()


def skeleton(nickname: str) -> str:
    """What two nicknames share that look the same, though their letters are of different alphabets; case apart."""
    # Before, because a compatibility form may be of another shape; after, because a letter may come out of one.
    shown = unicodedata.normalize("NFKD", nickname.translate(_UNSEEN).translate(LOOK_ALIKES))
    return shown.translate(LOOK_ALIKES).casefold()


class TakenNames:
    """Nicknames of which no two are the same name, nor look the same."""

    def __init__(self) -> None:
        self._folded: set[str] = set()
        self._skeletons: set[str] = set()

    def __contains__(self, nickname: object) -> bool:
        """Whether ``nickname`` could be taken for one of them."""
        return isinstance(nickname, str) and (folded(nickname) in self._folded or skeleton(nickname) in self._skeletons)

    def add(self, nickname: str) -> None:
        """``nickname``, which was not among them, is taken."""
        self._folded.add(folded(nickname))
        self._skeletons.add(skeleton(nickname))

    def discard(self, nickname: str) -> None:
        """``nickname``, if it was taken, is free again."""
        self._folded.discard(folded(nickname))
        self._skeletons.discard(skeleton(nickname))
