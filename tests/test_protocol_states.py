"""Every message in every state, against a whole server: the cells of the table in docs/PROTOCOL.md, section 2."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import pytest
import trio

from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchOptions
from game_server.protocol import (
    KEYFRAME,
    Act,
    Admin,
    AdminDeed,
    Browse,
    Chat,
    ClientMessage,
    CloseCode,
    EventCode,
    Events,
    Follow,
    Hello,
    Home,
    Input,
    Join,
    Leave,
    Lobby,
    Moderate,
    ModerateDeed,
    Ping,
    Pong,
    Refused,
    Resume,
    Resync,
    Said,
    ServerMessage,
    Snapshot,
    Vote,
    Watch,
    decode_server,
)
from game_server.simulation import END_ROUND, START_ROUND
from tests.live_server import Guest, OpenServer, Served, wish
from tests.protocol_document import CLIENT, section, tables
from tests.simulation.toy_game import Toy

TOKEN: Final = "the token of the admin"
KEY: Final = "of this client"
DELAY: Final = 1
"""Seconds by which a match is shown late."""
SECTION: Final = section("### What is answered where")
(ROWS,) = tables(SECTION)
STATES: Final = [cell.strip() for cell in SECTION[SECTION.index("| message |") :].splitlines()[0].split("|")[2:-1]]


class Rounds(Toy):
    """Has a round that the host of the match can end, once."""

    ended = False

    def order(self, order: int) -> bool:
        could = order == START_ROUND or (order == END_ROUND and not self.ended)
        self.ended = order == END_ROUND
        return could

    def phase(self) -> str:
        return "results" if self.ended else "playing"


@attrs.define
class Stage:
    """A server, and a guest of it who is in the state that a cell is about.

    Attributes:
        match: that the guest is in, or would be.
        free, full: matches with and without a seat.
        kept: the token of a seat in ``free`` that is kept for the guest's client, if a row asks for one.
    """

    served: Served
    match: HostedMatch
    free: HostedMatch
    full: HostedMatch
    kept: str = ""
    guest: Guest = attrs.field(init=False)

    async def come(self) -> Guest:
        self.guest = await self.served.come("Ada", KEY)
        return self.guest


async def in_the_lobby(stage: Stage) -> None:
    await stage.come()


async def in_the_queue(stage: Stage) -> None:
    await (await stage.come()).ask(Join(stage.full.id, wait=1))


async def watching(stage: Stage) -> None:
    await (await stage.come()).enter(Watch(stage.match.id))
    await stage.guest.next(Snapshot)


async def watching_and_queued(stage: Stage) -> None:
    await watching(stage)
    await stage.guest.ask(Join(stage.full.id, wait=1))


async def seated(stage: Stage) -> None:
    await (await stage.come()).enter(Join(stage.match.id))
    await stage.guest.next(Snapshot)


async def in_results(stage: Stage) -> None:
    await seated(stage)
    stage.match.match.order(END_ROUND)


async def replaced(stage: Stage) -> None:
    await seated(stage)
    await stage.served.resume(stage.guest.welcome.token)


async def stopping(stage: Stage) -> None:
    await stage.come()
    stage.served.server.lobby.stopping = True


async def before_hello(stage: Stage) -> None:
    stage.guest = Guest(await stage.served.connect(), Home(0, "", "", ()))


ENTER: Final[dict[str, Callable[[Stage], Awaitable[None]]]] = {
    "before `hello`": before_hello,
    "lobby": in_the_lobby,
    "queue": in_the_queue,
    "watching": watching,
    "watching late": watching,
    "watching, queued": watching_and_queued,
    "seat": seated,
    "results": in_results,
    "replaced": replaced,
    "stopping": stopping,
}


@attrs.frozen
class Row:
    """What a row of the table is about.

    Attributes:
        says: the message.
        shows: messages that are an answer here, and come unasked for elsewhere.
        done: whether what it asks for has been done.
        hosts: whether the guest, if seated, is the host of the match.
        kept: whether the client has a seat in the free match.
    """

    says: Callable[[Stage], ClientMessage]
    shows: type[ServerMessage] | None = None
    event: EventCode | None = None
    done: Callable[[Stage], bool] = lambda _: False
    hosts: bool = False
    kept: bool = False


def follows(stage: Stage) -> bool:
    return any(watcher.spectator.follow == 0 for watcher in stage.match.state.watchers.values())


def has_wished(stage: Stage) -> bool:
    toy = stage.match.match.game
    assert isinstance(toy, Toy)
    return toy.wishes > 0


MESSAGES: Final = {
    "`hello`": Row(lambda _: Hello("Ada", "test")),
    "`input`": Row(lambda stage: Input(stage.match.match.world.tick + 3, 0, 0)),
    "`chat`": Row(lambda _: Chat("well played"), shows=Said),
    "`ping`": Row(lambda _: Ping(7)),
    "`resync`": Row(lambda _: Resync(1)),
    "`join`, a seat is free": Row(lambda stage: Join(stage.free.id)),
    "`join`, no seat is free": Row(lambda stage: Join(stage.full.id)),
    "`join` with `wait` 1, no seat is free": Row(lambda stage: Join(stage.full.id, wait=1)),
    "`join`, this client's seat there is kept": Row(lambda stage: Join(stage.free.id), kept=True),
    "`browse` 1": Row(lambda _: Browse(1), shows=Lobby),
    "`create`": Row(lambda _: wish(game="toy")),
    "`watch`": Row(lambda stage: Watch(stage.free.id)),
    "`resume`, the seat is kept": Row(lambda stage: Resume(stage.kept), kept=True),
    "`resume`, it is not": Row(lambda _: Resume("K7RW2P.0.00.AAAA")),
    "`leave`": Row(lambda _: Leave()),
    "`moderate` 4, you are the host": Row(lambda _: Moderate(ModerateDeed.LOCK), event=EventCode.LOCKED, hosts=True),
    "`moderate` 10, you are the host": Row(
        lambda _: Moderate(ModerateDeed.END_ROUND), done=lambda stage: stage.match.row().phase == "results", hosts=True
    ),
    "`moderate`, you are not": Row(lambda _: Moderate(ModerateDeed.LOCK)),
    "`vote`": Row(lambda _: Vote(1), event=EventCode.VOTES),
    "`admin`, right token": Row(lambda _: Admin(TOKEN, AdminDeed.MATCHES)),
    "`admin`, wrong token": Row(lambda _: Admin("wrong", AdminDeed.MATCHES)),
    "`follow`": Row(lambda _: Follow(0), done=follows),
    "`act`": Row(lambda _: Act(0, (3, "tea")), done=has_wished),
}


def test_the_table_has_every_message_and_every_state_of_these_tests() -> None:
    assert [row[0] for row in ROWS] == list(MESSAGES)
    assert {re.findall(r"`(\w+)`", row[0])[0] for row in ROWS} == set(CLIENT)
    assert list(ENTER) == STATES
    assert {len(row) for row in ROWS} == {len(STATES) + 1}


async def stage_for(served: Served, row: Row, state: str, number: int) -> Stage:
    """The guest in ``state``, having heard all that comes without asking."""
    free, full, *others = served.server.match_index
    stage = Stage(served, others[number], free, full)
    if row.kept:
        ghost = await served.come("Ada", KEY)
        stage.kept = (await ghost.enter(Join(free.id))).token
        await ghost.vanish()
    await ENTER[state](stage)
    if row.hosts and state in ("seat", "results"):
        stage.match.state.appoint(stage.guest.welcome.player)
    if state not in ("before `hello`", "replaced"):
        await stage.guest.idle(0.1)
    return stage


async def heard_after(stage: Stage, message: ClientMessage, seconds: float) -> tuple[list[ServerMessage], str]:
    """What comes within ``seconds`` of saying ``message``, and the code of a close that ends it."""
    socket, heard = stage.guest.socket, list[ServerMessage]()
    await stage.guest.say(message)
    try:
        with trio.move_on_after(seconds):
            while True:
                heard.append(decode_server(await socket.message()))
    except AssertionError as end:
        closed = end.args[0]
        return heard, str(int(re.findall(r"code=(\d+)|: (\d{4})>", repr(closed))[0][0]))
    return heard, ""


def outcome(row: Row, message: ClientMessage, heard: list[ServerMessage], stage: Stage) -> str:
    """What a cell says of what was ``heard``."""
    told: list[str] = []
    for answer in heard:
        match answer:
            case Snapshot():
                if isinstance(message, Input) and answer.ack == message.tick:
                    told.append("used")
                if isinstance(message, Resync) and answer.kind == KEYFRAME:
                    told.append("keyframe")
            case Events():
                told += [f"event {event[0]}" for event in answer.events if event[0] == row.event]
            case Home() | Refused():
                told.append(f"`{type(answer).__name__.lower()}` {answer.code}")
            case Said() | Lobby() if row.shows is not type(answer):
                pass
            case _:
                told.append(f"`{type(answer).__name__.lower()}`")
    if isinstance(message, Input):
        told = told[:1]
    return ", ".join(told) or ("done" if row.done(stage) else "ignored")


@pytest.mark.parametrize("state", STATES)
async def test_each_message_has_the_outcome_that_the_document_says(open_server: OpenServer, state: str) -> None:
    def match(**chosen: Any) -> MatchOptions:
        return MatchOptions(name="Friday", game=Rounds, **chosen)

    late = DELAY if state == "watching late" else 0
    stages = [match(max_players=4, bots=1, delay=late) for _ in MESSAGES]
    options = {
        "matches": (match(max_players=40), match(max_players=1), *stages),
        "max_matches_per_address": 100, "admin_token": TOKEN, "timeout": 600.0, "ping_interval": 300.0,
    }  # fmt: skip
    served = await open_server(game=Rounds, options=options)
    await served.join("Grace", list(served.server.match_index)[1].id)
    expected = {row[0]: row[1 + STATES.index(state)] for row in ROWS}
    found = {}
    for number, (name, row) in enumerate(MESSAGES.items()):
        stage = await stage_for(served, row, state, number)
        message = row.says(stage)
        heard, closed = await heard_after(stage, message, 0.2 + late * isinstance(message, Resync))
        if state == "replaced":
            assert closed == str(int(CloseCode.REPLACED)), name
            closed = ""
        found[name] = closed or outcome(row, message, heard, stage)
        if found[name] == "ignored" and isinstance(message, Browse) and state != "replaced":
            await stage.guest.say(Leave())
            await stage.guest.next(Home)
            await stage.guest.next(Lobby)
            found[name] = "later"
        served.server.lobby.stopping = False
        await stage.guest.vanish()
    assert found == expected


async def test_a_ping_after_a_leave_is_answered_in_the_lobby(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    await ada.ticks(3)
    await ada.say(Ping(1), Leave(), Ping(2))
    assert (await ada.next(Pong)).match_time > 0
    await ada.next(Home)
    assert await ada.next(Pong) == Pong(2, 0.0)


async def test_a_resync_behind_another_request_is_served_like_one_alone(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    await ada.ticks(3)
    await ada.say(Chat("well played"), Resync(1))
    assert KEYFRAME in [(await ada.next(Snapshot)).kind for _ in range(4)]
