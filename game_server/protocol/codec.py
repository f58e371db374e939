"""Bytes to messages and back; sans-I/O.

The checks are written out by hand: a message is looked at once, in a fixed order, and whatever is not exactly what
docs/PROTOCOL.md allows raises `ProtocolError` with the close code and a reason that names the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs
import msgpack

from game_server.errors import ProtocolError
from game_server.protocol import limits
from game_server.protocol.checks import bad, kind
from game_server.protocol.client_codec import CLIENT_DECODERS
from game_server.protocol.client_messages import ClientMessage
from game_server.protocol.closes import CloseCode
from game_server.protocol.server_codec import SERVER_DECODERS
from game_server.protocol.server_messages import ServerMessage, Snapshot

Message = TypeVar("Message")


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """The bytes of one WebSocket message."""
    if isinstance(message, Snapshot):
        tables = [item for pair in message.tables for item in pair]
        fields = [message.tick, message.kind, message.ack, message.depth, message.hash, message.own, tables]
    else:
        fields = list(attrs.astuple(message, recurse=False))
    packed: bytes = msgpack.packb([message.type, *fields])
    return packed


def decode_client(data: bytes) -> ClientMessage:
    """Read what a client sent.

    Raises:
        ProtocolError: with close code 4001 and the reason; 1009 over the size limit.
    """
    return _decode(data, CLIENT_DECODERS, limits.MAX_CLIENT_MESSAGE_BYTES)


def decode_server(data: bytes) -> ServerMessage:
    """Read what a server sent; for clients in Python.

    Raises:
        ProtocolError: the message is not what docs/PROTOCOL.md allows.
    """
    return _decode(data, SERVER_DECODERS, limits.MAX_SERVER_MESSAGE_BYTES)


def _decode(data: bytes, decoders: Mapping[int, Callable[[list[Any]], Message]], most: int) -> Message:
    if len(data) > most:
        raise ProtocolError(CloseCode.MESSAGE_TOO_BIG, f"message of {len(data)} bytes; at most {most} allowed")
    try:
        fields = msgpack.unpackb(data)
    except Exception as error:
        # msgpack raises whatever its parser and the UTF-8 decoder raise: their words are for its users, not the peer.
        raise bad(_fault(error)) from error
    if type(fields) is not list or not fields:
        raise bad("not a msgpack array with a type in front")
    if type(fields[0]) is not int:
        raise bad(f"message type is an integer, not {kind(fields[0])}")
    if fields[0] not in decoders:
        raise bad(f"unknown message type {fields[0]}")
    return decoders[fields[0]](fields)


def _fault(error: Exception) -> str:
    match error:
        case msgpack.ExtraData():
            return "more bytes follow the msgpack array"
        case UnicodeDecodeError():
            return "a string is not UTF-8"
    return "not one whole msgpack value"
