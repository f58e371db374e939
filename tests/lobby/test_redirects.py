"""Where people are sent who ask for what another machine has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from game_server.cluster import MemoryDirectory, Neighbours, Node, NodeRow, NodeSummary, PublishedMatch, Ticket, Tickets
from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.opened_elsewhere import Opened
from game_server.lobby.other_nodes import OtherNodes
from game_server.protocol import (
    LOCKED,
    MAX_HOPS,
    PRIVATE,
    WITH_PASSWORD,
    Elsewhere,
    Join,
    Leave,
    MatchRow,
    RefusalCode,
    Resume,
    Watch,
)
from tests.lobby.people import FakePerson, hosted

CODE = "K7RW2P"
HERE = Node("berlin-0", 0, 1, b"k" * 32, (), Path(), "berlin", "http://berlin")
PARIS = NodeSummary(
    "paris-0", "paris", "paris", "http://paris", "1", 0.0,
    draining=False, is_full=False, people=3, matches=1, best=3, serial=7,
)  # fmt: skip
MATCH = PublishedMatch(
    MatchRow(CODE, "Friday", "arena", "free-for-all", "playing", 3, 0, 16, 0, 0),
    is_open=True, is_watchable=True, has_seat=True, opened_from="",
)  # fmt: skip


class Others(OtherNodes):
    """What a node knows of paris."""

    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        neighbours = Neighbours(self.directory, HERE.name, HERE.machine)
        super().__init__(neighbours, Tickets(HERE.key, trio.current_time), HERE)

    async def see(self, serial: int) -> None:
        """Look when paris has published something with this ``serial``."""
        await self.directory.publish(NodeRow(attrs.evolve(PARIS, serial=serial), (MATCH,)))
        await self.neighbours.look()


def ada(key: str = "ada") -> FakePerson:
    return FakePerson("Ada", trio.current_time, key=key)


async def test_who_is_sent_to_another_machine_gets_its_address(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others, person = Others(), ada()
    await others.see(1)
    assert others.redirects.can_be_reached(person, CODE)
    others.redirects.send(person, CODE)
    assert person.socket.one(Elsewhere).url == f"ws://paris/ws?match={CODE}"


async def test_who_is_back_from_a_machine_that_publishes_nothing_is_not_sent_there_again(
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(0.6)
    await others.see(2)  # which it had published before it stood still
    await trio.sleep(1.5)
    assert not others.redirects.can_be_reached(ada(), CODE)
    assert others.redirects.fuller(ada(), -1) is None
    assert others.redirects.can_be_reached(ada("somebody else"), CODE)
    assert others.redirects.fuller(ada("somebody else"), -1)


async def test_who_asks_again_at_once_is_sent_there_again(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(1)
    assert others.redirects.can_be_reached(ada(), CODE)


async def test_who_is_back_from_a_machine_that_goes_on_is_sent_there_again(
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(1.5)
    await others.see(2)
    await trio.sleep(0.7)
    assert others.redirects.can_be_reached(ada(), CODE)


async def test_who_was_sent_where_is_forgotten_after_some_seconds(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others = Others()
    await others.see(1)
    for number in range(3):
        others.redirects.send(ada(f"person {number}"), CODE)
        await trio.sleep(6)
    assert len(others.redirects._sent) == 1


def summary(name: str, people: int, **more: Any) -> NodeSummary:
    return attrs.evolve(PARIS, name=name, machine=name.partition("-")[0], url=f"http://{name}", people=people, **more)


def match_of(code: str, people: int, flags: int = 0, **more: Any) -> PublishedMatch:
    return attrs.evolve(MATCH, row=MATCH.row._replace(id=code, people=people, flags=flags), **more)


async def knowing(*rows: tuple[NodeSummary, tuple[PublishedMatch, ...]]) -> Others:
    """What a node knows that has looked at these ``rows``."""
    others = Others()
    for node, matches in rows:
        await others.directory.publish(NodeRow(node, matches))
    await others.neighbours.look()
    return others


async def test_quick_play_sends_on_only_to_an_open_match_with_a_seat_and_more_people() -> None:
    others = await knowing(
        (summary("paris-0", 9), (match_of("A", 3), match_of("B", 5), match_of("C", 6, is_open=False))),
        (summary("rome-0", 9), (match_of("D", 7, has_seat=False), match_of("E", 4))),
        (summary("oslo-0", 9, draining=True), (match_of("F", 8),)),
    )
    found = {than: others.redirects.fuller(ada(), than) for than in (-1, 4, 5, 6)}
    assert {than: match and match.row.id for than, match in found.items()} == {-1: "B", 4: "B", 5: None, 6: None}


async def test_who_was_sent_on_three_times_in_a_row_plays_where_they_are() -> None:
    others = await knowing((summary("paris-0", 9), (match_of("A", 3),)))
    tickets = Tickets(HERE.key, trio.current_time)
    for hops, goes_on in ((MAX_HOPS - 2, True), (MAX_HOPS - 1, False)):
        person = ada()
        person.socket.query = f"match=A&ticket={tickets.issue(Ticket('A', hops))}"
        person.ticket = others.redirects.expects(person.link)
        assert person.ticket == Ticket("A", hops)
        assert (others.redirects.fuller(person, -1) is not None) is goes_on


async def test_a_hop_is_counted_in_the_ticket_and_after_four_of_them_nobody_is_sent_on() -> None:
    others = await knowing((summary("paris-0", 9), (match_of("A", 3),)))
    person = ada()
    for hops in range(1, MAX_HOPS + 1):
        others.redirects.send(person, " a ")
        person.socket.query = f"ticket={person.socket.one(Elsewhere).ticket}"
        person.ticket = others.redirects.expects(person.link)
        assert person.ticket == Ticket("A", hops)
    with pytest.raises(RequestRefused, match="this match moves from node to node; try again") as refused:
        others.redirects.send(person, "A")
    assert (refused.value.code, refused.value.wait) == (RefusalCode.BUSY, 1)


async def test_a_forged_ticket_and_none_are_no_ticket() -> None:
    others, person = Others(), ada()
    for query in ("", "match=A", "ticket=", "ticket=A.1.9999999999.x.y", "noticket=x"):
        person.socket.query = query
        assert others.redirects.expects(person.link) is None


@pytest.mark.parametrize(
    ("nodes", "there"),
    [
        ((), None),
        ((summary("rome-0", 0, draining=True),), None),
        ((summary("rome-0", 5), summary("oslo-0", 4)), "ws://oslo-0/ws?match="),
        ((summary("rome-0", 0), summary("berlin-1", 9), summary("berlin-2", 8)), "/ws?match="),
    ],
)
async def test_to_a_lobby_one_is_sent_on_this_machine_or_where_fewest_people_are(
    nodes: tuple[NodeSummary, ...], there: str | None
) -> None:
    others, person = await knowing(*((node, ()) for node in nodes)), ada()
    assert others.redirects.send_to_lobby(person) is (there is not None)
    assert [message.url for message in person.socket.heard() if isinstance(message, Elsewhere)] == [there] * bool(there)


async def test_to_a_machine_with_a_certificate_one_is_sent_by_wss() -> None:
    others, person = await knowing((summary("paris-0", 1, best=1), (MATCH,))), ada()
    others.neighbours.summaries["paris-0"] = attrs.evolve(PARIS, url="https://paris:8443")
    others.redirects.send_to(person, "A B", "paris-0")
    assert person.socket.one(Elsewhere).url == "wss://paris:8443/ws?match=A%20B"
    others.redirects.send_to(person, "A", "gone-0")
    assert person.socket.one(Elsewhere).url == "/ws?match=A"


async def test_nodes_of_this_machine_can_be_reached_though_they_are_not_listed() -> None:
    others = Others()
    for name, reached in (("berlin-0", True), ("berlin-1", False), ("paris-0", False)):
        others.neighbours.note(CODE, name)
        assert others.redirects.can_be_reached(ada(), CODE.lower()) is reached
        assert others.is_of_this_machine(name) is reached
    assert not others.redirects.can_be_reached(ada(), "NOSUCH")


async def test_to_watch_the_fullest_match_of_the_others_is_found_if_it_has_more_people() -> None:
    others = await knowing(
        (summary("paris-0", 9), (match_of("A", 3), match_of("B", 5), match_of("C", 6, is_watchable=False)))
    )
    found = {than: others.busier(than) for than in (-1, 4, 5)}
    assert {than: match and match.row.id for than, match in found.items()} == {-1: "B", 4: "B", 5: None}
    assert Others().busier(-1) is None


async def test_the_list_of_the_others_has_no_private_match_and_shows_none_with_a_secret() -> None:
    others = await knowing(
        (
            summary("paris-0", 2),
            (match_of("A", 1), match_of("B", 1, PRIVATE), match_of("C", 1, WITH_PASSWORD), match_of("D", 1, LOCKED)),
        ),
        (summary("rome-0", 3), ()),
    )
    assert [row.id for row in others.rows()] == ["A", "C", "D"]
    assert [others.shows(code) for code in (" a", "B", "C", "D", "E")] == [True, False, False, True, False]
    assert [others.has(code) for code in (" a", "B", "C", "D", "E")] == [True, True, True, True, False]
    assert others.people == 5


async def test_all_is_known_if_the_directory_answers_and_no_process_here_is_missing() -> None:
    others = await knowing((summary("berlin-1", 2), ()))
    assert others.are_all_known
    others._node = attrs.evolve(HERE, workers=3)
    assert not others.are_all_known
    others.neighbours.summaries["berlin-2"] = PARIS
    assert others.are_all_known
    others.neighbours._gone = True
    assert not others.are_all_known


async def test_of_a_match_that_a_request_names_and_this_node_lacks_the_directory_is_asked() -> None:
    others = Others()
    asked: list[tuple[str, bool]] = []

    async def find(code: str, *, for_certain: bool = False) -> None:
        await trio.lowlevel.checkpoint()
        asked.append((code, for_certain))

    others.neighbours.find = find  # type: ignore[method-assign]
    index: MatchIndex[HostedMatch] = MatchIndex(9, 9)
    here: Any = hosted()
    index.add(here)
    for message in (Join(" abc "), Watch("abc"), Resume("ABC.1.x.y"), Join(""), Join(here.id), Leave()):
        await others.locate(message, index, Ticket("XYZ", 1))
    assert asked == 3 * [("ABC", False)]
    await others.locate(Join("abc"), index, Ticket("ABC", 1))
    await others.locate(Join("abc"), index, None)
    assert asked[3:] == [("ABC", True), ("ABC", False)]


async def test_matches_of_this_machine_count_and_those_of_an_address_by_themselves() -> None:
    others = Others()
    mine, theirs = others.opened.digest("192.0.2.1"), others.opened.digest("192.0.2.2")

    def bots(code: str, count: int, opened_from: str) -> PublishedMatch:
        return attrs.evolve(MATCH, row=MATCH.row._replace(id=code, bots=count), opened_from=opened_from)

    near = (bots("A", 1, mine), bots("B", 2, mine), bots("C", 4, theirs), bots("D", 8, ""))
    await others.directory.publish(NodeRow(summary("berlin-1", 0), near))
    await others.directory.publish(NodeRow(summary("paris-0", 0), (bots("E", 16, mine),)))
    await others.neighbours.look()
    assert others.opened.count("192.0.2.1") == Opened(4, 2, 7, 3)
    assert others.opened.count(None) == Opened(4, 0, 7, 0)
