from __future__ import annotations

from copy import deepcopy
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from game_server.errors import RequestRefused
from game_server.protocol import (
    DELTA,
    KEYFRAME,
    Chat,
    ClientMessage,
    CloseCode,
    Command,
    Events,
    Hello,
    Input,
    Leave,
    OutOfSync,
    Ping,
    Pong,
    RefusalCode,
    Resync,
    Snapshot,
    SnapshotDecoder,
    View,
    Vote,
    decode_server,
    encode,
)
from game_server.simulation import START_ROUND, Inputs, Interest, Newcomer, World, tick_alone
from game_server.simulation.match.match import BOTS_A_TICK, Match
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.shown import shown
from tests.simulation.toy_game import DAY, PRIZE_EVERY, RIGHT, SNATCH, Toy, ToyBrain, toy


def match_of(people: int, *, max_players: int = 4, **options: Any) -> tuple[Match, list[FakeOutlet]]:
    match = Match(toy(max_players=max_players), on_message=lambda _number, _message: None, **options)
    outlets = [FakeOutlet() for _ in range(people)]
    for outlet in outlets:
        match.seat(outlet=outlet)
    return match, outlets


def tick(match: Match, times: int = 1) -> None:
    for _ in range(times):
        tick_alone(match)


# Seats


def test_seats_are_given_out_from_the_lowest_free_one() -> None:
    match, _ = match_of(3)
    match.unseat(1)
    assert match.seat(outlet=FakeOutlet()).number == 1
    assert match.seat(outlet=FakeOutlet()).number == 3
    assert sorted(match.players) == [0, 1, 2, 3]


def test_a_match_without_a_free_seat_refuses_another() -> None:
    match, _ = match_of(4)
    with pytest.raises(RequestRefused, match="all 4 seats are taken") as caught:
        match.seat(outlet=FakeOutlet())
    assert caught.value.code == RefusalCode.MATCH_FULL


def test_one_who_takes_a_seat_has_a_row_until_it_is_given_up() -> None:
    match, _ = match_of(2)
    assert match.game.owned.live.tolist() == [0, 1]
    match.unseat(0)
    assert match.game.owned.live.tolist() == [1]


class Waiting(Toy):
    """A world of several views, where a player who comes has a row at once, or later."""

    interest = Interest(400, 400, 100, 100)
    later = False

    def join(self, player: int, newcomer: Newcomer) -> None:
        if not self.later:
            super().join(player, newcomer)

    def leave(self, player: int) -> None:
        if player in self.runners.live:
            super().leave(player)


@pytest.fixture
def left_seat(monkeypatch: pytest.MonkeyPatch) -> Match:
    """A match whose player 0 has left and who takes that seat has no row, while player 1 is where both were."""
    match = Match(Waiting(World(seed=1, max_players=2, tick_rate=30)), on_message=lambda _number, _message: None)
    for _ in range(2):
        match.seat(outlet=FakeOutlet())
    tick(match)
    assert match.replication.rows_around(match.replication.centres[0])["runner"].keys() == {0, 1}
    match.unseat(0)
    monkeypatch.setattr(Waiting, "later", True)
    return match


def test_a_new_player_without_a_row_is_sent_nothing_that_the_former_one_saw(left_seat: Match) -> None:
    newcomer = FakeOutlet()
    left_seat.seat(outlet=newcomer)
    tick(left_seat)
    [snapshot] = newcomer.snapshots()
    assert SnapshotDecoder(left_seat.replication.schema, 0).apply(snapshot).tables["runner"] == {}


def test_a_bot_that_takes_a_seat_and_has_no_row_sees_nothing_its_former_owner_saw(left_seat: Match) -> None:
    seen: list[View] = []

    class Watcher(ToyBrain):
        def decide(self, view: View) -> Command:
            seen.append(view)
            return super().decide(view)

    left_seat.seat(brain_for=Watcher)
    tick(left_seat, 2)
    assert [view.tables["runner"] for view in seen] == [{}, {}]


def test_a_seat_taken_again_begins_with_nothing_pressed() -> None:
    match, (outlet,) = match_of(1)
    outlet.say(Input(1, RIGHT, 4095))
    tick(match)
    moving = match.game.owned.row(0)["vx"]
    match.unseat(0)
    match.seat(outlet=FakeOutlet())
    tick(match)
    assert moving > 0
    assert match.game.owned.row(0)["vx"] == 0


