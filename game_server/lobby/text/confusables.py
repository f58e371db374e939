"""Confusable characters of Latin, Greek and Cyrillic, which look like one another."""

from __future__ import annotations

from typing import Final

# ruff: noqa: RUF001 - characters that could be mistaken for others are what this file is about

_KIN: Final = {
    "1": "lI|\u01c0\u0196ΙІӀӏ",
    "0": "oOοоΟО",
    "a": "αа\u0251",
    "A": "ΑА",
    "b": "Ьь",
    "B": "ΒВв",
    "c": "сϲ",
    "C": "СϹ",
    "d": "ԁ",
    "e": "еε",
    "E": "ΕЕ",
    "F": "Ϝ",
    "g": "\u0261",
    "h": "һ",
    "H": "ΗНн",
    "i": "іι\u0131",
    "j": "јϳ",
    "J": "ЈͿ",
    "k": "κк\u0138",
    "K": "ΚК",
    "M": "ΜМмϺ",
    "n": "ηп",
    "N": "Ν",
    "p": "ρр",
    "P": "ΡР",
    "q": "ԛ",
    "Q": "Ԛ",
    "r": "г",
    "s": "ѕ",
    "S": "Ѕ",
    "t": "τт",
    "T": "ΤТ",
    "u": "υμ",
    "v": "νѵ",
    "V": "Ѵ",
    "w": "ωѡԝ",
    "W": "ԜѠ",
    "x": "χх",
    "X": "ΧХ",
    "y": "γуү",
    "Y": "ΥУҮ",
    "Z": "Ζ",
    "3": "ЗзƷӠ",
}
"""A character, and those that look like it."""

LOOK_ALIKES: Final = {ord(kin): shown for shown, others in _KIN.items() for kin in others}
"""For `str.translate`: each character that looks like another, to the one that stands for both."""
