from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.protocol import MAX_SERVER_MESSAGE_BYTES, Events, decode_server, pack_event
from game_server.simulation import Event, Grid, Interest, World
from game_server.simulation.replication.event_routing import Announcements, EventRouter
from game_server.simulation.world.interest import ALL_CELLS, UNPLACED
from tests.simulation.toy_game import Dawn, toy

HERE, NEAR, FAR = (55.0, 55.0), (115.0, 55.0), (1000.0, 1000.0)


@attrs.frozen
class Shot(Event):
    code = 16
    name = "shot"
    concerns = ("shooter",)
    shooter: int
    number: int


def heard(audience: EventRouter, player: int, at: tuple[float, float], grid: Grid) -> list[tuple[Any, ...]]:
    [message] = audience.messages([player], {player: int(grid.cells_at(*np.array([at]).T)[0])})
    if not message:
        return []
    events = decode_server(message)
    assert isinstance(events, Events)
    assert events.tick == 1
    return [event[1:] for event in events.events]


def world(*shots: tuple[Shot, tuple[float, float] | None]) -> World:
    made = World(seed=1, max_players=4, tick_rate=30)
    made.advance()
    for shot, place in shots:
        made.emit(shot, at=place)
    return made


def test_an_event_for_some_players_is_a_secret_in_a_world_of_one_cell_and_of_many() -> None:
    for grid in (GRID, Grid(None)):
        made = world((Shot(9, 1), HERE))
        made.emit(Shot(2, 2), at=HERE, to=[0, 1])
        made.emit(Shot(9, 3), to=(3,))
        audience = EventRouter(grid, made)
        assert heard(audience, 0, HERE, grid) == heard(audience, 1, HERE, grid) == [(9, 1), (2, 2)]
        assert heard(audience, 2, HERE, grid) == [(9, 1)], "not even those whom it concerns"
        assert heard(audience, 3, HERE, grid) == [(9, 1), (9, 3)]
        for watching in ("a spectator", "a recording"):
            message = decode_server(audience.message(watching, ALL_CELLS))
            assert isinstance(message, Events)
            assert message.events == ((16, 9, 1),)


def test_a_secret_for_nobody_who_is_here_is_sent_to_nobody() -> None:
    made = world()
    made.emit(Shot(9, 1), to=(7,))
    made.emit(Shot(9, 2), to=())
    assert EventRouter(GRID, made).messages([0, 1], {0: ALL_CELLS, 1: ALL_CELLS}) == [b"", b""]


def announced(*events: tuple[Any, ...], but: int | None = None) -> Announcements:
    made = Announcements()
    made.add(((0, *event) for event in events), but)
    return made


GRID = Grid(Interest(1100, 1100, 200, 200))


def test_an_event_with_a_place_is_sent_to_those_who_see_it() -> None:
    audience = EventRouter(GRID, world((Shot(9, 1), HERE)))
    assert heard(audience, 0, HERE, GRID) == heard(audience, 1, NEAR, GRID) == [(9, 1)]
    assert heard(audience, 2, FAR, GRID) == []


@pytest.mark.parametrize(("cells", "sees"), [(1, True), (2, False), (3, False)])
def test_who_has_no_place_sees_what_happens_somewhere_only_in_a_world_of_one_cell(cells: int, sees: bool) -> None:
    grid = Grid(Interest(110.0 * cells, 110, 200, 200))
    assert grid.cells == cells
    [message] = EventRouter(grid, world((Shot(9, 1), HERE))).messages([0], {0: UNPLACED})
    assert bool(message) == sees


def test_an_event_without_a_place_is_sent_to_everybody() -> None:
    audience = EventRouter(GRID, world((Shot(9, 1), None)))
    assert heard(audience, 0, HERE, GRID) == heard(audience, 2, FAR, GRID) == [(9, 1)]


def test_an_event_is_sent_to_those_whom_it_concerns_wherever_they_are() -> None:
    audience = EventRouter(GRID, world((Shot(2, 1), HERE)))
    assert heard(audience, 2, FAR, GRID) == [(2, 1)]
    assert heard(audience, 3, FAR, GRID) == []


def test_everybody_hears_in_the_order_in_which_it_happened_and_nothing_twice() -> None:
    audience = EventRouter(GRID, world((Shot(2, 1), HERE), (Shot(9, 2), None), (Shot(2, 3), FAR), (Shot(9, 4), NEAR)))
    assert heard(audience, 2, HERE, GRID) == [(2, 1), (9, 2), (2, 3), (9, 4)]
    assert heard(audience, 0, HERE, GRID) == [(2, 1), (9, 2), (9, 4)]
    assert heard(audience, 0, FAR, GRID) == [(9, 2), (2, 3)]


def test_where_everybody_sees_everything_everybody_hears_everything() -> None:
    one = Grid(None)
    audience = EventRouter(one, world((Shot(2, 1), HERE), (Shot(9, 2), FAR)))
    assert heard(audience, 0, HERE, one) == heard(audience, 3, FAR, one) == [(2, 1), (9, 2)]


