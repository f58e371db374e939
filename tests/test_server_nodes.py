"""Two servers of one cluster in this process: one lobby, wherever a match is."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from game_server.client import Target
from game_server.cluster import (
    DIRECTORY,
    FRESH,
    HOLD_FOR,
    ROW_TTL,
    MemoryDirectory,
    Node,
    Ticket,
    Tickets,
    serve_directory,
)
from game_server.errors import DirectoryUnavailable
from game_server.loadtest.metrics.server_metrics import Scrape
from game_server.lobby.text.chat import WHISPERS_BURST
from game_server.membership import FAILED_FOR, UNEVEN, Membership
from game_server.protocol import (
    MAX_HOPS,
    Admin,
    AdminDeed,
    Answer,
    Browse,
    Chat,
    CloseCode,
    Create,
    Elsewhere,
    Hello,
    Home,
    Join,
    Leave,
    LineKind,
    Lobby,
    Notice,
    NoticeCode,
    RefusalCode,
    Refused,
    Resume,
    Watch,
    Welcome,
    decode_server,
    encode,
)
from game_server.server import Server
from tests.live_server import Guest, Served, toy_options, wish
from tests.transport.clients import HANDSHAKE, HttpClient, WebSocketClient, head

pytestmark = pytest.mark.usefixtures("jumping_clock")

KEY = b"k" * 32


@attrs.define
class Two:
    """Two servers, each with a port of its own, of which either may be asked for the matches of both."""

    first: Served
    second: Served
    start: Callable[[int, int], Awaitable[Served]]
    """Start the node with a number, and the number of all nodes."""

    async def go(self, request: Any, at: Served, nickname: str = "Ada", key: str = "") -> Guest:
        """Ask for a stay at ``at``, and follow to where it is."""
        guest = await at.come(nickname, key)
        answer = await guest.ask(request)
        while isinstance(answer, Elsewhere):
            await guest.vanish()
            guest, answer = await self.follow(answer, at, request, nickname, key)
        return guest

    async def follow(
        self, sent: Elsewhere, at: Served, request: Any, nickname: str = "Ada", key: str = ""
    ) -> tuple[Guest, Any]:
        target = Target.from_url(at.server.url).elsewhere(sent)
        http = HttpClient(await at.dial())
        await http.send(head(f"GET {target.resource} HTTP/1.1", HANDSHAKE))
        assert (await http.answer()).status == 101
        socket = WebSocketClient(http, "")
        await socket.send(encode(Hello(nickname, "test", key)))
        home = decode_server(await socket.message())
        assert isinstance(home, Home)
        guest = Guest(socket, home)
        return guest, await guest.ask(request)

    @property
    def memberships(self) -> tuple[Membership, Membership]:
        first, second = self.first.server.membership, self.second.server.membership
        assert first
        assert second
        return first, second

    async def settle(self) -> None:
        """Wait until each knows what the other has."""
        for member in self.memberships:
            await member.publishing.publish()
        for member in self.memberships:
            await member.neighbours.look()


@pytest.fixture
async def two(tmp_path: Path, nursery: trio.Nursery) -> AsyncIterator[Two]:
    (tmp_path / "s").mkdir()
    await nursery.start(serve_directory, MemoryDirectory(), tmp_path / "s" / DIRECTORY)
    found: list[Served] = []

    async def start(number: int, workers: int) -> Served:
        listener = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        node = Node(f"worker-{number}", number, workers, KEY, (listener.detach(),), tmp_path / "s", "machine", url)
        options = attrs.evolve(
            toy_options(), matches=(), admin_token="t" * 16, port=int(url.rpartition(":")[2]), trusted_networks=()
        )
        served = Served(Server(options, node))
        await nursery.start(served.server.run, served.stop)
        found.append(served)
        return served

    yield Two(await start(0, 2), await start(1, 2), start)
    for served in found:
        served.hang_up()
    nursery.cancel_scope.cancel()


async def opened(two: Two, at: Served, **chosen: Any) -> Guest:
    """Bob, in a match that he has opened at ``at``, and which both know of."""
    guest = await at.come("Bob")
    await guest.enter(wish(**chosen))
    await two.settle()
    return guest


async def test_the_list_has_the_matches_and_the_people_of_both(two: Two) -> None:
    bob = await opened(two, two.second)
    ada = await two.first.come("Ada")
    await two.settle()
    await ada.say(Browse(1))
    lobby = await ada.next(Lobby)
    assert [row.id for row in lobby.matches] == [bob.welcome.match.id]
    assert lobby.people == 2


async def test_a_private_match_is_in_no_list_and_is_joined_by_its_code(two: Two) -> None:
    bob = await opened(two, two.second, private=1)
    ada = await two.first.come("Ada")
    await ada.say(Browse(1))
    assert (await ada.next(Lobby)).matches == ()
    there = await two.go(Join(bob.welcome.match.id.lower()), two.first)
    assert there.welcome.match.id == bob.welcome.match.id


async def test_quick_play_finds_the_fullest_open_match_of_both(two: Two) -> None:
    bob = await opened(two, two.second)
    there = await two.go(Join(""), two.first)
    assert there.welcome.match == bob.welcome.match
    assert len(two.first.server.match_index) == 0


async def test_quick_play_that_finds_no_seat_where_it_is_sent_opens_a_match(two: Two) -> None:
    await opened(two, two.second, max_players=2)
    ada = await two.first.come("Ada")
    sent = await ada.ask(Join(""))
    assert isinstance(sent, Elsewhere)
    await two.second.join("Eve", match=two.second.match.id)
    guest, _ = await two.follow(sent, two.first, Join(""))
    assert guest.welcome.match.id not in (row.id for row in two.second.server.lobby.rows()[:1])
    assert len(two.second.server.match_index) == 2


KEY_OF_ADA = "b7c2f0a1d94e4c55"


async def cut_unread(at: Served, request: Join | Create) -> None:
    """Ask for a seat as Ada, over a connection that breaks before anything is read."""
    socket = await at.connect()
    await socket.send(encode(Hello("Ada", "test", KEY_OF_ADA)))
    await socket.send(encode(request))
    await trio.sleep(0.2)
    await socket.stream.aclose()
    await trio.sleep(0.2)


async def test_quick_play_asked_again_gives_the_same_seat_though_another_match_is_fuller(two: Two) -> None:
    await cut_unread(two.second, Join(""))
    bob = await opened(two, two.first)
    await (await two.first.come("Eve")).enter(Join(bob.welcome.match.id))
    await two.settle()
    again = await two.go(Join(""), two.first, "Ada", KEY_OF_ADA)
    assert again.welcome.match.id == two.second.match.id
    assert two.second.match.people == 1


async def test_a_new_match_that_is_asked_for_again_is_the_same_one(two: Two) -> None:
    await cut_unread(two.second, wish(private=1))
    again = await two.go(wish(private=1), two.first, "Ada", KEY_OF_ADA)
    assert again.welcome.match.id == two.second.match.id
    assert len(two.first.server.match_index) == 0


async def test_who_has_left_a_match_asks_for_another_one(two: Two) -> None:
    ada = await two.second.come("Ada", KEY_OF_ADA)
    await ada.enter(Join(""))
    await ada.say(Leave())
    await ada.next(Home)
    bob = await opened(two, two.first)
    again = await two.go(Join(""), two.first, "Ada", KEY_OF_ADA)
    assert again.welcome.match.id == bob.welcome.match.id


async def test_another_client_is_not_given_the_seat_nor_the_same_one_by_another_request(two: Two) -> None:
    await cut_unread(two.second, wish(private=1))
    for request, key in ((wish(private=1), "another"), (wish(private=1, name="Other"), KEY_OF_ADA)):
        guest = await two.first.come("Ada", key)
        assert isinstance(await guest.ask(request), Welcome)


async def test_a_match_that_has_just_been_opened_is_found_by_its_code(two: Two) -> None:
    bob = await opened(two, two.second)
    there = await two.go(Join(bob.welcome.match.id), two.first, "Eve")
    assert there.welcome.match == bob.welcome.match


async def test_a_match_is_watched_wherever_it_is(two: Two) -> None:
    bob = await opened(two, two.second)
    for code in (bob.welcome.match.id, ""):
        guest = await two.go(Watch(code), two.first, f"Vera{code}")
        assert guest.welcome.match == bob.welcome.match


async def test_a_seat_is_resumed_wherever_one_asks_for_it(two: Two) -> None:
    bob = await opened(two, two.second)
    token, player = bob.welcome.token, bob.welcome.player
    await bob.vanish()
    back = await two.go(Resume(token), two.first, "Bob")
    assert (back.welcome.player, back.welcome.match) == (player, bob.welcome.match)


def sent_to(code: str, hops: int) -> Elsewhere:
    """What another node has sent to a client, for the match with ``code``."""
    return Elsewhere(f"/ws?match={code}", Tickets(KEY, time.time).issue(Ticket(code, hops)))


async def test_who_was_sent_for_a_match_finds_it_where_the_directory_says(two: Two) -> None:
    bob = await opened(two, two.second)
    code = bob.welcome.match.id
    assert two.first.server.membership
    two.first.server.membership.neighbours.note(code, "other-machine-0")
    _, answer = await two.follow(sent_to(code, 1), two.first, Join(code))
    assert isinstance(answer, Welcome)


async def test_nobody_is_sent_on_more_often_than_clients_follow(two: Two) -> None:
    bob = await opened(two, two.second)
    join = Join(bob.welcome.match.id)
    for hops, expected in ((MAX_HOPS - 1, Elsewhere), (MAX_HOPS, Refused)):
        _, answer = await two.follow(sent_to("NOSUCH", hops), two.first, join)
        assert isinstance(answer, expected)


async def test_who_has_arrived_may_be_sent_on_as_often_as_anybody(two: Two) -> None:
    bob, eve = await opened(two, two.second), await opened(two, two.first)
    code = eve.welcome.match.id
    guest, _ = await two.follow(sent_to(code, MAX_HOPS), two.first, Join(code))
    await guest.say(Leave())
    await guest.next(Home)
    assert isinstance(await guest.ask(Join(bob.welcome.match.id)), Elsewhere)


async def nothing() -> None:
    pass


async def test_a_seat_is_resumed_over_a_node_that_has_not_heard_of_its_match(two: Two) -> None:
    assert two.first.server.membership
    two.first.server.membership.neighbours.look = nothing  # type: ignore[method-assign]
    bob = await two.second.come("Bob")
    await bob.enter(wish())
    await bob.vanish()
    back = await two.go(Resume(bob.welcome.token), two.first, "Bob")
    assert (back.welcome.player, back.welcome.match) == (bob.welcome.player, bob.welcome.match)


def token_of(at: Served, code: str) -> str:
    """A token for a seat in the match with ``code``, as the servers issue it."""
    sessions = at.server.lobby.context.sessions
    return sessions.issue(sessions.open(code, 1))


async def test_no_token_is_refused_while_a_node_that_may_have_its_seat_is_missing(two: Two) -> None:
    second = two.second.server.membership
    assert second
    publish, second.publishing.publish = second.publishing.publish, nothing  # type: ignore[method-assign]
    await trio.sleep(ROW_TTL + 2)
    guest = await two.first.come()
    await guest.say(Resume(token_of(two.first, "NOSUCH")))
    assert (await guest.close_code())[0] == CloseCode.TRY_AGAIN
    second.publishing.publish = publish  # type: ignore[method-assign]
    await two.settle()
    answer = await (await two.first.come()).ask(Resume(token_of(two.first, "NOSUCH")))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SUCH_SESSION


async def test_nobody_is_sent_to_a_node_that_cannot_be_reached(two: Two) -> None:
    assert two.first.server.membership
    two.first.server.membership.neighbours.note("FARAWAY", "other-machine-0")
    for request in (Join("faraway"), Watch("faraway")):
        answer = await (await two.first.come()).ask(request)
        assert isinstance(answer, Refused)
        assert answer.code == RefusalCode.BUSY
    guest = await two.first.come()
    await guest.say(Resume(token_of(two.first, "FARAWAY")))
    assert (await guest.close_code())[0] == CloseCode.TRY_AGAIN


def without_directory(at: Served) -> None:
    """Let the node at ``at`` find that the directory does not answer."""
    assert at.server.membership

    async def gone(*_: object) -> None:
        raise DirectoryUnavailable("gone")

    directory: Any = at.server.membership.neighbours._directory
    directory.owner = directory.nodes = directory.say = directory.hold = directory.free = gone


async def test_no_code_is_wrong_while_nobody_can_say_who_has_it(two: Two) -> None:
    without_directory(two.first)
    for request in (Join("NOSUCH"), Watch("NOSUCH")):
        answer = await (await two.first.come()).ask(request)
        assert isinstance(answer, Refused)
        assert answer.code == RefusalCode.BUSY


async def test_while_the_bus_is_out_an_admin_is_obeyed_here_and_who_did_not_hear_is_named(two: Two) -> None:
    ada, bob = await two.first.come("Ada"), await two.first.come("Bob")
    await two.settle()
    without_directory(two.first)
    for deed, fields, done in (
        (AdminDeed.STOP, {"seconds": 60}, "the server stops in 60 s"),
        (AdminDeed.CANCEL, {}, "the server does not stop"),
        (AdminDeed.SAY, {"text": "Hello"}, "sent to everybody"),
        (AdminDeed.DRAIN, {"subject": "worker-0"}, "worker-0 drains: 0 matches to move"),
    ):
        answer = await admin(ada, deed, **fields)
        assert isinstance(answer, Answer), answer
        assert answer.text.startswith(done)
        assert answer.text.endswith("; no answer from worker-1") is (deed != AdminDeed.DRAIN)
    assert [(await bob.next_line()).kind for _ in range(3)] == [LineKind.STOPS, LineKind.GOES_ON, LineKind.SERVER]
    assert isinstance(await admin(ada, AdminDeed.DRAIN, subject="worker-1"), Refused)


async def test_an_admin_is_not_answered_that_there_is_no_match_while_nobody_can_say(two: Two) -> None:
    without_directory(two.first)
    for deed, fields in ((AdminDeed.CLOSE, {}), (AdminDeed.SAY, {"text": "Hello"}), (AdminDeed.KICK, {"subject": "A"})):
        answer = await admin(await two.first.come(), deed, match="NOSUCH", **fields)
        assert isinstance(answer, Refused)
        assert answer.code == RefusalCode.BUSY


async def test_a_match_that_has_come_here_is_not_listed_twice(two: Two) -> None:
    bob = await opened(two, two.second)
    assert two.first.server.membership
    neighbours = two.first.server.membership.neighbours
    assert [match.row.id for _, match in neighbours.matches()] == [bob.welcome.match.id]
    neighbours.forget(bob.welcome.match.id)
    assert list(neighbours.matches()) == []


async def test_no_token_is_refused_while_its_match_moves(two: Two) -> None:
    bob = await opened(two, two.second)
    await bob.vanish()
    two.second.match.stand_still()
    guest = await two.second.come("Bob")
    await guest.say(Resume(bob.welcome.token))
    assert (await guest.close_code())[0] == CloseCode.TRY_AGAIN


async def test_a_wrong_code_is_refused_as_ever(two: Two) -> None:
    ada = await two.first.come("Ada")
    answer = await ada.ask(Join("NOSUCH"))
    assert not isinstance(answer, Elsewhere)


@pytest.mark.parametrize(("private", "is_secret"), [(1, True), (0, False)])
async def test_too_many_wrong_codes_hide_the_secret_matches_of_other_nodes(
    two: Two, private: int, is_secret: bool
) -> None:
    bob = await opened(two, two.second, private=private)
    for number in range(6):  # one guess a person, who may not ask more often
        assert isinstance(await (await two.first.come()).ask(Join(f"WRONG{number}")), Refused)
    for request in (Join(bob.welcome.match.id), Watch(bob.welcome.match.id)):
        answer = await (await two.first.come()).ask(request)
        assert isinstance(answer, Refused if is_secret else Elsewhere)


async def test_wrong_codes_at_one_node_count_at_the_others(two: Two) -> None:
    for number in range(6):
        await (await two.first.come()).ask(Join(f"WRONG{number}"))
    await trio.sleep(1)
    answer = await (await two.second.come()).ask(Join("WRONG6"))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.WAIT


async def test_what_is_said_in_one_lobby_is_heard_in_both_and_by_those_who_come_later(two: Two) -> None:
    ada, bob = await two.first.come("Ada"), await two.second.come("Bob")
    await ada.say(Chat("hello from the first"))
    line = await bob.next_line()
    assert (line.kind, line.nickname, line.text) == (LineKind.LOBBY, "Ada", "hello from the first")
    for at in (two.first, two.second):
        eve = await at.come("Eve")
        await eve.say(Browse(1))
        assert (await eve.next_line()).text == "hello from the first"


async def test_two_people_in_the_lobbies_of_two_nodes_have_two_nicknames(two: Two) -> None:
    ada, other = await two.first.come("Ada"), await two.second.come("ADA")
    assert (ada.home.nickname, other.home.nickname) == ("Ada", "ADA 2")
    await ada.vanish()
    await trio.sleep(0.5)
    assert (await two.second.come("Ada")).home.nickname == "Ada"


async def test_with_many_of_one_name_everybody_has_another_one(two: Two) -> None:
    names = [(await at.come("Ada")).home.nickname for at in (two.first, two.second) * 6]
    assert len(set(names)) == 12


async def test_a_client_has_its_nickname_at_another_node_while_its_older_connection_stands(two: Two) -> None:
    await two.first.come("Ada", KEY_OF_ADA)
    assert (await two.second.come("Ada", KEY_OF_ADA)).home.nickname == "Ada"
    assert (await two.first.come("Ada", "another")).home.nickname == "Ada 2"


async def test_a_nickname_is_held_as_long_as_its_person_is_connected(two: Two) -> None:
    ada = await two.first.come("Ada")
    with trio.move_on_after(2 * HOLD_FOR):
        while True:
            await ada.idle(5)
    assert (await two.second.come("Ada")).home.nickname == "Ada 2"


async def test_without_the_directory_people_come_in_all_the_same(two: Two) -> None:
    without_directory(two.first)
    assert (await two.first.come("Ada")).home.nickname == "Ada"
    assert (await two.first.come("Ada")).home.nickname == "Ada 2"


async def test_a_whisper_finds_its_way_and_nobody_else_hears_it(two: Two) -> None:
    ada, bob, eve = await two.first.come("Ada"), await two.second.come("Bob"), await two.second.come("Eve")
    await two.settle()
    await ada.say(Chat("psst", "bob"))
    assert (await bob.next_line()).text == "psst"
    answer = await ada.next_line()
    assert (answer.kind, answer.nickname) == (LineKind.WHISPERED, "Bob")
    await ada.say(Chat("aloud"))
    assert (await eve.next_line()).text == "aloud"
    await ada.say(Chat("psst", "Nobody"))
    assert isinstance(await ada.next(Notice), Notice)


async def test_who_is_whispered_too_much_elsewhere_is_not_said_to_be_nobody(two: Two) -> None:
    bob = await two.second.come("Bob")
    await two.settle()
    for number in range(WHISPERS_BURST):  # one each: nobody may write that much
        ada = await two.first.come(f"Ada {number}")
        await ada.say(Chat("psst", "bob"))
        assert (await ada.next_line()).kind == LineKind.WHISPERED
        assert (await bob.next_line()).text == "psst"
    eve = await two.first.come("Eve")
    await eve.say(Chat("psst", "bob"))
    assert (await eve.next(Notice)).code == NoticeCode.TOO_MUCH_IS_SAID


async def test_a_connection_for_a_match_goes_straight_to_where_it_is(two: Two) -> None:
    bob = await opened(two, two.second)
    http = HttpClient(await two.first.dial())
    await http.send(head(f"GET /ws?match={bob.welcome.match.id} HTTP/1.1", HANDSHAKE))
    assert (await http.answer()).status == 101
    await WebSocketClient(http, "").send(encode(Hello("Ada", "test", "")))
    await trio.sleep(1)
    assert len(two.second.server.lobby.people) == 2
    assert len(two.first.server.lobby.people) == 0


async def test_newcomers_go_to_a_node_with_fewer_people_that_works(two: Two) -> None:
    first, second = (served.server.membership for served in (two.first, two.second))
    assert first
    assert second
    for _ in range(UNEVEN):
        await two.first.come()
    await two.settle()
    there = await first.placing.place("", "")
    assert there
    first.placing.failed(there)
    assert await first.placing.place("", "") is None
    await trio.sleep(FAILED_FOR)
    assert await first.placing.place("", "") == there
    second.publishing.publish = nothing  # type: ignore[method-assign]
    await trio.sleep(FRESH + 1)
    assert "worker-1" in first.neighbours.summaries  # listed still, but it may be frozen
    assert await first.placing.place("", "") is None


async def admin(guest: Guest, deed: AdminDeed, **fields: Any) -> Answer | Refused:
    await guest.say(Admin("t" * 16, deed, **fields))
    while True:
        message = await guest.hear()
        if isinstance(message, Answer | Refused):
            return message


async def test_an_admin_sees_the_matches_of_all_nodes_and_where_they_are(two: Two) -> None:
    bob = await opened(two, two.second, private=1)
    answer = await admin(await two.first.come("Ada"), AdminDeed.MATCHES)
    assert isinstance(answer, Answer)
    assert answer.text == "1 match, 1 person"
    assert [(row.id, node) for row, node in zip(answer.matches, answer.nodes, strict=True)] == [
        (bob.welcome.match.id, "worker-1")
    ]


async def test_a_match_that_moves_while_the_nodes_answer_is_listed_once(two: Two) -> None:
    bob = await opened(two, two.second)
    first, second = two.first.server.membership, two.second.server.membership
    assert first
    assert second
    for kind in ("matches", "admin"):
        first.calls.answer(kind, *second.calls._handlers[kind])
    matches = json.loads(await get(two.second, "/api/matches"))
    answer = await admin(await two.second.come("Ada"), AdminDeed.MATCHES)
    assert isinstance(answer, Answer)
    assert [match["id"] for match in matches] == [row.id for row in answer.matches] == [bob.welcome.match.id]
    assert answer.text.startswith("1 match, ")


async def test_an_admin_speaks_to_everybody_to_a_match_or_to_one_person(two: Two) -> None:
    bob = await opened(two, two.second)
    ada = await two.first.come("Ada")
    for fields, said in (({}, "all"), ({"match": bob.welcome.match.id}, "match"), ({"subject": "bob"}, "Bob")):
        answer = await admin(ada, AdminDeed.SAY, text=f"to {said}", **fields)
        assert isinstance(answer, Answer), answer
        assert (await bob.next_line()).text == f"to {said}"


@pytest.mark.parametrize("deed", [AdminDeed.KICK, AdminDeed.BAN])
async def test_an_admin_removes_a_person_wherever_they_are(two: Two, deed: AdminDeed) -> None:
    bob = await opened(two, two.second)
    answer = await admin(await two.first.come("Ada"), deed, subject="Bob", text="Be nice.")
    assert isinstance(answer, Answer), answer
    assert await bob.close_code() == (4009, "Be nice.")


async def test_a_banned_address_is_kept_out_by_all_nodes(two: Two) -> None:
    for served in (two.first, two.second):
        served.server.administration.banned.clear()
    first, second = (served.server.membership for served in (two.first, two.second))
    assert first
    assert second
    await first.calls.ask_all(first.nodes, "ban", ["192.0.2.1"])
    assert all("192.0.2.1" in served.server.administration.banned for served in (two.first, two.second))


async def test_who_is_not_there_or_there_twice_is_refused(two: Two) -> None:
    ada = await two.first.come("Ada")
    for at in (two.first, two.second):  # in the lobby no two have one name, in two matches they may
        await (await at.come("Bob")).enter(wish())
    await two.settle()
    nobody, two_of_them = [await admin(ada, AdminDeed.KICK, subject=name) for name in ("Eve", "Bob")]
    assert isinstance(nobody, Refused)
    assert nobody.text.endswith("nobody is called 'Eve'")
    assert isinstance(two_of_them, Refused)
    assert two_of_them.text.endswith("2 people are called 'Bob'; say in which match")


async def test_who_may_be_on_a_node_that_does_not_answer_is_not_said_to_be_nowhere(two: Two) -> None:
    membership = two.second.server.membership
    assert membership
    membership.calls.answer("called", lambda *_: trio.Event().wait())
    answer = await admin(await two.first.come("Ada"), AdminDeed.KICK, subject="Bob")
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.BUSY
    assert answer.text.endswith("no answer from worker-1; try again")


async def test_an_admin_closes_a_match_of_another_node(two: Two) -> None:
    bob = await opened(two, two.second)
    answer = await admin(await two.first.come("Ada"), AdminDeed.CLOSE, match=bob.welcome.match.id)
    assert isinstance(answer, Answer), answer
    assert (await bob.next(Home)).text == "The host of the server has ended the match."
    assert isinstance(await admin(await two.first.come("Eve"), AdminDeed.CLOSE, match="NOSUCH"), Refused)


async def test_a_stop_is_counted_down_on_all_nodes_and_cancelled_on_all(two: Two) -> None:
    ada, bob = await two.first.come("Ada"), await two.second.come("Bob")
    await two.settle()
    await admin(ada, AdminDeed.STOP, seconds=60)
    assert (await bob.next_line()).kind == LineKind.STOPS
    assert (await bob.ask(wish())).code == RefusalCode.STOPPING  # type: ignore[union-attr]
    await admin(ada, AdminDeed.CANCEL)
    assert (await bob.next_line()).kind == LineKind.GOES_ON


async def test_a_node_that_starts_during_a_countdown_learns_of_it_and_can_cancel_it(two: Two) -> None:
    ada, bob = await two.first.come("Ada"), await two.second.come("Bob")
    await admin(ada, AdminDeed.STOP, seconds=60)
    assert (await bob.next_line()).kind == LineKind.STOPS
    late = await two.start(2, 3)
    await trio.sleep(0.5)
    assert late.server.readiness().status == 503
    assert isinstance(await admin(await late.come("Eve"), AdminDeed.CANCEL), Answer)
    assert (await bob.next_line()).kind == LineKind.GOES_ON


async def test_a_stop_that_another_node_alone_counts_down_is_cancelled(two: Two) -> None:
    bob = await two.second.come("Bob")
    two.second.server.administration.do("", Admin("", AdminDeed.STOP, "", "", "", 60))
    assert (await bob.next_line()).kind == LineKind.STOPS
    assert isinstance(await admin(await two.first.come("Ada"), AdminDeed.CANCEL), Answer)
    assert (await bob.next_line()).kind == LineKind.GOES_ON


async def test_a_stop_at_once_is_answered_before_the_node_that_was_asked_stops(two: Two) -> None:
    answer = await admin(await two.first.come("Ada"), AdminDeed.STOP)
    assert isinstance(answer, Answer)
    assert answer.text == "the server stops in 0 s"
    assert all(served.server.administration.countdown for served in (two.first, two.second))


async def get(at: Served, path: str) -> bytes:
    answer = await HttpClient(await at.dial()).get(path, Connection="close")
    assert answer.status == 200
    return answer.body


async def test_one_node_answers_over_http_for_all(two: Two) -> None:
    bob = await opened(two, two.second)
    matches = json.loads(await get(two.first, "/api/matches"))
    assert [(match["id"], match["node"]) for match in matches] == [(bob.welcome.match.id, "worker-1")]
    health = json.loads(await get(two.first, "/healthz"))
    assert (health["matches"], health["people"], sorted(health["nodes"]), health["silent"]) == (
        1,
        1,
        ["worker-0", "worker-1"],
        [],
    )
    scrape = Scrape.read((await get(two.first, "/metrics")).decode())
    assert scrape.value("game_server_matches", node="worker-0") == 0
    assert scrape.value("game_server_matches", node="worker-1") == 1
    assert scrape.value("game_server_matches") == 1


async def test_a_node_says_soon_how_it_is_whatever_the_others_do(two: Two) -> None:
    second = two.second.server.membership
    assert second
    asked = 0

    async def frozen() -> None:
        nonlocal asked
        asked += 1
        await trio.Event().wait()

    second.calls.answer("health", frozen)
    began = trio.current_time()
    for _ in range(3):  # those who ask at the same time share an answer
        health = json.loads(await get(two.first, "/healthz"))
        assert (sorted(health["nodes"]), health["silent"]) == (["worker-0"], ["worker-1"])
    assert trio.current_time() - began < 1
    assert asked == 1


async def test_limits_of_an_address_hold_over_all_nodes(two: Two) -> None:
    for at in (two.first, two.second, two.first, two.second):
        await at.server.membership.neighbours.look()  # type: ignore[union-attr]
        assert isinstance(await (await at.come("Eve")).ask(wish(bots=3)), Welcome)
        await two.settle()
    for at in (two.first, two.second):
        refused = await (await at.come("Eve")).ask(wish())
        assert isinstance(refused, Refused)
        assert "limit of 4 matches from your address reached" in refused.text
        assert at.server.lobby.hosting.limits.bot_room("127.0.0.1") == 4


async def test_connections_of_an_address_at_one_node_count_at_the_other(two: Two) -> None:
    here, there = (at.server.lobby.context.throttling.connections for at in (two.first, two.second))
    await two.first.come("Eve")
    [address, *_] = here.held
    await two.settle()
    assert here.elsewhere
    assert there.elsewhere
    await trio.sleep(1)
    assert (here.elsewhere(address), there.elsewhere(address)) == (0, 1)


async def test_a_restart_is_asked_of_the_supervisor(two: Two) -> None:
    asked: list[str] = []
    ada = await two.first.come("Ada")
    assert isinstance(await admin(ada, AdminDeed.RESTART), Refused)
    two.first.server.administration.restart = lambda: asked.append("restart")
    assert isinstance(await admin(ada, AdminDeed.RESTART), Answer)
    assert asked == ["restart"]


async def test_a_node_passes_its_matches_on_as_soon_as_another_one_takes_them(two: Two) -> None:
    bob, (first, second) = await opened(two, two.second), two.memberships
    two.first.server.lobby.hosting.draining = True
    await two.settle()
    left: list[int] = []

    async def empty() -> None:
        left.append(await second.emptying.make_way())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(empty)
        await trio.sleep(2)
        assert len(two.second.server.match_index) == 1
        two.first.server.lobby.hosting.draining = False
        await first.publishing.publish()
        await bob.next(Elsewhere)
        await bob.vanish()
    assert left == [0]


async def test_a_node_whose_matches_nobody_takes_goes_on_as_before(two: Two) -> None:
    await opened(two, two.second)
    _, second = two.memberships
    two.first.server.lobby.hosting.draining = True
    await two.settle()
    assert await second.emptying.make_way() == 1
    assert not two.second.server.lobby.hosting.draining


async def test_a_worker_that_drains_is_ready_as_long_as_another_one_takes_newcomers(two: Two) -> None:
    first, second = two.first.server, two.second.server
    await two.settle()
    first.lobby.hosting.draining = True
    assert first.readiness().status == 200
    second.lobby.hosting.draining = True
    await two.settle()
    assert first.readiness().status == 503


async def test_a_worker_of_a_server_that_drains_is_at_once_not_ready_and_opens_nothing(two: Two) -> None:
    server = two.first.server
    await two.settle()
    server.retire()
    assert (server.readiness().status, server.load().open) == (503, 0)


async def test_matches_are_spread_to_a_node_that_has_less(two: Two) -> None:
    for name in ("Bob", "Eve", "Ada", "Joan"):
        guest = await two.second.come(name)
        await guest.enter(wish())
        await guest.vanish()
    await two.settle()
    spreading = two.memberships[1].spreading
    assert len(await spreading.spread()) == 2
    assert [len(at.server.match_index) for at in (two.first, two.second)] == [2, 2]
    assert await spreading.spread() == []
    assert await two.memberships[0].spreading.spread() == []


async def test_a_node_that_is_drained_has_neither_matches_nor_people(two: Two) -> None:
    bob, ada = await opened(two, two.second), await two.second.come("Ada")
    eve = await two.second.come("Eve")
    await two.settle()
    left: list[int] = []
    async with trio.open_nursery() as nursery:

        async def drain() -> None:
            assert two.second.server.membership
            left.append(await two.second.server.membership.emptying.make_way())

        nursery.start_soon(drain)
        for guest in (bob, ada, eve):
            sent = await guest.next(Elsewhere)
            await guest.vanish()
            if guest is bob:
                _, answer = await two.follow(sent, two.second, Resume(bob.welcome.token), "Bob")
                assert isinstance(answer, Welcome)
                assert answer.player == bob.welcome.player
    assert left == [0]
    assert len(two.second.server.lobby.people) == 0
    assert bob.welcome.match.id in [row.id for row in two.first.server.lobby.rows()]