def test_an_empty_seat_presses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    match, (outlet,) = match_of(1)
    pressed: list[tuple[int, int]] = []
    monkeypatch.setattr(match.game, "step", lambda inputs: pressed.append((int(inputs.buttons[0]), int(inputs.aim[0]))))
    outlet.say(Input(1, RIGHT, 4095))
    tick(match)
    match.unseat(0)
    tick(match)
    assert pressed == [(RIGHT, 4095), (0, 0)]


# Away and back


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The buttons of player 0 in each tick of toys."""
    seen: list[int] = []
    step = Toy.step

    def spy(toy: Toy, inputs: Inputs) -> None:
        seen.append(int(inputs.buttons[0]))
        step(toy, inputs)

    monkeypatch.setattr(Toy, "step", spy)
    return seen


class Runner:
    """A brain that runs."""

    def decide(self, _view: View) -> Command:
        return Command(RIGHT, 0)


def test_one_who_is_away_keeps_seat_and_row_and_stands_still(pressed: list[int]) -> None:
    match, (outlet,) = match_of(1)
    outlet.say(*(Input(n, RIGHT, 0) for n in range(1, 20)))
    tick(match)
    match.detach(0)
    tick(match, 2)
    assert pressed == [RIGHT, 0, 0]
    assert outlet.snapshots()[-1].tick == 1
    assert match.game.owned.live.tolist() == [0]


def test_one_who_is_back_begins_with_a_keyframe_and_no_old_inputs(pressed: list[int]) -> None:
    match, (outlet,) = match_of(1)
    outlet.say(*(Input(n, RIGHT, 0) for n in range(1, 20)))
    tick(match, 2)
    match.detach(0)
    back = FakeOutlet()
    match.attach(0, back)
    tick(match)
    [snapshot] = back.snapshots()
    assert (snapshot.kind, snapshot.ack, snapshot.depth) == (KEYFRAME, 0, 0)
    back.say(Input(5, RIGHT, 0))
    tick(match, 2)
    assert pressed == [RIGHT, RIGHT, 0, 0, RIGHT]


def test_a_brain_may_play_for_one_who_is_away(pressed: list[int]) -> None:
    match, _ = match_of(1)
    match.detach(0, lambda _number: Runner())
    tick(match, 2)
    match.attach(0, FakeOutlet())
    tick(match)
    assert pressed == [RIGHT, RIGHT, 0]


def test_a_newer_outlet_may_take_the_place_of_an_older_one() -> None:
    match, (older,) = match_of(1)
    tick(match)
    newer = FakeOutlet()
    match.attach(0, newer)
    older.heard()
    tick(match)
    assert older.heard() == []
    assert [s.kind for s in newer.snapshots()] == [KEYFRAME]


# Watching


def test_a_spectator_has_neither_seat_nor_row_and_sees_what_the_players_see() -> None:
    match, (outlet,) = match_of(1)
    tick(match)
    watching = FakeOutlet()
    match.watch(watching)
    outlet.say(Input(2, RIGHT, 0), Input(3, RIGHT, 0))
    tick(match, 2)
    seen, shown_to_player = watching.snapshots(), outlet.snapshots()[1:]
    assert [(s.tick, s.kind, s.own) for s in seen] == [(2, KEYFRAME, b""), (3, DELTA, b"")]
    assert seen[1].tables == shown_to_player[1].tables
    assert list(match.players) == [0]


def test_a_spectator_who_is_slow_gets_a_keyframe_when_there_is_room_again() -> None:
    match, _ = match_of(1)
    watching = FakeOutlet()
    spectator = match.watch(watching)
    tick(match)
    watching.full = True
    tick(match, 2)
    watching.full = False
    tick(match)
    assert [s.kind for s in watching.snapshots()] == [KEYFRAME, KEYFRAME]
    assert spectator.skipped == 2


def test_spectators_are_sent_what_happens_until_they_go() -> None:
    match, (outlet,) = match_of(1)
    watching = FakeOutlet()
    spectator = match.watch(watching)
    outlet.say(*(Input(n, SNATCH, 0) for n in range(1, PRIZE_EVERY + 1)))
    tick(match, PRIZE_EVERY)
    match.announce((2, "hello"))
    tick(match)
    told = watching.events()
    assert told == outlet.events()
    assert told[-1] == (2, "hello")
    match.unwatch(spectator)
    tick(match)
    assert watching.sent == []


# What is sent, and in which order


def test_the_first_snapshot_is_a_keyframe_and_the_next_ones_are_deltas() -> None:
    match, (outlet,) = match_of(1)
    outlet.say(*(Input(n, RIGHT, 0) for n in range(1, 4)))
    tick(match, 3)
    snapshots = outlet.snapshots()
    assert [(s.tick, s.kind) for s in snapshots] == [(1, KEYFRAME), (2, DELTA), (3, DELTA)]


def test_a_late_joiner_gets_a_keyframe_and_the_others_go_on_with_deltas() -> None:
    match, (first,) = match_of(1)
    tick(match, 2)
    second = FakeOutlet()
    match.seat(outlet=second)
    first.heard()
    tick(match)
    assert [s.kind for s in first.snapshots()] == [DELTA]
    assert [s.kind for s in second.snapshots()] == [KEYFRAME]


def test_after_skipped_snapshots_comes_a_keyframe() -> None:
    match, (outlet,) = match_of(1)
    tick(match)
    outlet.full = True
    tick(match, 3)
    outlet.full = False
    tick(match, 2)
    assert [(s.tick, s.kind) for s in outlet.snapshots()] == [(1, KEYFRAME), (5, KEYFRAME), (6, DELTA)]
    assert match.players[0].skipped == 3


def test_events_come_before_the_snapshot_of_their_tick_to_everybody() -> None:
    match, outlets = match_of(2)
    outlets[0].say(*(Input(n, SNATCH, 0) for n in range(1, PRIZE_EVERY + 1)))
    tick(match, PRIZE_EVERY)
    for outlet in outlets:
        heard = outlet.heard()
        at = next(i for i, message in enumerate(heard) if isinstance(message, Events))
        events, snapshot = heard[at : at + 2]
        assert isinstance(events, Events)
        assert isinstance(snapshot, Snapshot)
        assert (events.tick, snapshot.tick) == (PRIZE_EVERY, PRIZE_EVERY)
        ((code, player, worth),) = events.events
        assert (code, player, 1 <= worth <= 10) == (16, 0, True)


def test_events_reach_those_whose_snapshots_are_skipped_too() -> None:
    match, (outlet,) = match_of(1)
    outlet.full = True
    tick(match, DAY)
    assert outlet.heard() == [Events(DAY, ((20, "day 1"),))]


def test_a_tick_in_which_nothing_happened_has_no_events() -> None:
    match, (outlet,) = match_of(1)
    tick(match, PRIZE_EVERY - 1)
    assert all(isinstance(message, Snapshot) for message in outlet.heard())


def test_announcements_reach_all_but_one_left_out_in_one_message_with_the_next_tick() -> None:
    match, outlets = match_of(3)
    watching = FakeOutlet()
    match.watch(watching)
    tick(match)
    for outlet in (*outlets, watching):
        outlet.heard()
    match.announce((0, 1, "Ada", 0), but=1)
    match.announce((1, 2, 0))
    assert [outlet.sent for outlet in outlets] == [[], [], []]
    tick(match)
    heard = [[message for message in outlet.told() if isinstance(message, Events)] for outlet in (*outlets, watching)]
    everything = [Events(2, ((0, 1, "Ada", 0), (1, 2, 0)))]
    assert heard == [everything, [Events(2, ((1, 2, 0),))], everything, everything]


def test_a_newcomer_is_sent_nothing_that_was_announced_before() -> None:
    match, (first,) = match_of(1)
    match.announce((1, 1, 0))
    second, watching = FakeOutlet(), FakeOutlet()
    match.seat(outlet=second)
    match.watch(watching)
    match.announce((0, 2, "Ada", 0))
    tick(match)
    assert first.events() == [(1, 1, 0), (0, 2, "Ada", 0)]
    assert second.events() == watching.events() == [(0, 2, "Ada", 0)]


def test_one_who_is_back_is_sent_nothing_that_was_announced_while_away() -> None:
    match, (first, _) = match_of(2)
    match.detach(0)
    match.announce((2, 0, 30))
    match.attach(0, first)
    tick(match)
    assert first.events() == []


def test_a_match_that_is_concluded_sends_its_announcements_at_once_and_only_once() -> None:
    match, outlets = match_of(2)
    watching = FakeOutlet()
    match.watch(watching)
    match.announce((1, 2, 0), but=1)
    match.conclude()
    assert [outlet.events() for outlet in (*outlets, watching)] == [[(1, 2, 0)], [], [(1, 2, 0)]]
    tick(match)
    assert outlets[0].events() == []


# Inputs


def test_an_input_is_used_in_its_tick_and_acknowledged_by_that_ticks_snapshot() -> None:
    match, (outlet,) = match_of(1)
    outlet.say(Input(3, RIGHT, 2048), Input(4, RIGHT, 2048))
    tick(match, 4)
    assert [(s.ack, s.depth) for s in outlet.snapshots()] == [(0, 2), (0, 2), (3, 1), (4, 0)]
    assert match.inputs.counts(0).used == 2


@pytest.mark.parametrize("ahead", [-5, 0, 33, 1_000, 2**32 - 20])
def test_an_input_out_of_its_time_is_counted_and_ignored(ahead: int) -> None:
    match, (outlet,) = match_of(1)
    tick(match, 10)
    outlet.say(Input(10 + ahead, RIGHT, 0))
    tick(match, 40)
    counts = match.inputs.counts(0)
    assert (counts.used, counts.late + counts.early) == (0, 1)
    assert outlet.closed is None


def test_a_thousand_inputs_in_one_tick_are_no_more_than_the_window_holds() -> None:
    match, (outlet,) = match_of(1)
    outlet.say(*(Input(n, RIGHT, 0) for n in range(1, 1_001)))
    tick(match)
    assert match.inputs.depth[0] == 31
    assert match.inputs.counts(0).early == 1_000 - 32


# Other messages


def test_a_ping_is_answered_with_its_own_time_and_the_matchs() -> None:
    match, (outlet,) = match_of(1)
    match.match_time = lambda: 41.5
    outlet.say(Ping(12.25), Ping(7))
    tick(match)
    assert outlet.heard()[:2] == [Pong(12.25, 41.5), Pong(7, 41.5)]


def test_what_is_not_for_the_match_itself_goes_to_its_host_with_its_player() -> None:
    said: list[tuple[int, ClientMessage]] = []
    match = Match(toy(), on_message=lambda number, message: said.append((number, message)))
    outlets = [FakeOutlet(), FakeOutlet()]
    for outlet in outlets:
        match.seat(outlet=outlet)
    outlets[1].say(Chat("well played"), Leave(), Vote(1))
    tick(match)
    assert said == [(1, Chat("well played")), (1, Leave()), (1, Vote(1))]


def test_what_is_asked_of_the_match_after_that_goes_the_same_way_in_its_order() -> None:
    said: list[tuple[int, ClientMessage]] = []
    match = Match(toy(), on_message=lambda number, message: said.append((number, message)))
    outlets = [FakeOutlet(), FakeOutlet()]
    for outlet in outlets:
        match.seat(outlet=outlet)
    outlets[0].say(Ping(3))
    outlets[1].say(Ping(1), Leave(), Ping(2), Resync(1))
    tick(match)
    assert said == [(1, Leave()), (1, Ping(2)), (1, Resync(1))]
    assert [outlet.heard()[0] for outlet in outlets] == [Pong(3, 0.0), Pong(1, 0.0)]
    outlets[1].say(Ping(4))
    tick(match)
    assert outlets[1].heard()[0] == Pong(4, 1.0)


def test_a_resync_is_served_with_a_keyframe_and_counted() -> None:
    match, (outlet,) = match_of(1)
    tick(match)
    outlet.heard()
    outlet.say(Resync(1))
    tick(match, 2)
    assert [s.kind for s in outlet.snapshots()] == [KEYFRAME, DELTA]
    assert match.counts()["desyncs"] == 1


def test_a_resync_is_served_at_most_once_a_second() -> None:
    match, (outlet,) = match_of(1)
    tick(match)
    outlet.heard()
    for _ in range(90):
        outlet.say(Resync(1), Resync(1))
        tick(match)
    keyframes = [s.tick for s in outlet.snapshots() if s.kind == KEYFRAME]
    assert keyframes == [2, 32, 62]
    assert match.counts()["desyncs"] == 180


def test_the_first_desync_of_a_match_is_logged_and_later_ones_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    match, outlets = match_of(2)
    tick(match, 5)
    for number, outlet in enumerate(outlets):
        outlet.say(*[Resync(4 + number)] * 50)
    tick(match)
    spectator = match.watch(FakeOutlet())
    match.resync(spectator, 6)
    says = "match toy: desync: player 0 reported at tick 5 that its state contradicts the snapshot of tick 4; later"
    assert [record.message.startswith(says) for record in caplog.records] == [True]
    assert match.counts()["desyncs"] == 101


def test_a_client_that_missed_a_snapshot_notices_in_a_second_and_has_it_a_tick_later() -> None:
    match, (outlet, _) = match_of(2)
    outlet.say(*(Input(n, RIGHT, 0) for n in range(1, 33)))
    decoder = SnapshotDecoder(match.replication.schema, 0)
    tick(match, 5)
    for snapshot in outlet.snapshots():
        decoder.apply(snapshot)
    match.unseat(1)
    tick(match)
    outlet.snapshots()
    faults = []
    for _ in range(26):
        tick(match)
        for snapshot in outlet.snapshots():
            try:
                decoder.apply(snapshot)
            except OutOfSync:
                faults.append(snapshot.tick)
                outlet.say(Resync(snapshot.tick))
    assert faults == [30]
    assert decoder.view.tables["runner"].keys() == {0}


# A player who breaks the protocol


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (encode(Hello("Ada", "")), "hello is sent once"),
        (b"", "not one whole msgpack value"),
        (b"\x91" * 1_000 + b"\xc0", "message type is an integer, not an array"),
        (b"\x95\x02\x01\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x00\x00", "input.buttons is an integer, not a float"),
    ],
    ids=["a second hello", "nothing", "nested", "NaN"],
)
def test_a_bad_message_closes_its_sender_with_4001(data: bytes, says: str) -> None:
    match, (outlet,) = match_of(1)
    outlet.incoming.append(data)
    tick(match)
    assert outlet.closed is not None
    code, reason = outlet.closed
    assert code == CloseCode.BAD_MESSAGE
    assert reason.startswith(says)


def test_a_bad_message_changes_not_a_byte_for_anybody_else() -> None:
    def play(hostile: list[bytes]) -> list[bytes]:
        match, outlets = match_of(3)
        for number in range(1, 40):
            for outlet in outlets[1:]:
                outlet.say(Input(number, RIGHT | SNATCH, number), Ping(number))
            if number == 20:
                outlets[0].incoming += hostile
            tick(match)
        assert [outlet.closed is not None for outlet in outlets] == [bool(hostile), False, False]
        return outlets[1].sent + outlets[2].sent

    assert play([]) == play([b"\xc1", b"\x90", bytes(20_000)])


def test_what_follows_a_bad_message_is_not_read_and_what_came_before_was() -> None:
    match, (outlet,) = match_of(1)
    outlet.say(Input(1, RIGHT, 0))
    outlet.incoming.append(b"\xc1")
    outlet.say(Input(2, RIGHT, 0))
    tick(match, 2)
    assert match.inputs.counts(0).used == 1


# Bots


class Counter:
    """A brain that notes the ticks whose views it was shown."""

    def __init__(self) -> None:
        self.ticks: list[int] = []

    def decide(self, view: View) -> Command:
        self.ticks.append(view.tick)
        return Command(RIGHT, 2048)


def _given(brain: Counter, _number: int) -> Counter:
    return brain


def match_of_bots(count: int) -> tuple[Match, list[Counter]]:
    match = Match(toy(max_players=count), on_message=lambda _number, _message: None)
    brains = [Counter() for _ in range(count)]
    for brain in brains:
        match.seat(brain_for=partial(_given, brain))
    return match, brains


def test_up_to_32_bots_think_in_every_tick() -> None:
    match, brains = match_of_bots(BOTS_A_TICK)
    tick(match, 6)
    assert all(brain.ticks == [0, 1, 2, 3, 4, 5] for brain in brains)


@pytest.mark.parametrize("count", [33, 64, 65, 100])
def test_more_bots_think_in_turns_at_most_32_in_a_tick(count: int) -> None:
    match, brains = match_of_bots(count)
    turns = -(-count // BOTS_A_TICK)
    tick(match, 4 * turns)
    thought = [brain.ticks for brain in brains]
    assert all(len(ticks) == 4 for ticks in thought)
    assert all(b - a == turns for ticks in thought for a, b in pairwise(ticks))
    assert max(sum(n in ticks for ticks in thought) for n in range(4 * turns)) <= BOTS_A_TICK


def test_a_bot_that_waits_for_its_turn_goes_on_as_it_was() -> None:
    match, brains = match_of_bots(64)
    tick(match, 2)
    speeds = match.game.owned.column("vx")[:64].copy()
    tick(match)
    assert sum(brain.ticks[-1] == 2 for brain in brains) == 32
    assert (match.game.owned.column("vx")[:64] > speeds).all()


def test_a_brain_may_decide_with_a_plain_tuple(pressed: list[int]) -> None:
    class Plain:
        def decide(self, _view: View) -> Any:
            return RIGHT, 0, 0

    match, _ = match_of(0)
    match.seat(brain_for=lambda _number: Plain())
    tick(match, 2)
    assert pressed == [RIGHT, RIGHT]


def test_a_bot_sees_what_a_client_in_its_seat_would_have_been_sent() -> None:
    seen: dict[int, View] = {}

    class Watcher:
        def decide(self, view: View) -> Command:
            seen[view.tick] = deepcopy(view)
            return Command(RIGHT | SNATCH, 100 * view.tick)

    match, _ = match_of(1, hashed=True)
    bot = match.seat(brain_for=lambda _number: Watcher()).number
    sent: dict[int, View] = {}
    decoder = SnapshotDecoder(match.replication.schema, bot)
    for number in range(1, 60):
        tick(match)
        snapshot = decode_server(shown(match.replication, bot, keyframe=number == 1))
        assert isinstance(snapshot, Snapshot)
        sent[number] = deepcopy(decoder.apply(snapshot))
    assert sent.pop(59).tick == 59
    assert seen.pop(0).tables["prize"] == {}
    assert seen == sent


# Measures


def test_a_match_counts_what_became_of_all_inputs_also_of_those_who_left() -> None:
    match, outlets = match_of(2)
    for outlet in outlets:
        outlet.say(Input(1, 0, 0), Input(1, 0, 0), Input(99, 0, 0))
    tick_alone(match)
    match.unseat(1)
    tick_alone(match)
    counts = {"used": 2, "repeated": 1, "late": 0, "early": 2, "duplicate": 2, "snapshots_skipped": 0, "desyncs": 0}
    assert match.counts() == counts


@pytest.mark.parametrize("raises", ["join", "leave", "order", "command", "step", "command between ticks"])
def test_rules_that_raise_anywhere_while_their_author_watches_end_nothing(raises: str) -> None:
    def fail(*_: Any) -> None:
        game.runners.rows.mood[0] = 3
        raise ZeroDivisionError("no")

    game = toy()
    match = Match(game, on_message=lambda _player, _message: None)
    match.waits_for_author = True
    match.seat()
    match.seat()
    match.step()
    row = game.runners.row(0)
    setattr(game, raises.split(maxsplit=1)[0], fail)
    if raises == "join":
        with pytest.raises(RequestRefused, match="stands still until they are changed"):
            match.seat()
    elif raises == "leave":
        match.unseat(1)
    elif raises == "order":
        assert not match.order(START_ROUND)
    elif raises.startswith("command"):
        match.command(0, 0, (4, "why"))
        if raises != "command":
            match.act()
    match.step()
    assert (match.waits, match.world.tick) == (True, 2)
    assert sorted(match.players) == game.owned.live.tolist() == ([0] if raises == "leave" else [0, 1])
    # What they did for one who leaves stays done: the player is gone in any case.
    assert game.runners.row(0) == row | ({"mood": 3} if raises == "leave" else {})


def test_rules_that_raise_while_their_author_watches_leave_the_world_as_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Toy):
        def step(self, inputs: Inputs) -> None:
            super().step(inputs)
            if self.world.tick >= 5:
                self.runners.rows.mood[0] = 3
                raise ZeroDivisionError("no")

    match = Match(Failing(World(seed=1, max_players=4, tick_rate=30)), on_message=lambda _player, _message: None)
    match.waits_for_author = True
    match.seat()
    for _ in range(4):
        match.step()
    before = match.game.world.tables[1].row(0)
    match.step()
    match.step()
    assert (match.waits, match.world.tick) == (True, 6)
    assert match.game.world.tables[1].row(0) == before
    assert [record.exc_info is not None for record in caplog.records] == [True]
