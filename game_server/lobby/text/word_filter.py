"""The word filter: listed words in chat and names become asterisks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import compress
from pathlib import Path
from typing import Final

from game_server.errors import ConfigError

_LOOK_ALIKES: Final = str.maketrans(
    "0134578@$!|"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"  # Cyrillic
    "\u03b1\u03b5\u03b9\u03bf\u03c1\u03c5\u03bd\u03ba",  # Greek
    "oieastbasilaeopcyxijshdqwaeiopuvk",
)
"""What is written for a letter because it looks like it (after Unicode Technical Standard 39, confusables)."""
_IS_LEFT_OUT: Final = frozenset("MC")
"""Initials of the categories of marks and of what is not drawn; no category has one of them as its second letter."""
_WORD: Final = re.compile(r"[^\s.,;:?\"'()\[\]{}<>*_/\\-]+")


class WordFilter:
    """Replaces whole words of a text that are on a list, regardless of case, accents and look-alike letters.

    Args:
        words: one word each; empty ones are ignored.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(filter(None, map(_skeleton, words)))

    @classmethod
    def load(cls, path: Path) -> WordFilter:
        """Read the words of a text file in UTF-8, one a line; lines that begin with ``#`` are comments.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read the word filter {path}: {error}") from error
        return cls(line.strip() for line in lines if not line.lstrip().startswith("#"))

    def __call__(self, text: str) -> str:
        """Replace each character of a listed word in ``text`` by an asterisk."""
        return _WORD.sub(self._replace, text) if self._words else text

    def _replace(self, word: re.Match[str]) -> str:
        found = word.group()
        # An exclamation mark may be an i, or just the end of a shout.
        listed = _skeleton(found) in self._words or _skeleton(found.strip("!|")) in self._words
        return "*" * len(found) if listed else found


def _skeleton(word: str) -> str:
    """``word`` without case, accents, compatibility forms, joiners and look-alikes."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    if not (plain.isascii() and plain.isprintable()):
        plain = "".join(compress(plain, map(_IS_LEFT_OUT.isdisjoint, map(unicodedata.category, plain))))
    return plain.translate(_LOOK_ALIKES)
