"""Administration of several nodes, without sockets: who is asked, what is learned, and what an admin reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from game_server.cluster import Answers, MemoryDirectory, Neighbours, NodeCalls
from game_server.errors import DirectoryUnavailable, RequestRefused
from game_server.lobby.administration import Administration
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.lobby.shared_administration import SharedAdministration, _answered
from game_server.protocol import (
    DRAIN_AFTER_ROUND,
    DRAIN_OFF,
    MAX_SERVER_TEXT,
    Admin,
    AdminDeed,
    Answer,
    LineKind,
    RefusalCode,
    Refused,
)
from tests.lobby.people import FakePerson, NoSockets, come
from tests.simulation.toy_game import Toy

MACHINE = ("berlin-0", "berlin-1")
HOST = "203.0.113.9"


class Node:
    """A node with a lobby of its own, which nobody serves."""

    def __init__(self, directory: MemoryDirectory, name: str, machine: tuple[str, ...] = MACHINE) -> None:
        options = LobbyOptions(MatchOptions("Friday", Toy), {"toy": Toy})
        self.lobby = Lobby(options, MatchContext(now=trio.current_time), NoSockets)
        self.administration = Administration(self.lobby, "t" * 16, lambda: None)
        self.calls = NodeCalls(directory, name)
        self.neighbours = Neighbours(directory, name, "berlin")
        self.shared = SharedAdministration(self.administration, self.calls, self.neighbours, machine)
        self.person = come(self.lobby, f"Ada of {name}")

    async def answer(self, deed: AdminDeed, **fields: Any) -> Answer:
        return await self.shared._answer(HOST, Admin("", deed, **fields))

    async def refusal(self, deed: AdminDeed, **fields: Any) -> RequestRefused:
        with pytest.raises(RequestRefused) as refused:
            await self.answer(deed, **fields)
        return refused.value


@asynccontextmanager
async def two(*, learns: bool = False) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes of one machine that can call one another, and `run` if they are to learn."""
    directory = MemoryDirectory()
    async with trio.open_nursery() as nursery:
        nodes = Node(directory, MACHINE[0]), Node(directory, MACHINE[1])
        for node in nodes:
            await nursery.start(node.calls.run)
            if learns:
                nursery.start_soon(node.shared.run)
        yield nodes
        nursery.cancel_scope.cancel()


async def test_a_node_learns_when_it_starts_and_after_a_gap_who_is_banned(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    async with two() as (first, second), trio.open_nursery() as nursery:
        first.administration.banned.add("192.0.2.1")
        first.administration.count_down(60, "Bye")
        nursery.start_soon(second.shared.run)
        await trio.sleep(0.5)
        assert second.administration.banned == {"192.0.2.1"}
        assert second.administration.countdown
        assert second.administration.countdown == pytest.approx((59.5, "Bye"))
        first.administration.banned.add("192.0.2.2")
        for gap in second.calls._gap:
            gap()
        await trio.sleep(0.5)
        assert second.administration.banned == {"192.0.2.1", "192.0.2.2"}
        nursery.cancel_scope.cancel()


async def test_a_ban_is_known_to_every_node_and_a_kick_to_none() -> None:
    async with two() as (first, second):
        for deed, name, host in ((AdminDeed.KICK, "Eve", "192.0.2.1"), (AdminDeed.BAN, "Mallory", "192.0.2.2")):
            come(second.lobby, name).socket.host = host
            await first.answer(deed, subject=name)
        for node in (first, second):
            assert node.administration.banned == {"192.0.2.2"}


async def test_what_is_said_to_one_is_heard_by_nobody_else_and_to_all_by_everybody() -> None:
    async with two() as (first, second):
        people = first.person, second.person
        for person in people:
            person.socket.heard()
        assert (
            await first.answer(AdminDeed.SAY, subject="Ada of berlin-1", text="psst")
        ).text == "sent to Ada of berlin-1"
        assert [person.socket.lines() for person in people] == [[], [(LineKind.SERVER, "psst")]]
        assert (await first.answer(AdminDeed.SAY, text="hello")).text == "sent to everybody"
        assert [person.socket.lines() for person in people] == [[(LineKind.SERVER, "hello")]] * 2
        assert (await first.refusal(AdminDeed.SAY, text=" ")).code == RefusalCode.BAD_OPTION


async def test_people_of_all_nodes_are_counted_but_for_the_one_who_asks() -> None:
    async with two() as (first, second):
        assert (await first.answer(AdminDeed.MATCHES)).text == "0 matches, 1 person"
        come(second.lobby, "Eve")
        assert (await first.answer(AdminDeed.MATCHES)).text == "0 matches, 2 people"
        for node in (first, second):
            node.lobby.people.clear()
        assert (await first.answer(AdminDeed.MATCHES)).text == "0 matches, 0 people"


@pytest.mark.parametrize("deed", [AdminDeed.MOVE, AdminDeed.DRAIN])
async def test_a_node_that_there_is_not_is_answered_by_the_names_of_those_there_are(deed: AdminDeed) -> None:
    async with two() as (first, _):
        refused = await first.refusal(deed, match="K7RW2P", subject="berlin-7")
        assert (refused.code, refused.reason) == (
            RefusalCode.BAD_OPTION,
            "there is no node 'berlin-7'; there are berlin-0, berlin-1",
        )
        many = Node(MemoryDirectory(), "berlin-0", tuple(f"berlin-{number}" for number in range(300)))
        assert len((await many.refusal(deed, subject="x")).reason) == MAX_SERVER_TEXT


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", ("drain", (False, 60, MACHINE))),
        (DRAIN_AFTER_ROUND, ("drain", (True, 60, MACHINE))),
        (DRAIN_OFF, ("drain off", ())),
    ],
)
async def test_a_drain_is_asked_of_all_nodes_or_of_the_one_that_is_named(text: str, asked: tuple[str, Any]) -> None:
    async with two() as (first, second):
        heard: list[tuple[str, tuple[Any, ...]]] = []

        def taking(name: str, kind: str) -> Callable[..., str]:
            def take(*arguments: Any) -> str:
                heard.append((kind, arguments))
                return f"{name} drains"

            return take

        for node in (first, second):
            for kind in ("drain", "drain off"):
                node.calls.answer(kind, taking(node.calls.name, kind))
        answer = await first.answer(AdminDeed.DRAIN, text=text, seconds=60)
        assert answer.text == "berlin-0 drains; berlin-1 drains"
        assert [(kind, (*values[:2], *map(tuple, values[2:]))) for kind, values in heard] == [asked] * 2
        answer = await first.answer(AdminDeed.DRAIN, subject="berlin-1", text=text, seconds=60)
        assert answer.text == "berlin-1 drains"
        assert len(heard) == 3


