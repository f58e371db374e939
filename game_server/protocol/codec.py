"""Bytes to messages and back; sans-I/O.

A message is checked once, field by field in the order of the wire, against the kinds that its class declares. Anything
that docs/PROTOCOL.md does not allow raises `ProtocolError` with the close code and a reason that names the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, get_args

import attrs
import msgpack

from game_server.errors import ProtocolError
from game_server.protocol import limits
from game_server.protocol.client_messages import ClientMessage, Input
from game_server.protocol.closes import CloseCode
from game_server.protocol.fields import bad, fields_of, kind_of, read_fields
from game_server.protocol.server_messages import ServerMessage, Snapshot

Message = TypeVar("Message")
Decoder = Callable[[list[Any]], Message]
"""Reads a whole array, the type in front."""


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """Pack a message into the bytes of one WebSocket message."""
    fields = [getattr(message, name) for name in _FIELD_NAMES[message.type]]
    if type(message) is Snapshot:
        fields[-1] = [item for pair in message.tables for item in pair]
    packed: bytes = msgpack.packb([message.type, *fields])
    return packed


def decode_client(data: bytes) -> ClientMessage:
    """Read a message that a client sent.

    Raises:
        ProtocolError: with close code 4001 and the reason; 1009 over the size limit.
    """
    return _decode(data, _CLIENT_DECODERS, limits.MAX_CLIENT_MESSAGE_BYTES)


def decode_server(data: bytes) -> ServerMessage:
    """Read a message that a server sent; for clients in Python.

    Raises:
        ProtocolError: the message is not what docs/PROTOCOL.md allows.
    """
    return _decode(data, _SERVER_DECODERS, limits.MAX_SERVER_MESSAGE_BYTES)


def _decode(data: bytes, decoders: Mapping[int, Decoder[Message]], most: int) -> Message:
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
        raise bad(f"message type is an integer, not {kind_of(fields[0])}")
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


def _decoder(message: type[Message]) -> Decoder[Message]:
    """Make the decoder of a message class from the kinds of its fields."""
    name = message.__name__.lower()
    declared = fields_of(message, name, first=1)
    length = 1 + len(declared)

    def decode(fields: list[Any]) -> Message:
        if len(fields) != length:
            raise bad(f"{name} has {length - 1} fields after its type, not {len(fields) - 1}")
        return message(*read_fields(fields, declared))

    return decode


def _decode_input(fields: list[Any]) -> Input:
    """Read the one message that comes for every player in every tick: the good case is one expression."""
    if len(fields) == 5:
        _, tick, buttons, aim, behind = fields
        if (
            type(tick) is type(buttons) is type(aim) is type(behind) is int
            and 0 <= tick <= limits.MAX_TICK
            and 0 <= buttons <= limits.MAX_BUTTONS
            and 0 <= aim <= limits.MAX_AIM
            and 0 <= behind <= limits.MAX_BEHIND
        ):
            return Input(tick, buttons, aim, behind)
    return _check_input(fields)


_CLIENT: Final[tuple[Any, ...]] = get_args(ClientMessage)
_SERVER: Final[tuple[Any, ...]] = get_args(ServerMessage)
_FIELD_NAMES: Final = {kind.type: [field.name for field in attrs.fields(kind)] for kind in (*_CLIENT, *_SERVER)}
_check_input: Final = _decoder(Input)
_CLIENT_DECODERS: Final[dict[int, Decoder[ClientMessage]]] = {
    **{message.type: _decoder(message) for message in _CLIENT},
    Input.type: _decode_input,
}
_SERVER_DECODERS: Final[dict[int, Decoder[ServerMessage]]] = {message.type: _decoder(message) for message in _SERVER}
