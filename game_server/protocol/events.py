"""Writing `events` messages so that an event which many are told of is packed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgpack

from game_server.protocol.server_messages import Events
from game_server.protocol.snapshots import array_header

_HEAD: Final = bytes((0x93, Events.type))


def pack_event(event: Iterable[Any]) -> bytes:
    """One event, ``code, field, ...``."""
    packed: bytes = msgpack.packb([*event])
    return packed


def pack_events_head(tick: int) -> bytes:
    """What every `events` message of ``tick`` begins with."""
    packed: bytes = msgpack.packb(tick)
    return _HEAD + packed


def pack_events(head: bytes, events: list[bytes]) -> bytes:
    """The bytes of an `events` message around a head and events that are packed already."""
    return b"".join((head, array_header(len(events)), *events))