def test_announcements_are_sent_to_everybody_before_what_happened() -> None:
    audience = EventRouter(GRID, world((Shot(9, 1), HERE)), announced(("Ada",), ("Grace",)))
    assert heard(audience, 0, HERE, GRID) == [("Ada",), ("Grace",), (9, 1)]
    assert heard(audience, 1, FAR, GRID) == [("Ada",), ("Grace",)]


def test_one_who_is_left_out_hears_everything_else() -> None:
    told = announced(("Ada",), but=1)
    told.add([(0, "Grace")])
    audience = EventRouter(GRID, world((Shot(9, 1), HERE)), told)
    assert heard(audience, 1, HERE, GRID) == [("Grace",), (9, 1)]
    assert heard(audience, 2, HERE, GRID) == [("Ada",), ("Grace",), (9, 1)]


def test_one_who_is_left_out_still_hears_what_concerns_him_and_is_far_away() -> None:
    audience = EventRouter(GRID, world((Shot(2, 1), HERE)), announced(("Ada",), but=2))
    assert heard(audience, 2, FAR, GRID) == [(2, 1)]
    assert heard(audience, 3, FAR, GRID) == [("Ada",)]


def test_one_whom_an_event_concerns_hears_what_was_announced_first() -> None:
    audience = EventRouter(GRID, world((Shot(2, 1), HERE)), announced(("Ada",)))
    assert heard(audience, 2, FAR, GRID) == [("Ada",), (2, 1)]


def test_one_who_came_after_an_announcement_hears_only_what_followed() -> None:
    told = announced(("Ada",))
    told.came(2)
    told.add([(0, "Grace")])
    audience = EventRouter(GRID, world((Shot(9, 1), HERE)), told)
    assert heard(audience, 2, HERE, GRID) == [("Grace",), (9, 1)]
    assert heard(audience, 1, HERE, GRID) == [("Ada",), ("Grace",), (9, 1)]


def test_where_there_is_nothing_for_somebody_there_is_no_message() -> None:
    audience = EventRouter(GRID, world(), announced(("Ada",), but=1))
    assert audience.messages([0, 1, 2], [0, 0, 0])[1] == b""


def test_a_spectator_who_sees_everything_and_came_late_hears_all_that_happened() -> None:
    told, spectator = announced(("Ada",)), object()
    told.came(spectator)
    audience = EventRouter(GRID, world((Shot(9, 1), HERE), (Shot(9, 2), FAR)), told)
    events = decode_server(audience.message(spectator, ALL_CELLS))
    assert isinstance(events, Events)
    assert events.events == ((16, 9, 1), (16, 9, 2))


def test_what_nobody_hears_may_be_more_than_a_message_holds() -> None:
    announced = Announcements()
    announced.add([(16, "x" * 1000)] * 1100, but=0)
    audience = EventRouter(Grid(None), world(), announced)
    assert audience.messages([], [0]) == []
    assert audience.messages([0], [0]) == [b""]
    with pytest.raises(RulesError, match="emit fewer"):
        audience.messages([0, 1], [0, 0])


LISTENERS = range(4)
happenings = st.lists(
    st.tuples(st.just("came"), st.sampled_from(LISTENERS))
    | st.tuples(st.just("but"), st.sampled_from([None, *LISTENERS]))
)


@given(happenings)
def test_all_hear_in_order_what_was_announced_after_they_came_but_what_omits_them(
    what: list[tuple[str, int | None]],
) -> None:
    announcements = Announcements()
    heard: dict[int, list[bytes]] = {listener: [] for listener in LISTENERS}
    everything = []
    for number, (kind, listener) in enumerate(what):
        if kind == "came" and listener is not None:
            announcements.came(listener)
            heard[listener].clear()
        else:
            announcements.add([(number,)], listener)
            everything.append(pack_event((number,)))
            for other in LISTENERS:
                if other != listener:
                    heard[other].append(pack_event((number,)))
    assert announcements.everything() == everything
    for listener in LISTENERS:
        assert announcements.events_for(listener) == heard[listener]
        assert listener in announcements.exceptions() or heard[listener] == everything


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_events_of_a_tick_may_fill_a_message_to_its_last_byte(more: int, fits: bool) -> None:
    game = toy()
    game.world.emit(Dawn("x" * 70_000))
    [whole] = EventRouter(Grid(None), game.world).messages([0], [ALL_CELLS])
    game.world.forget_events()
    game.world.emit(Dawn("x" * (70_000 + MAX_SERVER_MESSAGE_BYTES - len(whole) + more)))
    router = EventRouter(Grid(None), game.world)
    if fits:
        [full] = router.messages([0], [ALL_CELLS])
        assert len(full) == MAX_SERVER_MESSAGE_BYTES
    else:
        with pytest.raises(RulesError, match="1 events of tick 0 are 1048577 bytes for one player"):
            router.messages([0], [ALL_CELLS])
