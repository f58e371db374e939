"""Packing of `events` messages, in which an event that goes to many viewers is packed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgpack

from game_server.protocol.server_messages import Events
from game_server.protocol.snapshots import array_header

_HEAD: Final = bytes((0x93, Events.type))


def pack_event(event: Iterable[Any]) -> bytes:
    """Pack one event, ``code, field, ...``."""
    packed: bytes = msgpack.packb([*event])
    return packed


def pack_events_head(tick: int) -> bytes:
    """Pack the beginning of every `events` message of ``tick``."""
    packed: bytes = msgpack.packb(tick)
    return _HEAD + packed


def pack_events(head: bytes, events: list[bytes]) -> bytes:
    """Join a head and events, packed already, to the bytes of an `events` message."""
    return b"".join((head, array_header(len(events)), *events))
