"""HTTP requests to a server."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import trio
import trustme

from game_server.client import CONNECT_TIMEOUT, HTTP_ERRORS, HttpError, Target, TlsError, Trust, http_get, http_send
from tests.waiting import bounded

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Answering = Callable[..., Awaitable[Target]]


@pytest.fixture
def answering(nursery: trio.Nursery) -> Answering:
    """``target = await answering(bytes)``: a server that answers every request with ``bytes``; None never does."""

    async def answering(
        answer: bytes | None, asked: list[bytes] | None = None, context: ssl.SSLContext | None = None
    ) -> Target:
        async def talk(stream: trio.abc.Stream) -> None:
            if context:
                stream = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
            with suppress(trio.BrokenResourceError):  # a client that does not trust it hangs up
                head = bytes(await stream.receive_some())
                if asked is not None:
                    asked.append(head)
                if answer is None:
                    await trio.sleep_forever()
                else:
                    await stream.send_all(answer)
                    await stream.aclose()

        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, talk, [listener])
        return Target("127.0.0.1", listener.socket.getsockname()[1], tls=context is not None)

    return answering


async def test_a_request_names_the_server_the_path_and_what_it_sends(answering: Answering) -> None:
    asked: list[bytes] = []
    target = await answering(OK, asked)
    with bounded():
        assert await http_send(target, "GET", "/metrics?a=b") == b"{}"
        assert await http_send(target, "PATCH", "/count", b'{"count": "1"}') == b"{}"
    get, patch = asked
    assert get.lower() == f"get /metrics?a=b http/1.1\r\nhost: {target.authority}\r\nconnection: close\r\n\r\n".encode()
    assert b"content-type: application/json\r\ncontent-length: 14\r\n" in patch.lower()
    assert patch.endswith(b'\r\n\r\n{"count": "1"}')


async def test_a_server_behind_tls_is_asked_if_its_certificate_is_trusted(answering: Answering, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    target = await answering(OK, None, context)
    with bounded(), pytest.raises(TlsError):
        await http_send(target, "GET", "/")
    with authority.cert_pem.tempfile(dir=str(tmp_path)) as file, bounded():
        trusting = Target(target.host, target.port, tls=True, trust=Trust(ca=Path(file)))
        assert await http_send(trusting, "GET", "/") == b"{}"


@pytest.mark.parametrize(
    ("answer", "status", "saying"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", 404, "was answered with 404"),
        (b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", 301, "was answered with 301"),
        (b"HTTP/1.1 300 Choices\r\nContent-Length: 0\r\n\r\n", 300, "was answered with 300"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", 0, "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0, "is not HTTP"),
        (b"220 mail.example.org ESMTP\r\n\r\n", 0, "is not HTTP"),
        (b"220 mail", 0, "not answered in HTTP"),
        (b"", 0, "not answered in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b" " * 101, 0, "more than 100 bytes"),
    ],
)
async def test_an_answer_that_is_no_success_is_an_error_that_says_why(
    answering: Answering, answer: bytes, status: int, saying: str
) -> None:
    target = await answering(answer)
    with bounded(), pytest.raises(HttpError, match=saying) as caught:
        await http_send(target, "GET", "/", most=100)
    assert caught.value.status == status
    assert caught.value.body == (b"gone" if status == 404 else b"")


async def test_an_answer_may_have_as_many_bytes_as_are_allowed(answering: Answering) -> None:
    target = await answering(b"HTTP/1.1 299 OK\r\nContent-Length: 100\r\n\r\n" + b" " * 100)
    with bounded():
        assert await http_send(target, "GET", "/", most=100) == b" " * 100


async def test_what_a_server_says_before_its_answer_is_none(answering: Answering) -> None:
    target = await answering(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + OK)
    with bounded():
        assert await http_send(target, "GET", "/") == b"{}"


async def test_of_a_refusal_the_first_200_bytes_are_kept(answering: Answering) -> None:
    target = await answering(b"HTTP/1.1 500 Oops\r\nContent-Length: 300\r\n\r\n" + b"x" * 300)
    with bounded(), pytest.raises(HttpError) as caught:
        await http_send(target, "GET", "/")
    assert caught.value.body == b"x" * 200


async def test_a_server_that_does_not_answer_is_given_up_in_time(
    answering: Answering,
    jumping_clock: None,  # noqa: ARG001
) -> None:
    target = await answering(None)
    for asking, within in (
        (http_send(target, "GET", "/", within=1.5), 1.5),
        (http_send(target, "GET", "/"), CONNECT_TIMEOUT),
        (http_get(target, "/", len), CONNECT_TIMEOUT),
    ):
        began = trio.current_time()
        with pytest.raises(trio.TooSlowError):
            await asking
        assert trio.current_time() - began == pytest.approx(within, abs=0.1)


async def test_a_server_that_is_not_there_is_one_of_the_errors_of_requests() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with bounded(), pytest.raises(HTTP_ERRORS):
        await http_send(Target("127.0.0.1", port, tls=False), "GET", "/")


async def test_what_was_got_is_parsed_in_a_thread_which_a_cancelled_request_leaves(answering: Answering) -> None:
    target = await answering(OK)
    parsing, parsed = trio.Event(), threading.Event()
    token = trio.lowlevel.current_trio_token()

    def parse(body: bytes) -> bytes:
        trio.from_thread.run_sync(parsing.set, trio_token=token)
        assert parsed.wait(10)
        return body

    async with trio.open_nursery() as nursery:
        nursery.start_soon(http_get, target, "/", parse)
        with bounded():
            await parsing.wait()
        nursery.cancel_scope.cancel()
    parsed.set()
    with bounded():
        assert await http_get(target, "/", len) == 2
