"""Requests to a running server, over the port and the protocol that players use."""

from __future__ import annotations

from typing import Final

import trio
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.client import CONNECT_TIMEOUT, ConnectError, Stream, Target, open_stream, open_websocket
from game_server.errors import ProtocolError, RequestRefused, ServerUnreachable, leaves
from game_server.protocol import SUBPROTOCOL, Admin, Answer, CloseCode, Hello, Refused, decode_server, encode

ANSWER_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 3.0


async def ask(target: Target, request: Admin) -> Answer:
    """Connect, send ``request``, and return the answer; takes 23 seconds at most.

    Raises:
        RequestRefused: the server refused the request.
        ServerUnreachable: no server that speaks this protocol answers at ``target``.
    """
    reply: Answer | Refused | None = None
    trouble = "ended the connection without an answer"
    try:
        async with open_stream(target) as stream:
            reply = await _ask(target, stream, request)
    except* ConnectionClosed as closed:
        trouble = _why_closed(leaves(closed)[0])
    except* ProtocolError as broken:
        trouble = f"speaks another protocol: {leaves(broken)[0]}"
    except* (WsprotoError, trio.TooSlowError):
        trouble = "does not answer as a game server does"
    except* (ConnectError, HandshakeError, OSError, trio.BrokenResourceError) as failed:
        error = leaves(failed)[0]
        why = error if isinstance(error, ConnectError) else ConnectError.because(error)
        trouble = f"cannot be reached: {str(why).removeprefix('could not connect: ')}"
    if isinstance(reply, Refused):
        raise RequestRefused(reply.code, reply.text, reply.wait)
    if reply is None:
        raise ServerUnreachable(f"{target.authority} {trouble}")
    return reply


async def _ask(target: Target, stream: Stream, request: Admin) -> Answer | Refused:
    async with trio.open_nursery() as nursery:
        with trio.fail_after(CONNECT_TIMEOUT):
            socket = await open_websocket(nursery, stream, target)
        with trio.fail_after(ANSWER_TIMEOUT):
            await socket.send_message(encode(Hello("Admin", "game-server")))
            await socket.send_message(encode(request))
            reply = await _reply(socket)
        with trio.move_on_after(CLOSE_TIMEOUT):
            await socket.aclose()
        nursery.cancel_scope.cancel()
    return reply


async def _reply(socket: WebSocketConnection) -> Answer | Refused:
    while True:
        data = await socket.get_message()
        if isinstance(data, str):
            raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
        message = decode_server(data)
        if isinstance(message, Answer) or (isinstance(message, Refused) and message.request == Admin.type):
            return message


def _why_closed(error: BaseException) -> str:
    reason = error.reason if isinstance(error, ConnectionClosed) else None
    if reason is None or reason.code == CloseCode.ABNORMAL:
        return "cut the connection off"
    if reason.code == CloseCode.VERSION_MISMATCH:
        return f"speaks another version of the protocol than {SUBPROTOCOL}: {reason.reason or 'no reason given'}"
    return f"closed the connection: {reason.reason or f'code {reason.code}'}"
