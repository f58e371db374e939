"""Rows of the directory: what a node publishes of itself and of its matches, and the bytes of that."""

from __future__ import annotations

from typing import Any, Final, get_type_hints

import attrs
import msgpack

from game_server.protocol import MatchRow


@attrs.frozen
class NodeSummary:
    """What everybody keeps of every node.

    Attributes:
        name: unique among the nodes of a directory.
        instance: of those who use the name: the same for a process that succeeds another on its data directory.
        machine: the name of the supervisor, or of the process; nodes of one machine hand sockets to one another.
        url: where clients reach it.
        version: of this package and of the protocol.
        started: seconds since 1970.
        draining: it takes no new matches, and those that it has leave.
        is_full: it can take no more matches.
        people: connected to it.
        matches: that it has.
        best: people in its fullest open match that has a seat; -1 for none.
        serial: counts what it publishes, so that others see that it goes on.
    """

    name: str
    instance: str
    machine: str
    url: str
    version: str
    started: float
    draining: bool
    is_full: bool
    people: int
    matches: int
    best: int
    serial: int = 0


@attrs.frozen
class PublishedMatch:
    """A match as its node publishes it, private ones included.

    Attributes:
        row: as the lobby lists it.
        is_open: quick play may choose it.
        is_watchable: a spectator who names no match may be shown it.
        has_seat: there is a seat for one more person.
        opened_from: a digest of the address from which it was opened; empty for the host's own.
    """

    row: MatchRow
    is_open: bool
    is_watchable: bool
    has_seat: bool
    opened_from: str


@attrs.frozen
class NodeRow:
    """All that a node publishes."""

    summary: NodeSummary
    matches: tuple[PublishedMatch, ...]


def pack_summary(summary: NodeSummary) -> bytes:
    """The bytes of ``summary``."""
    packed: bytes = msgpack.packb(attrs.astuple(summary))
    return packed


def unpack_summary(data: bytes) -> NodeSummary | None:
    """The summary in ``data``; None if it is of another form, as that of another version of this package."""
    return _summary(_unpacked(data))


def pack_row(row: NodeRow) -> bytes:
    """The bytes of ``row``."""
    matches = [
        (tuple(match.row), match.is_open, match.is_watchable, match.has_seat, match.opened_from)
        for match in row.matches
    ]
    packed: bytes = msgpack.packb((attrs.astuple(row.summary), matches))
    return packed


def unpack_row(data: bytes) -> NodeRow | None:
    """The row in ``data``; None if it is of another form."""
    value = _unpacked(data)
    try:
        summary, listed = value
        found = _summary(summary)
        matches = tuple(_match(*match) for match in listed)
    except (TypeError, ValueError):
        return None
    return NodeRow(found, matches) if found else None


_SUMMARY_TYPES: Final = tuple(get_type_hints(NodeSummary).values())
_ROW_TYPES: Final = tuple(get_type_hints(MatchRow).values())


def _unpacked(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data, use_list=False)
    except (ValueError, TypeError, msgpack.UnpackException):
        return None


def _summary(value: Any) -> NodeSummary | None:
    if not isinstance(value, tuple) or tuple(map(type, value)) != _SUMMARY_TYPES:
        return None
    return NodeSummary(*value)


def _match(row: Any, is_open: Any, is_watchable: Any, has_seat: Any, opened_from: Any) -> PublishedMatch:
    if tuple(map(type, row)) != _ROW_TYPES or {type(is_open), type(is_watchable), type(has_seat)} != {bool}:
        raise ValueError("a match of another form")
    return PublishedMatch(MatchRow(*row), is_open, is_watchable, has_seat, str(opened_from))
