"""Nicknames and lines of chat: cleaned, shortened, and nicknames unique."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

from game_server.lobby.text.confusables import LOOK_ALIKES
from game_server.lobby.text.invisible_characters import EMOJI_STYLE, JOINERS, UNSEEN, kinds_of, without_unseen
from game_server.lobby.text.stray_marks import without_stray
from game_server.protocol import MAX_CHAT, MAX_CHAT_BYTES, MAX_NICKNAME

DEFAULT_NICKNAME: Final = "Player"
_NOT_JOINED: Final = " " + JOINERS
_LOOKED_AT: Final = 64
"""Characters of a text that are looked at, or some more than may stay: a long one costs no more than a line."""
_MORE: Final = 24
_OFFICIAL: Final = (
    "admin",
    "administrator",
    "console",
    "game server",
    "host",
    "moderator",
    "operator",
    "server",
    "staff",
    "system",
)
"""Names that seem to speak for the server; nobody is given one."""


def clean(text: str, most: int, styles: str = "") -> str:
    """``text`` on one line without control, formatting, unassigned or unseen characters, at most ``most`` characters.

    Runs of white space become one space, and of combining marks at most two stay, on something that they can mark.
    Joiners stay where they may join: between two characters of which neither has a case, as Latin letters have.

    Args:
        styles: variation selectors that stay.
    """
    text = text[: max(_LOOKED_AT, most + _MORE)]
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:most].rstrip()
    kept_unseen = JOINERS + styles
    text = without_unseen(text, kept_unseen)
    if "M" in kinds_of(text) or any(map(text.__contains__, kept_unseen)):
        text = without_stray(text)
    return " ".join(text.split())[:most].rstrip(_NOT_JOINED)


def clean_chat(text: str) -> str:
    """A line of chat, at most 200 characters and 600 bytes; empty when nothing is left of it."""
    line = clean(text, MAX_CHAT, EMOJI_STYLE).encode()
    return line[:MAX_CHAT_BYTES].decode(errors="ignore")  # never half a character


def wished_name(wish: str) -> str:
    """``wish`` as a nickname; ``Player`` for an empty one, and for one that speaks for the server."""
    name = clean(wish, MAX_NICKNAME)
    return DEFAULT_NICKNAME if not name or is_official(name) else name


def nickname_from(wish: str, taken: Container[str]) -> str:
    """The nickname closest to ``wish`` that is not in ``taken``: ``Ada``, then ``Ada 2``, ``Ada 3``, ...

    With a thousand of one name it is found in a few looks: a number that is free and has a taken one before it.
    """
    name = wished_name(wish)
    if name not in taken:
        return name
    last, free = 1, 2
    while numbered(name, free) in taken:
        last, free = free, 2 * free
    while free - last > 1:
        middle = (last + free) // 2
        if numbered(name, middle) in taken:
            last = middle
        else:
            free = middle
    return numbered(name, free)


def numbered(name: str, number: int) -> str:
    """Put ``number`` behind ``name``, which is cut so that it is short enough."""
    tail = f" {number}"
    return name[: MAX_NICKNAME - len(tail)].rstrip(" " + JOINERS) + tail


def folded(nickname: str) -> str:
    """The form that equal nicknames share: without case, compatibility forms and invisible characters."""
    return unicodedata.normalize("NFKC", nickname.translate(UNSEEN)).casefold()


def skeleton(nickname: str) -> str:
    """The form that look-alike nicknames of different alphabets share, ignoring case."""
    # Before, because a compatibility form may be of another shape; after, because a letter may come out of one.
    shown = unicodedata.normalize("NFKD", nickname.translate(UNSEEN).translate(LOOK_ALIKES))
    return shown.translate(LOOK_ALIKES).casefold()


def _looks(nickname: str) -> frozenset[str]:
    """The skeletons of ``nickname`` as it is and in capitals, which resemble others: ``I`` is like ``l``, ``i`` is not.

    Without the second, ``ADMIN`` would not look like ``Admin``, nor ``ADMlN``.
    """
    return frozenset((skeleton(nickname), skeleton(nickname.upper())))


def _letters(look: str) -> str:
    """What is left of a skeleton without signs, spaces, and a number at its end."""
    return "".join(filter(str.isalnum, look)).rstrip("0123456789")


_OFFICIAL_LETTERS: Final = frozenset(_letters(look) for name in _OFFICIAL for look in _looks(name))


def is_official(nickname: str) -> bool:
    """Whether ``nickname`` seems to speak for the server: ``Server``, ``[ADMIN]``, ``M0derator 2``."""
    return not _OFFICIAL_LETTERS.isdisjoint(map(_letters, _looks(nickname)))


def likenesses(nickname: str) -> frozenset[str]:
    """The forms of ``nickname`` by which names are compared: two names that share one could be confused.

    Uniqueness, bans, kicks and mutes all go by these, so that no look-alike of a name gets round them.
    """
    return _looks(nickname) | {folded(nickname)}


class TakenNames:
    """Nicknames of which no two can be confused."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __contains__(self, nickname: object) -> bool:
        """Whether ``nickname`` could be confused with one of them."""
        return isinstance(nickname, str) and not self._taken.isdisjoint(likenesses(nickname))

    def add(self, nickname: str) -> None:
        """Add ``nickname``, which must not be among them."""
        self._taken |= likenesses(nickname)

    def discard(self, nickname: str) -> None:
        """Remove ``nickname``, if it is among them."""
        self._taken -= likenesses(nickname)
