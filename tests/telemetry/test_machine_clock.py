from __future__ import annotations

from time import monotonic

import trio

from game_server.telemetry.machine_clock import ahead_of_trio


async def test_trios_clock_and_what_it_is_behind_make_the_clock_of_the_machine() -> None:
    ahead = ahead_of_trio()
    before, here, after = monotonic(), trio.current_time() + ahead, monotonic()
    assert before - 1e-3 <= here <= after + 1e-3
