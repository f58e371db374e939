"""What a case of the Autobahn test suite says of a server that does not echo.

The suite expects its messages back. This server knows none of them: it ends a connection at the first text (1003), at
the first binary message, which is none of its protocol (4001), and at what is too large (1009) or too much (4005). So a
case that lacks an echo is judged by the close code, from the frames that were sent.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES, CloseCode
from game_server.transport import message_budget

CHAPTERS: Final = {
    "1": "messages of all lengths",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "reserved opcodes",
    "5": "fragments",
    "6": "UTF-8",
    "7": "closing",
    "9": "limits",
    "10": "automatic fragments",
}
"""Of the suite; 12 and 13 are about compression, which is never negotiated."""
_DEFAULT_TICK_RATE: Final = 30
_SENT: Final = "TF"
"""A frame of the suite's, in its log of a case."""
_GOOD: Final = ("OK", "NON-STRICT", "INFORMATIONAL")
_GOOD_CLOSE: Final = ("OK", "INFORMATIONAL")
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_MOST_CONTROL: Final = 125


class Verdict(enum.StrEnum):
    """What came of a case."""

    PASSED = "passed"
    """As the suite expects."""
    CLOSED = "closed"
    """Closed with the code of docs/PROTOCOL.md, where the suite expects an echo."""
    FAILED = "failed"


@attrs.frozen
class Sent:
    """A frame that the suite sent."""

    opcode: int
    fin: bool = True
    reserved: int = 0
    size: int = 0


@attrs.frozen
class Outcome:
    """What came of one case on one path.

    Attributes:
        case: its number, ``6.4.1``.
        code: with which the server closed; None without a code.
        why: what the suite says; empty for a case that did not run.
    """

    case: str
    verdict: Verdict
    code: int | None = None
    why: str = ""

    @property
    def chapter(self) -> str:
        """The first part of the number."""
        return self.case.partition(".")[0]


def outcome(report: Mapping[str, Any]) -> Outcome:
    """The outcome in the suite's ``report`` of a case."""
    code = report["remoteCloseCode"]
    why = f"{report['behavior']}: {report['result']} {report['behaviorClose']}: {report['resultClose']}"
    return Outcome(report["id"], _judge(report, code), code, why)


def _judge(report: Mapping[str, Any], code: int | None) -> Verdict:
    if report["behavior"] in _GOOD and report["behaviorClose"] in _GOOD_CLOSE:
        return Verdict.PASSED
    # What is wrong with a text is not in the frames' headers: there the suite alone knows.
    if CloseCode.INVALID_DATA in report["expectedClose"]["closeCode"]:
        return Verdict.FAILED
    without_echoes = [[event for event in way if event[0] != "message"] for way in report["expected"].values()]
    if report["received"] not in (without_echoes or [[]]):
        return Verdict.FAILED
    sent = [
        Sent(entry[2], entry[3], entry[4], entry[6] or entry[1][0]) for entry in report["wirelog"] if entry[0] == _SENT
    ]
    return Verdict.CLOSED if code in (codes(sent) if sent else _codes_of_many(report)) else Verdict.FAILED


def codes(frames: Sequence[Sent]) -> set[int]:
    """The codes with which the server may close at ``frames``; sections of RFC 6455 in comments.

    A message ends the connection a little after it has come, so that a fault in the frames behind it may do so first.
    """
    found: set[int] = set()
    begun, size = 0, 0
    for frame in frames:
        control = frame.opcode >= _CLOSE
        if frame.reserved or frame.opcode not in (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG):  # 5.2
            return found | {CloseCode.PROTOCOL_ERROR}
        if control and (frame.size > _MOST_CONTROL or not frame.fin):  # 5.5
            return found | {CloseCode.PROTOCOL_ERROR}
        if frame.opcode == _CLOSE:
            break
        if control:
            continue
        if (frame.opcode == _CONTINUATION) != bool(begun):  # 5.4
            return found | {CloseCode.PROTOCOL_ERROR}
        begun, size = begun or frame.opcode, size + frame.size
        if size > MAX_CLIENT_MESSAGE_BYTES:
            return found | {CloseCode.MESSAGE_TOO_BIG}
        if frame.fin:
            found.add(CloseCode.UNSUPPORTED_DATA if begun == _TEXT else CloseCode.BAD_MESSAGE)
            begun, size = 0, 0
    return found


def _codes_of_many(report: Mapping[str, Any]) -> set[int]:
    """The same for a case of which the suite keeps no log but sums: large messages or many of them, none broken."""
    frames: Mapping[str, int] = report["txFrameStats"]
    octets = sum(int(size) * times for size, times in report["txOctetStats"].items())
    found = {_TEXT: CloseCode.UNSUPPORTED_DATA, _BINARY: CloseCode.BAD_MESSAGE}
    allowed: set[int] = {code for opcode, code in found.items() if str(opcode) in frames}
    if octets > MAX_CLIENT_MESSAGE_BYTES:
        allowed.add(CloseCode.MESSAGE_TOO_BIG)
    if sum(frames.values()) > message_budget(_DEFAULT_TICK_RATE)[0]:
        allowed.add(CloseCode.FLOODING)
    return allowed


def complete(paths: Mapping[str, Sequence[Outcome]]) -> dict[str, list[Outcome]]:
    """``paths`` with a failure for each case that ran on another path alone; in the order of the numbers."""
    numbers = {each.case for outcomes in paths.values() for each in outcomes}
    found = {}
    for path, outcomes in paths.items():
        missing = numbers - {each.case for each in outcomes}
        every = [*outcomes, *(Outcome(case, Verdict.FAILED) for case in missing)]
        found[path] = sorted(every, key=lambda each: [int(part) for part in each.case.split(".")])
    return found


def rows(paths: Mapping[str, Sequence[Outcome]]) -> list[list[str]]:
    """The table: a row for each chapter, and one for all; in each cell how many passed, were closed, failed."""
    table = [["cases", "number", *paths]]
    [first, *_] = paths.values()
    for chapter in (*CHAPTERS, ""):
        of_it = {path: [each for each in all_ if chapter in ("", each.chapter)] for path, all_ in paths.items()}
        number = sum(chapter in ("", each.chapter) for each in first)
        if number:
            title = f"{chapter} {CHAPTERS[chapter]}" if chapter else "all"
            table.append([title, str(number), *map(_cell, of_it.values())])
    return table


def _cell(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(str(sum(each.verdict is verdict for each in outcomes)) for verdict in Verdict)


def to_markdown(paths: Mapping[str, Sequence[Outcome]]) -> str:
    """The table of docs/BENCHMARKS.md."""
    head, *others = rows(paths)
    aligned = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, aligned, *others))
