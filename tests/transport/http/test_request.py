from __future__ import annotations

from collections.abc import Mapping

import pytest
import trio

from game_server.throttling import Keys
from game_server.transport import Guarded, Queried, Response, json_response
from game_server.transport.http.request import MAX_HEAD_BYTES, MAX_HEAD_LINES
from game_server.transport.options import HEAD_TIMEOUT
from tests.transport.clients import HANDSHAKE, HttpClient, head
from tests.transport.port import Start

HOST = {"Host": "play.example"}


async def client(start: Start, **options: object) -> HttpClient:
    return HttpClient(await (await start(**options))())


async def test_a_page_is_served_with_its_type_length_and_date(start: Start) -> None:
    answer = await (await client(start)).get("/")
    assert answer.status == 200
    assert answer.body == b"<!doctype html><title>page</title>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["date"].endswith("GMT")


async def test_pages_that_may_show_this_one_in_a_frame_are_named(start: Start) -> None:
    pages = ("https://club.example", "https://b.example:8443")
    answer = await (await client(start, frame_ancestors=pages)).get("/")
    assert answer.headers["content-security-policy"].endswith(
        "; frame-ancestors https://club.example https://b.example:8443"
    )


@pytest.mark.parametrize(("elsewhere", "allowed"), [(False, "'self'"), (True, "'self' ws: wss:")])
async def test_a_page_connects_to_other_servers_only_where_there_are_some(
    start: Start, elsewhere: bool, allowed: str
) -> None:
    answer = await (await client(start, elsewhere=elsewhere)).get("/")
    assert f"; connect-src {allowed};" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("target", ["/", "/nothing", "/api", "/ws"])
async def test_every_answer_bears_the_security_headers(start: Start, target: str) -> None:
    answer = await (await client(start, api={"/api": dict})).get(target)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_one_connection_serves_many_requests(start: Start) -> None:
    http = await client(start)
    for target in ("/", "/src/main.js", "/nothing", "/index.html"):
        assert (await http.get(target)).status == (404 if target == "/nothing" else 200)


async def test_requests_sent_ahead_are_answered_in_order(start: Start) -> None:
    http = await client(start, api={"/1": lambda: 1, "/2": lambda: 2})
    await http.send(head("GET /1 HTTP/1.1", HOST) + head("GET /2 HTTP/1.1", HOST) + head("GET /3 HTTP/1.1", HOST))
    assert [(await http.answer())[::2] for _ in range(3)] == [(200, b"1"), (200, b"2"), (404, b"Not Found\n")]


