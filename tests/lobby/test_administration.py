"""What the host of the process may do, without a network: whom it concerns, and what they learn."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from game_server.errors import ConfigError, RequestRefused
from game_server.lobby.administration import WARNINGS, Administration
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.protocol import Admin, AdminDeed, CloseCode, EventCode, LeaveReason, LineKind, RefusalCode
from tests.live_server import wish
from tests.lobby.people import FakePerson, NoSockets, come
from tests.simulation.toy_game import Toy

HOST = "203.0.113.9"


@pytest.fixture
async def administration(lobby: Lobby) -> Administration:
    return Administration(lobby, None, lambda: None)


def do(administration: Administration, deed: AdminDeed, **fields: Any) -> str:
    """Do it for somebody who connects from `HOST`; returns the answer."""
    return administration.do(HOST, Admin("", deed, **fields)).text


def opened(lobby: Lobby) -> HostedMatch:
    """A match that somebody has opened, with a seat for each of four."""
    root = come(lobby, "Root")
    root.socket.charged_to = ()
    return lobby.hosting.open_for(root, lobby.options.choose(wish(), "Root", lobby.context.words))


def seated(lobby: Lobby, match: HostedMatch, name: str, host: str = "198.51.100.7") -> FakePerson:
    person = come(lobby, name)
    person.socket.host = host
    match.join(person)
    lobby.moved_out(person)
    return person


async def test_a_token_that_is_drawn_has_144_bits(lobby: Lobby) -> None:
    tokens = {Administration(lobby, None, lambda: None).token for _ in range(2)}
    assert [len(token) for token in tokens] == [24, 24]


@pytest.mark.parametrize("length", [16, 128])
async def test_a_token_of_16_to_128_characters_is_taken(lobby: Lobby, length: int) -> None:
    assert Administration(lobby, "x" * length, lambda: None).token == "x" * length
    for wrong in (15, 129):
        with pytest.raises(ConfigError, match="16 to 128 printable ASCII characters, and has"):
            Administration(lobby, "x" * wrong, lambda: None)


async def test_everybody_is_warned_at_ever_shorter_intervals(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    lobby = Lobby(
        LobbyOptions(MatchOptions("Friday", Toy), {"toy": Toy}), MatchContext(now=trio.current_time), NoSockets
    )
    administration = Administration(lobby, None, lambda: None)
    said: list[tuple[float, str, LineKind]] = []
    lobby.announce = lambda text, kind=LineKind.SERVER: said.append((trio.current_time(), text, kind))  # type: ignore[method-assign]
    began = trio.current_time()
    with trio.move_on_after(7_000):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(administration.run)
            await trio.sleep(1)
            do(administration, AdminDeed.STOP, seconds=3_600, text="Back soon.")
    lefts = [3_600, 1_800, 600, 300, 120, 60, 30, 10, 5, 4, 3, 2, 1]
    assert [text for _, text, _ in said] == [f"The server stops in {left} s. Back soon." for left in lefts]
    assert [round(began + 3_601 - at, 3) for at, *_ in said] == lefts
    assert {kind for *_, kind in said} == {LineKind.STOPS}
    assert list(WARNINGS) == lefts


async def test_in_the_moment_of_the_stop_it_is_too_late_to_cancel(lobby: Lobby, administration: Administration) -> None:
    assert do(administration, AdminDeed.STOP, seconds=0) == "the server stops in 0 s"
    assert lobby.stopping
    with pytest.raises(RequestRefused, match="too late") as refused:
        do(administration, AdminDeed.CANCEL)
    assert refused.value.code == RefusalCode.STOPPING


async def test_a_countdown_of_another_node_is_taken_over_unless_there_is_one(
    administration: Administration,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    administration.count_down(20, "Theirs")
    administration.count_down(90, "Another")
    assert administration.countdown == (20, "Theirs")
    await trio.sleep(5)
    assert administration.countdown == (15, "Theirs")


@pytest.mark.parametrize(
    ("deed", "reason"), [(AdminDeed.KICK, LeaveReason.KICKED), (AdminDeed.BAN, LeaveReason.BANNED)]
)
@pytest.mark.parametrize(("text", "told"), [("Be  nice.", "Be nice."), (" ", "the host of the server has removed you")])
async def test_one_who_is_removed_reads_why_and_the_match_learns_how(
    lobby: Lobby, administration: Administration, deed: AdminDeed, reason: LeaveReason, text: str, told: str
) -> None:
    match = opened(lobby)
    ada, grace = seated(lobby, match, "Ada"), seated(lobby, match, "Grace")
    grace.events()
    do(administration, deed, subject="ADA", text=text)
    assert ada.socket.closed == (CloseCode.REMOVED, told)
    assert (EventCode.LEFT, 0, reason) in grace.events()
    assert [member.nickname for member in match.state.roster] == ["Grace"]


@pytest.mark.parametrize("deed", [AdminDeed.KICK, AdminDeed.BAN])
async def test_a_spectator_is_removed_like_anybody(
    lobby: Lobby, administration: Administration, deed: AdminDeed
) -> None:
    match, vera = opened(lobby), come(lobby, "Vera")
    match.watch(vera)
    lobby.moved_out(vera)
    do(administration, deed, subject="Vera", match=match.id)
    assert not match.state.watchers
    assert vera.socket.closed == (CloseCode.REMOVED, "the host of the server has removed you")


async def test_one_whose_connection_is_lost_is_banned_by_the_address_they_had(
    lobby: Lobby, administration: Administration
) -> None:
    match = opened(lobby)
    ada = seated(lobby, match, "Ada")
    match.lose(ada)
    lobby.part(ada)
    assert do(administration, AdminDeed.BAN, subject="Ada") == (
        "Ada was removed, and 198.51.100.7 is banned until the server stops"
    )
    assert administration.banned == {"198.51.100.7"}
    assert len(match.state.roster) == 0


async def test_the_address_of_the_host_and_those_who_are_kicked_are_not_banned(
    lobby: Lobby, administration: Administration
) -> None:
    match = opened(lobby)
    for name, deed, host in (("Ada", AdminDeed.BAN, HOST), ("Grace", AdminDeed.KICK, "198.51.100.7")):
        person = seated(lobby, match, name, host)
        do(administration, deed, subject=name, match=match.id)
        assert person.socket.closed
    assert administration.banned == set()


async def test_bots_cannot_be_named_and_people_are_counted_in_one_match_or_in_all(
    lobby: Lobby, administration: Administration
) -> None:
    match, other = opened(lobby), opened(lobby)
    for place in (match, other):
        place.bot_seats.wanted = 1
        place.seating.fill()
        seated(lobby, place, "Ada")
    assert [administration.count("ada", code) for code in ("", match.id)] == [2, 1]
    assert administration.count("Argon", "") == 0
    with pytest.raises(RequestRefused, match="2 people are called 'Ada'; say in which match") as refused:
        do(administration, AdminDeed.KICK, subject="Ada")
    assert refused.value.code == RefusalCode.NO_SUCH_PLAYER


async def test_something_is_said_to_one_who_is_there_alone(lobby: Lobby, administration: Administration) -> None:
    match = opened(lobby)
    ada, grace = seated(lobby, match, "Ada"), seated(lobby, match, "Grace")
    for person in (ada, grace):
        person.socket.heard()
    assert do(administration, AdminDeed.SAY, subject="ada", text=" one \n") == "sent to Ada"
    assert (ada.socket.lines(), grace.socket.lines()) == ([(LineKind.SERVER, "one")], [])
    match.lose(ada)
    lobby.part(ada)
    with pytest.raises(RequestRefused, match="Ada is not connected just now") as refused:
        do(administration, AdminDeed.SAY, subject="Ada", text="two")
    assert refused.value.code == RefusalCode.NO_SUCH_PLAYER


@pytest.mark.parametrize("deed", [AdminDeed.MOVE, AdminDeed.DRAIN, AdminDeed.RESTART])
async def test_what_takes_several_processes_is_refused_by_one(administration: Administration, deed: AdminDeed) -> None:
    with pytest.raises(RequestRefused, match="this server is one process"):
        do(administration, deed)


async def test_a_restart_is_passed_on(administration: Administration) -> None:
    asked: list[str] = []
    administration.restart = lambda: asked.append("restart")
    assert do(administration, AdminDeed.RESTART).startswith("the workers are replaced")
    assert asked == ["restart"]


@pytest.mark.parametrize(
    ("text", "told"), [("Bed time.", "Bed time."), (" ", "The host of the server has ended the match.")]
)
async def test_a_match_is_closed_by_its_code_however_it_is_typed(
    lobby: Lobby, administration: Administration, text: str, told: str
) -> None:
    match = opened(lobby)
    ada = seated(lobby, match, "Ada")
    ada.socket.heard()
    typed = f" {match.id.lower()} "
    assert administration.has(typed)
    assert do(administration, AdminDeed.CLOSE, match=typed, text=text) == f"Ours ({match.id}) is closed"
    assert [getattr(message, "text", "") for message in ada.socket.heard()][-1] == told
