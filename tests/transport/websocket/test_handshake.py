from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol import CloseCode
from game_server.transport.http.request import Request
from game_server.transport.http.responses import Response
from game_server.transport.websocket.handshake import Upgrade, check_upgrade
from tests.protocol_document import section, tables
from tests.transport.clients import HANDSHAKE, HttpClient, WebSocketClient, head
from tests.transport.port import Owner, Start

BAD: list[tuple[dict[str, str | None], int]] = [
    ({"Upgrade": None}, 426),
    ({"Upgrade": "h2c"}, 426),
    ({"Connection": None}, 426),
    ({"Connection": "keep-alive"}, 426),
    ({"Sec-WebSocket-Version": None}, 400),
    ({"Sec-WebSocket-Version": "8"}, 426),
    ({"Sec-WebSocket-Version": "13, 8"}, 426),
    ({"Sec-WebSocket-Version": ""}, 400),
    ({"Sec-WebSocket-Key": None}, 400),
    ({"Sec-WebSocket-Key": ""}, 400),
    ({"Sec-WebSocket-Key": "dG9vIHNob3J0"}, 400),
    ({"Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!=="}, 400),
    ({"Sec-WebSocket-Protocol": None}, 400),
    ({"Sec-WebSocket-Protocol": ""}, 400),
    ({"Sec-WebSocket-Protocol": "chat, superchat"}, 400),
    ({"Sec-WebSocket-Protocol": "game-server.v"}, 400),
    ({"Sec-WebSocket-Protocol": "game-server.v1x"}, 400),
    ({"Sec-WebSocket-Protocol": "GAME-SERVER.V1"}, 400),
    ({"Sec-WebSocket-Protocol": ", ".join(["game-server.v"] * 900)}, 400),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": "http://play.example, http://play.example"}, 403),
    ({"Origin": "http://pl\xe4y.example"}, 400),
    ({"Host": "pl\xe4y.example"}, 400),
    ({"Connection": "Upgrade, \xff"}, 400),
    ({"Upgrade": "websocket\xff"}, 400),
    ({"Sec-WebSocket-Version": "13\xff"}, 400),
    ({"Sec-WebSocket-Key": "\xff"}, 400),
    ({"Sec-WebSocket-Protocol": "game-server.v1, \xe9"}, 400),
    ({"Sec-WebSocket-Extensions": "permessage-deflate; \xff"}, 400),
    ({"Sec-WebSocket-\xff": "x"}, 400),
    ({"Content-Length": "5"}, 400),
    ({"Transfer-Encoding": "chunked"}, 400),
]


@pytest.mark.parametrize(("change", "status"), BAD)
async def test_a_bad_handshake_is_refused_and_nobody_else_notices(
    start: Start, caplog: pytest.LogCaptureFixture, change: dict[str, str | None], status: int
) -> None:
    dial = await start()
    player = await WebSocketClient.open(await dial())
    http = HttpClient(await dial())
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, **change}))
    assert (await http.answer()).status == status
    await player.send(b"still here")
    assert await player.message() == b"still here"
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST /ws HTTP/1.1", 405),
        ("HEAD /ws HTTP/1.1", 405),
        ("GET /ws HTTP/1.0", 426),
        ("GET /ws HTTP/2.0", 505),
        ("GET /ws/ HTTP/1.1", 404),
        ("GET /socket HTTP/1.1", 404),
        ("GET /WS HTTP/1.1", 404),
        ("GET / HTTP/1.1", 200),
    ],
)
async def test_only_get_of_the_websocket_path_upgrades(start: Start, line: str, status: int) -> None:
    http = HttpClient(await (await start())())
    await http.send(head(line))
    assert (await http.answer(line.partition(" ")[0])).status == status


def test_the_document_has_every_status_that_a_handshake_may_get() -> None:
    documented = {int(row[1][:3]) for row in tables(section("## 1. Connection"))[0] if row[1][:3].isdecimal()}
    assert documented == {101, 405, 421} | {status for _, status in BAD}


async def test_two_lines_of_a_header_that_must_be_one_are_refused(start: Start) -> None:
    dial = await start()
    for line in ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://play.example"):
        http = HttpClient(await dial())
        await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "Origin": "http://play.example"})[:-2])
        await http.send(f"{line}\r\n\r\n".encode())
        assert (await http.answer()).status in (400, 403)


async def test_the_answer_to_another_websocket_version_names_ours(start: Start) -> None:
    http = HttpClient(await (await start())())
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "Sec-WebSocket-Version": "7"}))
    answer = await http.answer()
    assert (answer.status, answer.headers["sec-websocket-version"]) == (426, "13")


async def test_after_a_refusal_the_same_connection_may_try_again(start: Start) -> None:
    http = HttpClient(await (await start())())
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "Sec-WebSocket-Protocol": None}))
    assert (await http.answer()).status == 400
    await http.send(head("GET /ws HTTP/1.1"))
    answer = await http.answer()
    assert (answer.status, answer.headers["sec-websocket-accept"]) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {"Origin": "https://friends.example"},
        {"Host": "friends.example:8443"},
        {"Host": "x" * 300},
        {"Upgrade": "WebSocket"},
        {"Connection": "keep-alive, UPGRADE"},
        {"Sec-WebSocket-Protocol": "chat,game-server.v2 , game-server.v1"},
        {"X-Other": "\xff"},
    ],
)
async def test_a_good_handshake_in_other_words_is_accepted(start: Start, change: dict[str, str]) -> None:
    http = HttpClient(await (await start(origins=("https://friends.example",)))())
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, **change}))
    answer = await http.answer()
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "game-server.v1")


async def test_no_extension_is_ever_negotiated(start: Start) -> None:
    http = HttpClient(await (await start())())
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "Sec-WebSocket-Extensions": "permessage-deflate"}))
    answer = await http.answer()
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


async def test_another_protocol_version_is_accepted_by_name_and_closed_with_4000(start: Start, owner: Owner) -> None:
    dial = await start(owner)
    player = await WebSocketClient.open(await dial(), subprotocols="chat, game-server.v2")
    assert player.subprotocol == "game-server.v2"
    assert (await player.close_code())[0] == CloseCode.VERSION_MISMATCH
    assert owner.ends == []


header_names = st.sampled_from([name.lower().encode() for name in HANDSHAKE] + [b"origin", b"sec-websocket-extensions"])
header_values = st.one_of(
    st.binary(max_size=40), st.sampled_from([value.encode() for value in HANDSHAKE.values()]), st.just(b"null")
)


@given(st.lists(st.tuples(header_names, header_values), max_size=12), st.booleans(), st.booleans())
def test_any_head_is_either_refused_or_upgraded(
    headers: list[tuple[bytes, bytes]], http11: bool, has_body: bool
) -> None:
    good = [(name.lower().encode(), value.encode()) for name, value in HANDSHAKE.items()]
    for base in ([], good):
        answer = check_upgrade(Request("GET", "/ws", tuple(base + headers), http11, has_body), ())
        if isinstance(answer, Upgrade):
            assert answer.head().isascii()
        else:
            assert isinstance(answer, Response)
            assert answer.status in (400, 403, 421, 426)
