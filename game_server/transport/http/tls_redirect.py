"""Plain HTTP at a port that speaks TLS: an ``http`` link is redirected to the ``https`` one."""

from __future__ import annotations

import socket
from http import HTTPStatus

import h11
import trio

from game_server.transport.http.origins import parse_origin
from game_server.transport.http.request import MAX_HEAD_BYTES


async def speaks_plainly(stream: trio.SocketStream) -> bool:
    """Wait for the first byte of a peer, which stays to be read: whether it begins the name of a method of HTTP.

    A handshake of TLS begins with 22 (RFC 8446 section 5.1).
    """
    first = await stream.socket.recv(1, socket.MSG_PEEK)
    return b"A" <= first <= b"Z"


async def send_to_https(stream: trio.SocketStream) -> None:
    """Read one request head of at most `MAX_HEAD_BYTES`, and answer with a redirect; the caller bounds the time.

    What is no such request gets no answer. The redirect is a temporary one: browsers remember the other kind even when
    there is no TLS any more.
    """
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    try:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some())
    except h11.RemoteProtocolError:
        return
    if not isinstance(event, h11.Request) or not event.target.startswith(b"/"):
        return
    named = [value.decode("latin-1") for name, value in event.headers if name == b"host"]
    page = parse_origin(f"http://{named[0]}") if named else None
    if page is None:
        return
    # The port is the one that the browser knows, which need not be the one at which this listens.
    link = f"https://{f'[{page.host}]' if ':' in page.host else page.host}:{page.port}{event.target.decode()}"
    status = HTTPStatus.TEMPORARY_REDIRECT
    body = f"This port speaks https: {link}\n".encode()
    headers = [
        ("Location", link),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    answer = connection.send(h11.Response(status_code=status, headers=headers, reason=status.phrase)) or b""
    if event.method != b"HEAD":
        answer += connection.send(h11.Data(data=body)) or b""
    await stream.send_all(answer)