async def test_a_drain_that_every_node_refuses_is_refused_and_one_that_some_refuse_says_so() -> None:
    async with two() as (first, second):

        def refuse() -> str:
            raise RequestRefused(RefusalCode.STOPPING, "it stops")

        second.calls.answer("drain off", refuse)
        first.calls.answer("drain off", lambda: "berlin-0 goes on")
        assert (await first.answer(AdminDeed.DRAIN, text=DRAIN_OFF)).text == "berlin-0 goes on; it stops"
        first.calls.answer("drain off", refuse)
        assert (await first.refusal(AdminDeed.DRAIN, text=DRAIN_OFF)).code == RefusalCode.STOPPING
        refused = await first.refusal(AdminDeed.DRAIN, text="soon")
        assert (refused.code, refused.reason) == (
            RefusalCode.BAD_OPTION,
            f"a drain is {DRAIN_AFTER_ROUND!r}, {DRAIN_OFF!r} or '', not 'soon'",
        )


async def test_a_person_in_a_match_that_no_node_has_is_looked_for_nowhere_else() -> None:
    async with two() as (first, _):
        for deed in (AdminDeed.KICK, AdminDeed.BAN, AdminDeed.SAY):
            refused = await first.refusal(deed, match="NOSUCH", subject="Ada of berlin-0", text="hello")
            assert refused.code == RefusalCode.NO_SUCH_MATCH
        assert (await first.refusal(AdminDeed.CLOSE, match="NOSUCH")).code == RefusalCode.NO_SUCH_MATCH
        first.neighbours._gone = True
        refused = await first.refusal(AdminDeed.CLOSE, match="NOSUCH")
        assert (refused.code, refused.wait) == (RefusalCode.BUSY, 1)


def test_64_commands_wait_and_one_more_is_refused() -> None:
    async def main() -> None:
        node = Node(MemoryDirectory(), "berlin-0")
        pass_on = node.administration.pass_on
        assert pass_on
        for _ in range(64):
            pass_on(node.person, Admin("", AdminDeed.MATCHES))
        with pytest.raises(RequestRefused, match="too many commands are being carried out") as refused:
            pass_on(node.person, Admin("", AdminDeed.MATCHES))
        assert (refused.value.code, refused.value.wait) == (RefusalCode.WAIT, 1)

    trio.run(main)


async def test_what_could_not_be_carried_out_is_answered_so_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with two() as (first, _):

        async def fail(*_: Any) -> str:
            await trio.lowlevel.checkpoint()
            raise errors.pop(0)

        first.shared._answer = fail  # type: ignore[assignment, method-assign]
        errors = [DirectoryUnavailable("gone"), trio.TooSlowError(), RequestRefused(RefusalCode.STOPPING, "no", 3)]
        asked = Admin("", AdminDeed.CLOSE)
        answers = []
        while errors:
            person = FakePerson("Ada", trio.current_time)
            await first.shared._carry_out(person, asked)
            answers.append(person.socket.one(Refused))
        assert [(answer.request, answer.code, answer.wait) for answer in answers] == [
            (asked.type, RefusalCode.BUSY, 1),
            (asked.type, RefusalCode.BUSY, 1),
            (asked.type, RefusalCode.STOPPING, 3),
        ]
        assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_nodes_that_are_silent_are_named_as_far_as_an_answer_has_room() -> None:
    assert _answered("done", Answers({}, ())) == "done"
    assert _answered("", Answers({}, ())) == ""
    assert _answered("done", Answers({}, ("a", "b"))) == "done; no answer from a, b"
    assert len(_answered("done", Answers({}, ("n" * 9_999,)))) == MAX_SERVER_TEXT
    with pytest.raises(RequestRefused, match="no answer from a, b; try again") as refused:
        _answered("", Answers({}, ("a", "b")))
    assert (refused.value.code, refused.value.wait) == (RefusalCode.BUSY, 1)
