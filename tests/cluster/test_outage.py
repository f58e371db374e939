"""What is logged of something that is out of order for a while."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from game_server.cluster.outage import OVER_AFTER, Outage


async def test_an_outage_is_logged_once_and_again_when_it_has_been_over_for_a_while(
    caplog: pytest.LogCaptureFixture,
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    caplog.set_level("INFO")
    outage = Outage("it is gone", "it is there again")
    outage.worked()
    for reason in ("no answer", "refused", "no answer"):
        outage.failed(reason)
        outage.worked()  # now and then
        await trio.sleep(OVER_AFTER / 2)
    assert caplog.messages == ["it is gone: no answer"]
    await trio.sleep(OVER_AFTER)
    for _ in range(2):
        outage.worked()
    assert caplog.messages == ["it is gone: no answer", "it is there again"]
    outage.failed("refused")
    assert caplog.messages[2:] == ["it is gone: refused"]
