"""The matches of a process, without a network: which are opened, go on, end and begin again."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import attrs
import pytest
import trio

from game_server.cluster import ClaimNote
from game_server.errors import ConfigError, JournalError, RequestRefused
from game_server.journal import version_of_rules
from game_server.lobby.hosting import Hosting
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, Opening
from game_server.lobby.match.match_state import StoredWorld
from game_server.lobby.match.people_journal import StoredMatch, StoredPeople
from game_server.lobby.recovery import Recovered
from game_server.protocol import HomeCode, RefusalCode
from game_server.simulation import Game
from tests.live_server import wish
from tests.lobby.people import Clock, FakePerson, NoSockets, come
from tests.simulation.toy_game import Restless, Toy

OWN = MatchOptions("Friday", Restless, max_players=4, seed=5)


@attrs.define
class Claimed:
    """Claims of a node that has as many codes in hand as a test says."""

    codes: list[str] = attrs.Factory(list)
    over: list[str] = attrs.Factory(list)
    needed: list[bool] = attrs.Factory(list)
    goes_on: bool = True

    def new_code(self, *, needed: bool) -> str | None:
        self.needed.append(needed)
        return self.codes.pop(0) if self.codes else "NEEDED" if needed else None

    def note_of(self, code: str) -> ClaimNote:
        return ClaimNote(len(code))

    async def settle(self, code: str, note: ClaimNote) -> bool:  # noqa: ARG002
        await trio.lowlevel.checkpoint()
        return self.goes_on

    def ended(self, code: str) -> None:
        self.over.append(code)


@attrs.define
class Made:
    """A process that hosts matches, and those that have ended."""

    nursery: trio.Nursery
    clock: Clock = attrs.Factory(Clock)
    ended: list[HostedMatch] = attrs.Factory(list)

    async def host(self, *opened: MatchOptions, claims: Any = None, **more: Any) -> Hosting:
        options = LobbyOptions(OWN, {"toy": Toy, "restless": Restless}, opened, **more)
        hosting = Hosting(options, MatchContext(now=self.clock), NoSockets, None, self.ended.append)
        hosting.claims = claims
        await self.nursery.start(hosting.run, None)
        return hosting

    def person(self, name: str = "Ada") -> FakePerson:
        person = FakePerson(name, self.clock)
        person.socket.charged_to = ()
        return person


@pytest.fixture
async def made(nursery: trio.Nursery, jumping_clock: None) -> Made:  # noqa: ARG001
    return Made(nursery)


async def test_the_matches_of_the_host_are_there_from_the_start_and_numbered(made: Made) -> None:
    hosting = await made.host(OWN, attrs.evolve(OWN, name="Saturday"))
    assert [(match.name, match.opening.number) for match in hosting.match_index] == [("Friday", 0), ("Saturday", 1)]
    assert hosting.numbers == [0, 1]
    assert hosting.recovered.is_set()
    other = hosting.open_for(made.person(), attrs.evolve(OWN, name="Of Ada"))
    assert (other.opening.number, other.opening.address, other.opening.has_host) == (-1, "10.0.0.1", False)
    assert hosting.numbers == [0, 1]


async def test_matches_that_other_processes_open_are_not_opened_here(made: Made) -> None:
    async def odd(missing: Any) -> Any:
        await trio.lowlevel.checkpoint()
        return [number for number in missing if number % 2]

    hosting = await made.host(OWN, OWN, OWN, to_open=odd)
    assert hosting.numbers == [1]


async def test_a_match_that_the_host_has_closed_is_opened_again_when_a_drain_is_over(made: Made) -> None:
    hosting = await made.host(OWN, OWN)
    first, second = hosting.match_index
    second.end(HomeCode.ENDED, "")
    await trio.sleep(0.1)
    assert (hosting.numbers, made.ended) == ([0], [second])
    await hosting.open_own()
    assert hosting.numbers == [0, 1]
    assert first in list(hosting.match_index)


class Broken(Toy):
    """Rules that cannot begin."""

    fails: ClassVar[bool] = True

    def setup(self) -> dict[str, Any]:
        if self.fails:
            raise ZeroDivisionError("no map")
        return super().setup()


async def test_a_match_of_the_host_that_cannot_begin_names_the_error_and_the_line(made: Made) -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with trio.open_nursery() as nursery:
            await attrs.evolve(made, nursery=nursery).host(attrs.evolve(OWN, game=Broken))
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ConfigError)
    assert str(error).startswith("the match 'Friday' cannot begin: ZeroDivisionError: no map (")
    assert "test_hosting.py, line " in str(error)


async def test_a_match_that_failed_begins_again_a_second_later_as_soon_as_it_can(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Broken, "fails", False)
    hosting = await made.host(attrs.evolve(OWN, game=Broken))
    [match] = hosting.match_index
    monkeypatch.setattr(Broken, "fails", True)
    match.failed = True
    match.end(HomeCode.FAILED, "")
    await trio.sleep(0.9)
    assert list(hosting.match_index) == []
    assert hosting.numbers == [0], "it is still to come"
    await trio.sleep(0.2)
    assert "the match 'Friday' cannot begin again" in caplog.text
    monkeypatch.setattr(Broken, "fails", False)
    hosting.draining = True
    await trio.sleep(5)
    assert list(hosting.match_index) == []
    hosting.draining = False
    await trio.sleep(1.1)
    [again] = hosting.match_index
    assert (again.id, again.opening) == (match.id, match.opening)
    assert again is not match


@pytest.mark.parametrize("stays", [True, False])
async def test_bots_rest_after_a_minute_where_people_have_opened_the_match(made: Made, stays: bool) -> None:
    hosting = await made.host(OWN)
    match = next(iter(hosting.match_index)) if stays else hosting.open_for(made.person(), OWN)
    assert match._rests_after == (None if stays else 60.0)


async def test_while_it_drains_no_match_is_opened_nor_given_nor_taken_in(made: Made) -> None:
    hosting = await made.host(OWN)
    assert hosting.quick_match(made.person())
    hosting.draining = True
    assert hosting.quick_match(made.person()) is None
    with pytest.raises(RequestRefused, match="opens no more matches") as refused:
        hosting.open_for(made.person(), OWN)
    assert (refused.value.code, refused.value.wait) == (RefusalCode.BUSY, 1)
    stored: Any = None
    with pytest.raises(JournalError, match="the node drains"):
        hosting.take_in("K7RW2P", (stored, ""), ClaimNote(), keeps_number=True)


async def test_a_code_is_claimed_for_each_match_and_given_back_when_it_is_over(made: Made) -> None:
    claims = Claimed(["AAAAAA", "BBBBBB"])
    hosting = await made.host(OWN, claims=claims)
    mine = hosting.open_for(made.person(), OWN)
    assert [match.id for match in hosting.match_index] == ["AAAAAA", "BBBBBB"]
    assert claims.needed == [True, False]
    assert mine.people_journal.claim == ClaimNote(6)
    with pytest.raises(RequestRefused, match="no match can be opened here now") as refused:
        hosting.open_for(made.person(), OWN)
    assert (refused.value.code, refused.value.wait) == (RefusalCode.BUSY, 2)
    mine.end(HomeCode.ENDED, "")
    await trio.sleep(0.1)
    assert claims.over == ["BBBBBB"]


async def test_the_code_of_a_match_that_cannot_begin_is_given_back(made: Made) -> None:
    claims = Claimed(["AAAAAA", "BBBBBB"])
    hosting = await made.host(claims=claims)
    with pytest.raises(RequestRefused, match="the match could not begin: its rules failed") as refused:
        hosting.open_for(made.person(), attrs.evolve(OWN, game=Broken))
    assert refused.value.code == RefusalCode.BAD_OPTION
    assert (claims.over, list(hosting.match_index)) == (["AAAAAA"], [])


async def test_a_match_that_is_about_to_begin_again_keeps_its_claim(made: Made) -> None:
    claims = Claimed()
    hosting = await made.host(OWN, claims=claims)
    [match] = hosting.match_index
    match.played_out = True
    match.end(HomeCode.ENDED, "")
    await trio.sleep(0.5)
    assert claims.over == []
    await trio.sleep(1)
    assert [match.id for match in hosting.match_index] == ["NEEDED"]


async def test_a_deserted_match_ends_after_a_minute_unless_it_stands_still(made: Made) -> None:
    hosting = await made.host()
    gone, still = hosting.open_for(made.person(), OWN), hosting.open_for(made.person(), OWN)
    still.stand_still()
    made.clock.now = 59.9
    await trio.sleep(0.5)
    assert made.ended == []
    made.clock.now = 60.0
    await trio.sleep(0.5)
    assert made.ended == [gone]
    assert list(hosting.match_index) == [still]
    assert hosting.sockets_of(gone.id) is None
    assert hosting.sockets_of(still.id)


async def test_matches_are_attended_five_times_a_second(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    hosting = await made.host()
    match, times = hosting.open_for(made.person(), OWN), list[float]()
    began = trio.current_time()
    monkeypatch.setattr(match, "attend", lambda: times.append(round(trio.current_time() - began, 3)))
    hosting.limits.overload.lasts = True
    monkeypatch.setattr(hosting.limits.overload, "look", lambda _: None)
    await trio.sleep(1.1)
    assert times == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert match.late


async def test_an_address_that_has_opened_a_match_has_room_for_fewer_bots_in_it(lobby: Lobby) -> None:
    limits = lobby.hosting.limits
    most = lobby.options.limits.max_bots_per_match
    match = lobby.hosting.open_for(come(lobby), lobby.options.choose(wish(bots=3), "Ada", lobby.context.words))
    assert match.bot_room() == most - 3 == limits.bot_room("10.0.0.1", match)


async def test_rules_are_of_the_version_that_was_loaded(made: Made) -> None:
    hosting = await made.host()
    assert hosting.rules_of("toy") == version_of_rules(Toy)
    assert hosting.rules_of("chess") == ""
    assert set(hosting.games) == {"toy", "restless"}


async def test_matches_that_another_process_hands_over_go_on_under_their_codes(made: Made) -> None:
    before = await made.host(OWN)
    match = next(iter(before.match_index))
    match.join(made.person())
    match.stand_still()
    people = StoredPeople.read(match.people_journal.whole(), [], before.games)
    world = StoredWorld(match.state.seed, match.match.game.rules, match.match.checkpoint())
    options = LobbyOptions(OWN, before.games, (OWN, OWN))
    hosting = Hosting(options, MatchContext(now=made.clock), NoSockets, None, made.ended.append)
    hosting.handed_over = {"HANDED": StoredMatch(world, people)}
    await made.nursery.start(hosting.run, None)
    assert next((one.id, one.opening.number) for one in hosting.match_index) == ("HANDED", 0)
    assert sorted(hosting.numbers) == [0, 1], "each is there once"
    assert hosting.match_index.find("HANDED").people == 1
    assert hosting.handed_over == {}


async def test_a_match_that_cannot_be_opened_after_a_drain_is_logged_and_others_open(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Broken, "fails", False)
    hosting = await made.host(attrs.evolve(OWN, game=Broken), OWN)
    for match in list(hosting.match_index):
        match.end(HomeCode.ENDED, "")
    await trio.sleep(0.1)
    monkeypatch.setattr(Broken, "fails", True)
    await hosting.open_own()
    assert hosting.numbers == [1]
    assert "the match 'Friday' cannot begin: ZeroDivisionError: no map" in caplog.records[-1].getMessage()


async def test_a_match_for_which_there_are_no_descriptors_is_refused_logged_and_not_listed(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hosting = await made.host()

    def full(*_: Any) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(hosting._groups, "place", full)
    with pytest.raises(RequestRefused, match="this server has no room for more matches") as refused:
        hosting.open_for(made.person(), OWN)
    assert refused.value.code == RefusalCode.TOO_MANY_MATCHES
    assert list(hosting.match_index) == []
    assert [record.getMessage() for record in caplog.records] == [
        "the match 'Friday' could not begin: [Errno 24] Too many open files; raise the limit of open files"
    ]


@attrs.define
class Found:
    """A match that an earlier server has left, and what becomes of its journal."""

    match: StoredMatch
    code: str = "K7RW2P"
    fate: list[str] = attrs.Factory(list)

    def drop(self) -> None:
        self.fate.append("dropped")

    def set_aside(self, why: str) -> None:
        self.fate.append(f"set aside: {why}")

    def goes_on_in(self, journal: object) -> None:
        self.fate.append(f"goes on in {journal}")


def stored(hosting: Hosting, chosen: MatchOptions = OWN) -> StoredMatch:
    """A match that somebody has opened, without its world."""
    match = hosting._open(attrs.evolve(chosen, game=Restless), Opening())
    people = StoredPeople.read(match.people_journal.whole(), [], hosting.games)
    match.end(HomeCode.ENDED, "")
    return StoredMatch(StoredWorld(5, match.match.game.rules, None), attrs.evolve(people, options=chosen))


@pytest.mark.parametrize(
    ("goes_on", "game", "fate", "over"),
    [
        (True, Restless, "goes on in None", []),
        (True, Broken, "set aside: the match could not begin: its rules failed", ["K7RW2P"]),
        (False, Restless, "dropped", []),
    ],
)
async def test_a_match_that_was_left_goes_on_unless_it_cannot_or_another_node_has_it(
    made: Made, goes_on: bool, game: type[Game], fate: str, over: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "game_server.lobby")
    claims = Claimed(["AAAAAA"], goes_on=goes_on)
    hosting = await made.host(claims=claims)
    found = Found(stored(hosting, attrs.evolve(OWN, game=game)))
    await trio.sleep(0.1)
    claims.over.clear()
    hosting._numbers[found.code] = 3
    await hosting._recover_one(cast("Recovered", found), Opening(number=3))
    assert (found.fate, claims.over) == ([fate], over)
    lives = fate.startswith("goes on")
    assert hosting.numbers == [3] * lives
    assert (hosting.match_index.get(found.code) is not None) is lives
    assert ("match K7RW2P goes on at another node" in caplog.messages) is not goes_on
