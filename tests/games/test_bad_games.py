"""Games that raise, or return nonsense, wherever they can: their author reads the line, and other matches play on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import trio

from game_server.author import Bot, Command, Entity, Event, Game, Inputs, Stick, count, place
from game_server.lobby.match.match_options import MatchOptions
from game_server.protocol import Act, CloseCode, Home, HomeCode, Join, RefusalCode, Refused
from game_server.testing import play
from tests.live_server import Guest, OpenServer, Served, toy_options, wish

COMMANDS: int = 1000


class Sour(Game):
    """Fails where ``bad`` says; a `Bot` of it, too."""

    bad = ""
    size = (100, 100)
    inputs = Inputs(move=Stick())

    class Player(Entity):
        x = place(0, 100)
        y = place(0, 100)
        given = count(0, 9)

    class Hello(Event):
        player: Sour.Player

    class Give(Command):
        much: int = count(1, 9)

    def predicted(me: Any, input: Any, dt: Any) -> None:  # noqa: N805
        me.x = me.x + input.move_x * dt

    def fail(self, where: str) -> None:
        if type(self).bad == where:
            raise ZeroDivisionError(where)

    def started(self) -> None:
        self.fail("started")

    def joined(self, player: Any, who: Any) -> None:  # noqa: ARG002
        self.fail("joined")

    def left(self, player: Any) -> None:  # noqa: ARG002
        self.fail("left")

    def tick(self) -> None:
        self.fail("tick")
        if type(self).bad == "infinite" and len(self.players):
            self.owned.rows.x[:] = float("inf")

    def give(self, player: Any, much: int) -> None:
        self.fail("give")
        player.given = much


def phase(game: Sour) -> Any:
    return {1: 2} if type(game).bad == "phase" else Game.phase(game)


# As rules of tables alone may have it: in the class it would be refused.
Sour.phase = phase  # type: ignore[assignment, method-assign]


class Sulky(Bot, plays=Sour):
    def think(self, me: Any, seen: Any) -> Any:  # noqa: ARG002
        if Sour.bad == "bot":
            raise ZeroDivisionError("bot")
        return "nonsense" if Sour.bad == "nonsense" else {}


@pytest.fixture(autouse=True)
def good() -> Iterator[None]:
    yield
    Sour.bad = ""


async def opened(open_server: OpenServer, bots: int = 1) -> tuple[Served, Guest, Guest]:
    """A server with a match of this game, and one of another; somebody plays each."""
    sour = MatchOptions("Sour", Sour, tick_rate=30, max_players=4, bots=bots, seed=5)
    served = await open_server(options={"matches": (sour, toy_options().match)})
    faulty, healthy = served.server.match_index
    return served, await served.join("Ada", faulty.id), await served.join("Grace", healthy.id)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Tracebacks of the log."""
    formatter = logging.Formatter()
    return [formatter.formatException(r.exc_info) for r in caplog.records if r.exc_info and r.exc_info[1]]


@pytest.mark.parametrize("where", ["tick", "bot", "nonsense", "infinite", "joined", "left", "give"])
async def test_a_match_whose_game_fails_ends_with_a_line_for_its_author_and_others_play_on(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    served, ada, grace = await opened(open_server)
    edsger = await served.join("Edsger", served.server.match_index.get(ada.welcome.match.id).id)  # type: ignore[union-attr]
    Sour.bad = where
    if where == "left":
        await edsger.quit()
    elif where == "joined":
        assert isinstance(await (await served.come("Linus")).ask(Join(ada.welcome.match.id)), Refused)
    elif where == "give":
        await ada.say(Act(0, (3,)))
    assert (await ada.next(Home)).code == HomeCode.FAILED
    assert await grace.ticks(30)
    traceback, *_ = lines(caplog)
    assert "test_bad_games.py" in traceback or where in ("infinite", "nonsense"), traceback


async def test_a_phase_that_is_none_ends_the_match_alone(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    served, ada, grace = await opened(open_server)
    Sour.bad = "phase"
    served.server.matches()
    assert (await ada.next(Home)).code == HomeCode.FAILED
    assert await grace.ticks(30)
    assert any("a phase is a str" in line for line in lines(caplog))


async def test_a_match_that_cannot_begin_is_refused_to_the_player_who_creates_it(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    served, _, grace = await opened(open_server)
    Sour.bad = "started"
    answer = await (await served.come("Linus")).ask(wish(game="sour"))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.text) == (
        RefusalCode.BAD_OPTION,
        "You cannot create: the match could not begin: its rules failed",
    )
    assert await grace.ticks(30)
    assert "in started" in lines(caplog)[0]


async def test_a_thousand_commands_a_second_are_refused_in_words_and_then_cut_off(open_server: OpenServer) -> None:
    _, ada, grace = await opened(open_server)
    await ada.say(*(Act(0, (3,)) for _ in range(100)))
    refused = await ada.next(Refused)
    assert refused.text == "You cannot act: more than 20 commands a second"

    async def go_on() -> None:
        with suppress(trio.BrokenResourceError):
            while True:
                await ada.say(*(Act(0, (3,)) for _ in range(COMMANDS // 10)))
                await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(go_on)
        code, _ = await ada.close_code(within=60)
        nursery.cancel_scope.cancel()
    assert code == CloseCode.FLOODING
    assert await grace.ticks(30)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Act(1, ()), "the game has no command 1"),
        (Act(0, ()), "give comes with much, not with 0 values"),
        (Act(0, (99,)), "much is a whole number from 1 to 9, not 99"),
        (Act(0, ("a",)), "much is a whole number from 1 to 9, not 'a'"),
    ],
)
async def test_a_command_that_the_game_has_not_is_refused_in_words(
    open_server: OpenServer, act: Act, words: str
) -> None:
    _, ada, _ = await opened(open_server)
    await ada.say(act)
    assert (await ada.next(Refused)).text == f"You cannot act: {words}"
    await ada.say(Act(0, (3,)))
    assert await ada.ticks(1), "a command that the game has is done"


async def test_a_command_of_a_game_that_has_none_is_refused_in_words(open_server: OpenServer) -> None:
    class Mute(Game):
        class Player(Entity):
            given = count(0, 9)

    served = await open_server(game=Mute, max_players=4)
    ada = await served.join("Ada")
    await ada.say(Act(0, (1,)))
    assert (await ada.next(Refused)).text == "You cannot act: the game has no command 0"


def test_an_event_for_a_player_who_has_left_reaches_nobody_and_harms_nothing() -> None:
    class Late(Sour):
        def left(self, player: Any) -> None:
            self.emit(self.Hello(player), to=player)  # type: ignore[call-arg]
            self.emit(self.Hello(player))  # type: ignore[call-arg]

    match = play(Late, players=2)
    match.leave(1)
    events: list[Any] = match.step()
    assert [event.player for event in events] == [1, 1]
    match.step(3)
