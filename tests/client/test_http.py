"""GET requests to a server."""

from __future__ import annotations

import threading
import urllib.request
from io import BytesIO
from typing import Any

import pytest
import trio

from game_server.client import Target, http_get


async def test_a_request_names_the_server_and_path_and_gives_up_after_5_s_without_a_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def open_(url: str, **options: Any) -> BytesIO:
        asked.append((url, options))
        return BytesIO(b"{}")

    monkeypatch.setattr(urllib.request, "urlopen", open_)
    for url in ("http://127.0.0.1:8000", "https://[::1]:8443/?match=K7RW2P"):
        assert await http_get(Target.from_url(url), "/metrics", len) == 2
    (plain, plain_options), (tls, tls_options) = asked
    assert (plain, tls) == ("http://127.0.0.1:8000/metrics", "https://[::1]:8443/metrics")
    assert plain_options == {"timeout": 5.0, "context": None}
    assert tls_options["timeout"] == 5.0
    assert tls_options["context"].check_hostname


async def test_a_request_that_is_cancelled_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def open_(_url: str, **_options: Any) -> BytesIO:
        assert answered.wait(10)
        return BytesIO()

    monkeypatch.setattr(urllib.request, "urlopen", open_)
    with trio.fail_after(5):
        with trio.move_on_after(0.01) as waiting:
            await http_get(Target("127.0.0.1", 8000, tls=False), "/", len)
    answered.set()
    assert waiting.cancelled_caught
