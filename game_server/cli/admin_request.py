"""What a host asks of a server that runs, over the port and the protocol that players use."""

from __future__ import annotations

from typing import Final

import trio
import trio_websocket
from trio_websocket import ConnectionClosed, HandshakeError
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.client.connection import CONNECT_TIMEOUT, Stream, cause_of, connected
from game_server.client.target import Target
from game_server.errors import ProtocolError, RequestRefused, ServerUnreachable, leaves
from game_server.protocol.client_messages import Admin, Hello
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_server, encode
from game_server.protocol.limits import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL
from game_server.protocol.server_messages import Answer, Refused

ANSWER_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 3.0


async def ask(target: Target, request: Admin) -> Answer:
    """Connect, ask, and go; in 23 seconds at most.

    Raises:
        RequestRefused: the server did not grant it.
        ServerUnreachable: no server that speaks this protocol answers at ``target``.
    """
    reply: Answer | Refused | None = None
    trouble = "ended the connection without an answer"
    try:
        async with connected(target) as stream:
            reply = await _ask(target, stream, request)
    except* ConnectionClosed as closed:
        trouble = _said(leaves(closed)[0])
    except* ProtocolError as broken:
        trouble = f"speaks no protocol of ours: {leaves(broken)[0]}"
    except* (WsprotoError, trio.TooSlowError):
        trouble = "does not answer as a game server does"
    except* (HandshakeError, OSError, trio.BrokenResourceError) as failed:
        trouble = f"cannot be reached: {cause_of(leaves(failed)[0])}"
    if isinstance(reply, Refused):
        raise RequestRefused(reply.code, reply.text, reply.wait)
    if reply is None:
        raise ServerUnreachable(f"{target.authority} {trouble}")
    return reply


async def _ask(target: Target, stream: Stream, request: Admin) -> Answer | Refused:
    async with trio.open_nursery() as nursery:
        with trio.fail_after(CONNECT_TIMEOUT):
            socket = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                target.authority,
                target.resource,
                subprotocols=[SUBPROTOCOL],
                max_message_size=MAX_SERVER_MESSAGE_BYTES,
            )
        if socket.subprotocol != SUBPROTOCOL:
            raise ProtocolError(CloseCode.VERSION_MISMATCH, f"it chose {socket.subprotocol!r}, not {SUBPROTOCOL!r}")
        with trio.fail_after(ANSWER_TIMEOUT):
            await socket.send_message(encode(Hello("Admin", "game-server")))
            await socket.send_message(encode(request))
            reply = await _reply(socket)
        with trio.move_on_after(CLOSE_TIMEOUT):
            await socket.aclose()
        nursery.cancel_scope.cancel()
    return reply


async def _reply(socket: trio_websocket.WebSocketConnection) -> Answer | Refused:
    while True:
        data = await socket.get_message()
        if isinstance(data, str):
            raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
        message = decode_server(data)
        if isinstance(message, Answer) or (isinstance(message, Refused) and message.request == Admin.type):
            return message


def _said(error: BaseException) -> str:
    reason = error.reason if isinstance(error, ConnectionClosed) else None
    if reason is None or reason.code == CloseCode.ABNORMAL:
        return "cut the connection off"
    if reason.code == CloseCode.VERSION_MISMATCH:
        return f"speaks another version of the protocol than {SUBPROTOCOL}: {reason.reason or 'no reason given'}"
    return f"closed the connection: {reason.reason or f'code {reason.code}'}"