async def test_head_gives_the_length_and_sends_no_body(start: Start) -> None:
    http = await client(start)
    answer = await http.get("/", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == "34"
    assert (await http.get("/")).status == 200


async def test_a_file_that_the_browser_has_is_not_sent_again(start: Start) -> None:
    http = await client(start)
    etag = (await http.get("/src/main.js")).headers["etag"]
    answer = await http.get("/src/main.js", If_None_Match=etag)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    assert (await http.get("/src/main.js", If_None_Match='"other"')).status == 200


async def test_the_api_answers_in_json_that_is_never_stored(start: Start) -> None:
    answer = await (await client(start, api={"/healthz": lambda: {"status": "ok", "name": "Zoë"}})).get("/healthz?x=1")
    assert answer.body.decode() == '{"status":"ok","name":"Zoë"}'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_api_function_that_fails_gives_500_and_a_traceback(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> object:
        raise RuntimeError("a fault of ours")

    http = await client(start, api={"/bad": fail, "/good": lambda: 1})
    assert (await http.get("/bad")).status == 500
    assert "a fault of ours" in caplog.text
    assert (await http.get("/good")).status == 200


@pytest.mark.parametrize(("target", "allow"), [("/", "GET, HEAD"), ("/api", "GET, HEAD"), ("/ws", "GET")])
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE", "BREW"])
async def test_another_method_is_answered_with_those_that_are_allowed(
    start: Start, target: str, allow: str, method: str
) -> None:
    answer = await (await client(start, api={"/api": dict})).get(target, method)
    assert (answer.status, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("body", [b"0\r\n\r\n", b"5\r\nabcde\r\n0\r\n\r\n"])
async def test_a_request_with_two_lengths_is_refused_and_nothing_after_it_is_answered(
    start: Start, body: bytes
) -> None:
    http = await client(start, api={"/metrics": Guarded(lambda: b"the codes", "text/plain")})
    lengths = {"Content-Length": str(len(body)), "Transfer-Encoding": "chunked"}
    await http.send(head("POST / HTTP/1.1", HOST | lengths) + body + head("GET /metrics HTTP/1.1", HOST))
    answer = await http.answer("POST")
    assert (answer.status, answer.headers["connection"].split(", ")[-1]) == (400, "close")
    assert answer.body == b"a request has Content-Length or Transfer-Encoding, not both\n"
    assert await http.rest() == b""


@pytest.mark.parametrize("framing", [{"Content-Length": "5"}, {"Transfer-Encoding": "chunked"}])
async def test_nothing_after_a_body_is_answered(start: Start, framing: dict[str, str]) -> None:
    http = await client(start, api={"/api": dict})
    body = b"abcde" if "Content-Length" in framing else b"0\r\n\r\n"
    await http.send(head("POST /api HTTP/1.1", HOST | framing) + body + head("GET /api HTTP/1.1", HOST))
    assert (await http.answer("POST")).status == 405
    assert await http.rest() == b""


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (b"\x16\x03\x01\r\n\r\n", 400, "this is no HTTP request that can be understood"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "this is no HTTP request that can be understood"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "this is no HTTP request that can be understood"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "only HTTP/1 is spoken here"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "no transfer encoding but chunked"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000, 431, "the request head is larger than 16384 bytes"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_our_words(start: Start, said: bytes, status: int, words: str) -> None:
    http = await client(start)
    await http.send(said)
    answer = await http.answer()
    assert (answer.status, answer.body.decode().startswith(words)) == (status, True), answer.body
    assert await http.rest() == b""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "a..b", "a b", "x@y"])
@pytest.mark.parametrize("target", ["/metrics", "/ws"])
async def test_no_page_gets_here_by_a_name_of_its_own(start: Start, host: str, target: str) -> None:
    http = await client(start, api={"/metrics": Guarded(lambda: b"the codes", "text/plain")})
    names = {"Host": host, "Origin": f"http://{host}"} if target == "/ws" else {"Host": host}
    await http.send(head(f"GET {target} HTTP/1.1", {**HANDSHAKE, **names}))
    answer = await http.answer()
    assert (answer.status, "--public-url" in answer.body.decode()) == (421, True)


@pytest.mark.parametrize(
    ("method", "status"), [("POST /", 405), ("POST /nothing", 404), ("GET /", 413), ("HEAD /", 413), ("GET /ws", 426)]
)
@pytest.mark.parametrize("framing", [{"Content-Length": "1000000000"}, {"Transfer-Encoding": "chunked"}])
async def test_a_request_body_is_never_read(start: Start, method: str, status: int, framing: dict[str, str]) -> None:
    http = await client(start)
    await http.send(head(f"{method} HTTP/1.1", HOST | framing) + b"3\r\nabc\r\n")
    answer = await http.answer(method.partition(" ")[0])
    assert (answer.status, answer.headers["connection"].split(", ")[-1]) == (status, "close")
    assert await http.rest() == b""


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt",
        "/src/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/src%2fmain.js/../../../secret.txt",
        "//etc/passwd",
        "/index.html%00.js",
        "/index.html/",
        "/src",
        "http://play.example/../secret.txt",
        "*",
    ],
)
async def test_no_path_leads_out_of_the_site(start: Start, target: str) -> None:
    http = await client(start)
    answer = await http.get(target)
    assert answer.status == 404
    assert (await http.get("/")).status == 200


async def test_a_path_that_is_not_utf8_is_a_bad_request(start: Start) -> None:
    assert (await (await client(start)).get("/%ff")).status == 400


@pytest.mark.parametrize("target", ["/src/m%61in.js", "/src/main.js?v=2", "http://play.example/src/main.js"])
async def test_a_path_may_be_written_in_other_ways(start: Start, target: str) -> None:
    assert (await (await client(start)).get(target)).body == b"export const answer = 42;\n"


async def test_http_1_0_gets_its_answer_and_the_end_of_the_connection(start: Start) -> None:
    http = await client(start)
    await http.send(b"GET / HTTP/1.0\r\n\r\n")
    answer = await http.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await http.rest() == b""


async def test_connection_close_is_honoured(start: Start) -> None:
    http = await client(start)
    assert (await http.get("/", Connection="close")).headers["connection"] == "close"
    assert await http.rest() == b""


async def test_an_offer_to_upgrade_to_something_else_is_passed_over(start: Start) -> None:
    http = await client(start)
    for _ in range(2):
        assert (await http.get("/", Connection="Upgrade, HTTP2-Settings", Upgrade="h2c")).status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
async def test_what_is_no_good_request_is_refused_and_the_connection_ended(
    start: Start, data: bytes, status: int
) -> None:
    http = await client(start)
    await http.send(data)
    answer = await http.answer()
    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert await http.rest() == b""


