"""A load test whose processes are real ones."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from game_server.bots.load_test import LoadTest
from game_server.bots.plan import Plan
from game_server.bots.scenario import built_in
from game_server.bots.target import Target


async def test_one_that_is_called_off_as_it_begins_ends_its_processes_without_a_word(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = trio.lowlevel.open_process

    async def begin_and_call_off(*arguments: Any, **options: Any) -> trio.Process:
        process = await begin(*arguments, **options)
        calling_off.cancel()
        return process

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_and_call_off)
    test = LoadTest([Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 2, 30.0, 50.0))])
    with trio.CancelScope() as calling_off:
        await test.run()
    assert (test.broken, capfd.readouterr()) == ([], ("", ""))
