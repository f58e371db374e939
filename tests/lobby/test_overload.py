from __future__ import annotations

import logging

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.overload import Overload
from game_server.protocol import RefusalCode


def test_new_matches_are_refused_from_half_a_tick_of_lateness_on_until_it_is_a_quarter() -> None:
    overload = Overload()
    for lateness, refused in ((0.0, False), (0.5, False), (0.51, True), (0.3, True), (0.24, False), (0.4, False)):
        overload.look(lateness)
        assert overload.lasts == refused
    overload.check()
    overload.look(2.0)
    with pytest.raises(RequestRefused, match="try again in 10 s") as caught:
        overload.check()
    assert (caught.value.code, caught.value.wait, overload.times) == (RefusalCode.BUSY, 10, 2)


def test_an_overload_is_logged_once_however_long_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    overload = Overload()
    with caplog.at_level(logging.INFO):
        for lateness in (1.0, 0.4, 3.0, 1.0, 0.0):
            overload.look(lateness)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
