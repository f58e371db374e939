"""The state of a match: how it is listed, and what goes on in another world."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.errors import ConfigError, RequestRefused
from game_server.lobby.match.hosted_match import OVER
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.match.moderation import Moderation
from game_server.protocol import LOCKED, MAPS, MAX_PHASE, PRIVATE, WITH_PASSWORD, RefusalCode, Spectating
from game_server.simulation import tick_alone
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy


class Phases(Toy):
    """A game in whatever phase a test says."""

    now: Any = ""

    def phase(self) -> Any:
        return self.now


@pytest.mark.parametrize(
    ("phase", "listed"), [("", ""), ("x" * MAX_PHASE, "x" * MAX_PHASE), ("x" * (MAX_PHASE + 1), OVER), (None, OVER)]
)
def test_a_phase_that_cannot_be_sent_ends_the_match(phase: Any, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Phases, "now", phase)
    match = hosted(game=Phases)
    assert match.row().phase == listed
    assert match.state.over is (listed == OVER)


@pytest.mark.parametrize(
    ("chosen", "flags"),
    [
        ({}, 0),
        ({"private": True}, PRIVATE),
        ({"password": "sesame"}, WITH_PASSWORD),
        ({"private": True, "password": "sesame"}, PRIVATE | WITH_PASSWORD),
    ],
)
def test_a_match_is_listed_by_what_keeps_people_out(chosen: dict[str, Any], flags: int) -> None:
    match = hosted(**chosen)
    for locked in (False, True):
        match.state.moderation.locked = locked
        assert match.row().flags == flags | LOCKED * locked
        assert match.is_open is (not flags and not locked)


def test_a_row_counts_people_bots_seats_and_spectators() -> None:
    match = hosted(bots=3)
    for name in ("Ada", "Grace"):
        match.join(FakePerson(name, Clock()))
    match.watch(FakePerson("Vera", Clock()))
    assert match.row() == ("K7RW2P", "Friday", "toy", "", "playing", 2, 2, 4, 1, 0)
    assert match.status() == {**match.row()._asdict(), **match.status(), "players": 4, "tick": 0, "tick_rate": 30}


def test_as_many_watch_as_may_unless_nobody_may() -> None:
    match = hosted(stays={"max_spectators": 1})
    assert match.is_watchable
    match.watch(FakePerson("Vera", Clock()))
    assert not match.is_watchable
    with pytest.raises(RequestRefused, match=r"spectator limit \(1\) reached"):
        match.watch(FakePerson("Walt", Clock()))
    assert not hosted(spectating=Spectating.FORBIDDEN).is_watchable


def test_counts_and_measurements_go_on_in_another_world() -> None:
    match = hosted(rotation=MAPS)
    match.join(FakePerson("Ada", Clock()))
    for _ in range(5):
        tick_alone(match.match)
    before, first = match.state.counts(), match.match
    assert before["repeated"] > 0
    first.desync_reported = True
    match._rotation.new_world()
    assert match.match is not first
    assert match.state.counts() == before
    assert (match.match.profile, match.match.desync_reported) == (first.profile, True)
    for _ in range(5):
        tick_alone(match.match)
    assert match.state.counts()["repeated"] > before["repeated"]


def test_nobody_has_a_seat_that_is_free() -> None:
    with pytest.raises(RequestRefused, match="nobody here is player 3") as refused:
        hosted().state.member(3)
    assert refused.value.code == RefusalCode.NO_SUCH_PLAYER


class Few(Toy):
    """A game for two or three."""

    seats = (2, 3)


@pytest.mark.parametrize(
    ("seats", "bots", "wrong"),
    [
        (2, 0, ""),
        (3, 3, ""),
        (1, 0, "has 2 to 3 seats, not 1"),
        (4, 0, "has 2 to 3 seats, not 4"),
        (3, 4, "4 bots do not fit on 3 seats"),
    ],
)
def test_a_match_has_as_many_seats_as_its_game_and_no_more_bots(seats: int, bots: int, wrong: str) -> None:
    options = MatchOptions("Friday", Few, max_players=seats, bots=bots)
    if wrong:
        with pytest.raises(ConfigError, match=wrong):
            options.check()
    else:
        options.check()


def test_kicks_that_are_over_are_forgotten() -> None:
    moderation = Moderation()
    for number in range(100):
        moderation.kick(f"Eve {number}", "10.0.0.1", 30.0 * number)
    assert len({address for _, address in moderation._kicked}) == 1
    assert len(moderation._kicked) <= 3