@pytest.mark.parametrize("line_bytes", [50, 100_000])
async def test_100_kilobytes_of_headers_get_431(start: Start, line_bytes: int) -> None:
    http = await client(start)
    lines = (f"X-{i}: {'x' * line_bytes}\r\n" for i in range(100_000 // line_bytes))
    await http.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + "".join(lines).encode() + b"\r\n")
    assert (await http.answer()).status == 431
    assert await http.rest() == b""


@pytest.mark.parametrize(("surplus", "status"), [(0, 200), (1, 431)])
async def test_the_limit_of_a_request_head_is_exact(start: Start, surplus: int, status: int) -> None:
    http = await client(start, api={"/1": lambda: 1})
    padding = MAX_HEAD_BYTES - len(head("GET / HTTP/1.1", HOST | {"X": ""})) + surplus
    await http.send(head("GET /1 HTTP/1.1", HOST) + head("GET / HTTP/1.1", HOST | {"X": "x" * padding}))
    assert (await http.answer()).status == 200
    assert (await http.answer()).status == status


@pytest.mark.parametrize("begun", ["GET / HT", "GET / HTTP/1.1\r\nHost: play.example\r\n"])
async def test_half_a_request_and_silence_ends_with_408(start: Start, begun: str) -> None:
    http, began = await client(start), trio.current_time()
    await http.send(begun.encode())
    answer = await http.answer(within=HEAD_TIMEOUT + 1)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert await http.rest() == b""
    assert trio.current_time() == pytest.approx(began + HEAD_TIMEOUT)


async def test_a_request_that_comes_byte_by_byte_has_one_deadline(start: Start, nursery: trio.Nursery) -> None:
    http, began = await client(start), trio.current_time()

    async def trickle() -> None:
        for byte in head("GET / HTTP/1.1", HOST):
            await http.send(bytes([byte]))
            await trio.sleep(0.5)

    nursery.start_soon(trickle)
    assert (await http.answer(within=HEAD_TIMEOUT + 1)).status == 408
    assert trio.current_time() == pytest.approx(began + HEAD_TIMEOUT)


async def test_an_idle_connection_is_ended_without_a_word(start: Start) -> None:
    http = await client(start)
    assert (await http.get("/")).status == 200
    began = trio.current_time()
    assert await http.rest(within=HEAD_TIMEOUT + 1) == b""
    assert trio.current_time() == pytest.approx(began + HEAD_TIMEOUT)


async def test_a_peer_that_leaves_in_the_middle_of_a_request_disturbs_nobody(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    dial = await start()
    for sent in (b"", b"GET", head("GET / HTTP/1.1"), head("POST / HTTP/1.1", HOST | {"Content-Length": "9"})):
        stream = await dial()
        await stream.send_all(sent)
        await stream.aclose()
    assert (await HttpClient(await dial()).get("/")).status == 200
    assert "Traceback" not in caplog.text


async def test_a_peer_that_does_not_read_its_answer_is_cut_off(start_lockstep: Start) -> None:
    dial = await start_lockstep()
    stream = await dial()
    await stream.send_all(head("GET / HTTP/1.1", HOST))
    began = trio.current_time()
    await trio.sleep(30)
    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(head("GET / HTTP/1.1", HOST))
    assert trio.current_time() > began
    assert (await HttpClient(await dial()).get("/")).status == 200


async def test_a_websocket_path_without_an_upgrade_says_what_it_wants(start: Start) -> None:
    http = await client(start)
    answer = await http.get("/ws")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    await http.send(head("GET /ws HTTP/1.1", HANDSHAKE))
    assert (await http.answer()).status == 101


@pytest.mark.parametrize(("lines", "status"), [(MAX_HEAD_LINES, 200), (MAX_HEAD_LINES + 1, 431), (4000, 431)])
async def test_a_head_of_too_many_lines_is_refused_before_it_is_parsed(start: Start, lines: int, status: int) -> None:
    http = await client(start, api={"/api": dict})
    await http.send(b"GET /api HTTP/1.1\r\nHost: a\r\n" + b"a:b\r\n" * (lines - 2) + b"\r\n")
    answer = await http.answer()
    assert answer.status == status
    assert status == 200 or answer.body == b"the request head has more than 128 lines\n"


async def test_lines_are_counted_in_each_of_the_heads_sent_ahead(start: Start) -> None:
    http = await client(start, api={"/api": dict})
    await http.send(MAX_HEAD_LINES * head("GET /api HTTP/1.1", HOST))
    assert {(await http.answer()).status for _ in range(MAX_HEAD_LINES)} == {200}


async def test_a_head_that_never_ends_is_refused_as_soon_as_it_is_too_long(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("game_server.transport.http.request.MAX_HEAD_BYTES", 1000)
    http = await client(start)
    await http.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + bytes(1000).replace(b"\0", b"x"))
    assert (await http.answer()).status == 431
    assert await http.rest() == b""


@pytest.mark.parametrize(("fields", "code"), [(16, "NEAR"), (17, "")])
async def test_a_query_with_more_fields_than_anybody_needs_has_none(start: Start, fields: int, code: str) -> None:
    def find(_rest: str, query: Mapping[str, str], _keys: Keys) -> Response:
        return json_response(query.get("match", ""))

    http = await client(start, api={"/find": Queried(find)})
    query = "&".join(["match=NEAR", *(f"x{number}=1" for number in range(1, fields))])
    assert (await http.get(f"/find?{query}")).body.decode() == f'"{code}"'


@pytest.mark.parametrize(("origin", "shared"), [("https://club.example", True), ("https://evil.example", False)])
async def test_files_are_shared_with_pages_that_may_connect_but_answers_are_not(
    start: Start, origin: str, shared: bool
) -> None:
    http = await client(start, api={"/api": dict}, origins=("https://club.example",))
    for target in ("/src/main.js", "/nothing"):
        headers = (await http.get(target, Origin=origin)).headers
        assert headers.get("access-control-allow-origin") == (origin if shared else None)
        assert headers["vary"].split(", ")[-1] == "Origin"
    assert "access-control-allow-origin" not in (await http.get("/api", Origin=origin)).headers
