"""Servers that are killed, and start again on what they have left."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from game_server.journal import Journals
from game_server.journal.journals import memory_directory
from game_server.lobby.match.people_journal import PeopleJournal
from game_server.protocol import (
    BOT,
    Chat,
    HomeCode,
    Join,
    LeaveReason,
    Moderate,
    ModerateDeed,
    RefusalCode,
    Refused,
    Resume,
    Vote,
    VoteChoice,
    Watch,
)
from game_server.server import Server
from tests.live_server import OpenServer, Served, toy_options, wish
from tests.waiting import happened_on_disk

OpenKept = Callable[..., Any]


@pytest.fixture
def open_kept(open_server: OpenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenKept:
    """Open a server that keeps its matches in one directory."""
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))

    async def open_kept(**match: Any) -> Served:
        options = {"data": tmp_path / "data", **match.pop("options", {})}
        return await open_server(options=options, **match)

    return open_kept


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[Served], Any]:
    """Stop a server as if it was killed: nothing is put away."""

    async def forget(self: Journals, *, keep: bool) -> None:
        del self, keep

    async def kill(served: Served) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Journals, "close", forget)
            served.stop.set()
            served.hang_up()
            await happened_on_disk(served.stopped)

    return kill


def left_behind(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / "journals").iterdir())


async def test_a_killed_server_goes_on_with_its_match_under_its_code(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept(bots=1)
    ada = await first.join("Ada")
    await ada.ticks(40)
    world = first.match.match.world
    tick, row = world.tick, world.tables[1].row(ada.welcome.player)
    await kill(first)
    second = await open_kept(bots=1)
    assert second.match.id == ada.welcome.match.id
    assert second.match.match.world.tick >= tick
    assert second.match.match.world.seed == world.seed
    assert second.match.match.world.tables[1].row(ada.welcome.player)["x"] == row["x"]  # bots play on
    assert [member.nickname for member in second.match.state.roster] == ["Argon", "Ada"]


async def test_the_token_of_a_player_is_good_for_the_seat_again(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await kill(first)
    second = await open_kept()
    back = await second.resume(ada.welcome.token)
    assert (back.welcome.player, back.welcome.nickname) == (ada.welcome.player, "Ada")
    await back.ticks(5)


async def test_a_seat_that_nobody_comes_back_to_becomes_free_after_its_hold(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept(options={"seat_hold": 5.0})
    await first.join("Ada")
    await kill(first)
    second = await open_kept(options={"seat_hold": 5.0})
    await trio.sleep(4)
    assert second.match.people == 1
    await trio.sleep(2)
    assert second.match.people == 0


async def test_bots_play_on_at_once(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept(bots=2)
    ada = await first.join("Ada")
    await ada.ticks(10)
    await kill(first)
    second = await open_kept(bots=2)
    back = await second.resume(ada.welcome.token)
    assert [entry.kind for entry in back.welcome.roster].count(BOT) == 2
    assert len(second.match.match.players.bots) == 2


async def test_nobody_is_taken_for_idle_because_of_the_time_before(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await ada.ticks(300)
    await kill(first)
    second = await open_kept()
    await trio.sleep(1)
    assert second.match.state.idleness.of(ada.welcome.player) < 5


async def test_chat_votes_and_the_host_are_as_they_were(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.come("Ada")
    await ada.enter(wish(rounds=3, rotation=1))
    await ada.say(Chat("hello"), Vote(VoteChoice.NEXT))
    assert (await ada.next_line()).text == "hello"
    await ada.ticks(20)
    await kill(first)
    second = await open_kept()
    match = second.server.match_index.find(ada.welcome.match.id)
    assert [line.text for line in match.state.chat.history] == ["hello"]
    assert match.state.votes.tally() == (0, 1)
    assert match.state.moderation.host == ada.welcome.player
    assert match.options.rounds == 3
    back = await second.resume(ada.welcome.token)
    assert (await back.next_line()).text == "hello"


async def test_a_match_of_people_goes_on_in_a_server_without_matches_of_its_own(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept(options={"matches": ()})
    ada = await first.come("Ada")
    await ada.enter(wish())
    await ada.ticks(20)
    await kill(first)
    second = await open_kept(options={"matches": ()})
    back = await second.resume(ada.welcome.token)
    assert back.welcome.match.id == ada.welcome.match.id
    await back.ticks(5)


async def test_who_was_banned_and_muted_still_is_and_a_locked_match_is_locked(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.come("Ada")
    await ada.enter(wish())
    bob, eve = await first.join("Bob", ada.welcome.match.id), await first.join("Eve", ada.welcome.match.id)
    await ada.say(Moderate(ModerateDeed.BAN, bob.welcome.player, ""))
    await ada.say(Moderate(ModerateDeed.MUTE, eve.welcome.player, ""))
    await ada.say(Moderate(ModerateDeed.LOCK, 0, ""))
    await ada.ticks(20)
    await kill(first)
    second = await open_kept()
    match = second.server.match_index.find(ada.welcome.match.id)
    assert match.state.moderation.locked
    assert match.state.moderation.is_muted("Eve", match.state.roster.people()[-1].address)
    refused = await (await second.come("Bob")).ask(Join(match.id))
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.BANNED


async def test_a_match_of_the_host_is_opened_once_and_as_it_is_configured_now(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept(name="Friday")
    ada = await first.join("Ada")
    await kill(first)
    second = await open_kept(name="Saturday")
    matches = {match.name: match for match in second.server.match_index}
    assert matches.keys() == {"Friday", "Saturday"}
    back = await second.resume(ada.welcome.token)
    assert back.welcome.match.name == "Friday"
    await back.quit()
    await trio.sleep(70)  # it does not stay any more
    assert [match.name for match in second.server.match_index] == ["Saturday"]


async def test_a_server_that_is_stopped_leaves_nothing_behind(open_kept: OpenKept, tmp_path: Path) -> None:
    first = await open_kept()
    await first.join("Ada")
    await trio.sleep(3)
    assert len(left_behind(tmp_path)) == 1
    first.stop.set()
    await happened_on_disk(first.stopped)
    assert left_behind(tmp_path) == []
    assert (await open_kept()).match.people == 0


async def test_matches_of_a_server_stopped_before_it_serves_are_there_at_the_next_start(
    open_kept: OpenKept, kill: Any, tmp_path: Path
) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await ada.ticks(10)
    await kill(first)
    hindered = Served(Server(toy_options(options={"data": tmp_path / "data"})))
    hindered.server.before_accepting = trio.sleep_forever
    hindered.stop.set()
    async with trio.open_nursery() as nursery:
        await nursery.start(hindered.server.run, hindered.stop)
    await (await (await open_kept()).resume(ada.welcome.token)).ticks(5)


async def test_a_server_that_keeps_its_matches_goes_on_with_them(open_kept: OpenKept) -> None:
    first = await open_kept(options={"keep_matches": True})
    ada = await first.join("Ada")
    await ada.ticks(10)
    first.stop.set()
    await happened_on_disk(first.stopped)
    second = await open_kept()
    await (await second.resume(ada.welcome.token)).ticks(5)


async def test_a_match_that_has_ended_does_not_come_back(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.come("Ada")
    await ada.enter(wish())
    first.server.match_index.find(ada.welcome.match.id).end(HomeCode.ENDED, "Enough.")
    await kill(first)
    second = await open_kept()
    assert len(second.server.match_index) == 1
    refused = await (await second.come("Ada")).ask(Resume(ada.welcome.token))
    assert isinstance(refused, Refused)


async def test_a_server_killed_twice_in_a_row_goes_on_as_well(open_kept: OpenKept, kill: Any, tmp_path: Path) -> None:
    served = await open_kept(bots=1)
    ada = await served.join("Ada")
    await ada.ticks(10)
    for _ in range(3):
        await kill(served)
        served = await open_kept(bots=1)
    await (await served.resume(ada.welcome.token)).ticks(5)
    await trio.sleep(15)
    assert len(left_behind(tmp_path)) == 1


async def test_the_disk_has_the_match_at_any_moment_of_a_recovery(
    open_kept: OpenKept, kill: Any, tmp_path: Path
) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await trio.sleep(3)
    await kill(first)
    second = await open_kept()
    await kill(second)  # before anything is carried to the disk
    shutil.rmtree(memory_directory(tmp_path / "data"))
    third = await open_kept()
    await (await third.resume(ada.welcome.token)).ticks(5)
    await trio.sleep(15)
    assert len(left_behind(tmp_path)) == 1


async def test_a_match_that_ends_soon_after_a_recovery_does_not_come_back(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.come("Ada")
    await ada.enter(wish())
    await trio.sleep(3)
    await kill(first)
    second = await open_kept()
    second.server.match_index.find(ada.welcome.match.id).end(HomeCode.ENDED, "Enough.")
    await kill(second)
    third = await open_kept()
    assert [match.name for match in third.server.match_index] == ["Friday"]


async def test_a_seat_of_which_nobody_was_written_down_is_free_again(
    open_kept: OpenKept, kill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await open_kept(bots=1)
    ada = await first.join("Ada")
    match = first.match
    with monkeypatch.context() as patched:
        patched.setattr(PeopleJournal, "look", lambda _self: None)
        await first.join("Bob")
        match.seating.vacate(ada.welcome.player, LeaveReason.LEFT)
        await kill(first)
    second = await open_kept(bots=1)
    assert [member.nickname for member in second.match.state.roster] == ["Argon"]
    assert len(second.match.match.world.tables[1]) == 1
    await (await second.join("Eve")).ticks(5)


async def test_a_journal_that_cannot_be_played_is_set_aside_and_named(
    open_kept: OpenKept, kill: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await trio.sleep(3)
    await kill(first)
    [name] = left_behind(tmp_path)
    for segment in (tmp_path / "data" / "journals" / name).glob("*.journal"):
        segment.write_bytes(b"nonsense")
    second = await open_kept()
    assert second.match.people == 0
    assert f"match {ada.welcome.match.id} cannot go on: " in caplog.text
    assert str(tmp_path / "data" / "failed" / name) in caplog.text
    assert (tmp_path / "data" / "failed" / name).is_dir()


MEMBER = {"nickname": "Ada", "wish": "Ada", "address": "", "key": "", "back_as": ["Ada", ""], "serial": None}


@pytest.mark.parametrize(
    ("place", "nonsense"),
    [
        (("options", "name"), 7),
        (("options", "private"), None),
        (("options", "rules"), ["", "x"]),
        (("opening",), [False, None, "x"]),
        (("opening",), [False, ["127.0.0.1"], -1]),
        (("match", "rounds"), [1, "x"]),
        (("match", "moderation"), ["x", False, [], [], []]),
        (("match", "moderation"), [65536, False, [], [], []]),
        (("match", "moderation"), [0, 1, [], [], []]),
        (("match", "moderation"), [0, False, [], [5], []]),
        (("match", "moderation"), [0, False, [], [], ["x" * 2000]]),
        (("match", "rounds"), [-1, 0]),
        (("match", "rounds"), [True, 0]),
        (("match", "name"), "x" * 300),
        (("match", "wanted"), 100_000),
        (("match", "votes"), [[99_999, 1]]),
        (("members",), [[99_999, MEMBER]]),
        (("members",), [[True, MEMBER]]),
        (("members",), [[0, {**MEMBER, "nickname": ""}]]),
        (("members",), [[0, {**MEMBER, "nickname": "x" * 21}]]),
        (("members",), [[0, {**MEMBER, "serial": 7}]]),
        (("members",), [[0, {**MEMBER, "back_as": ["x", 7]}]]),
        (("members",), [[0, {**MEMBER, "key": "x" * 2000}]]),
        (("lines",), [[0, 70_000, "Ada", "hi"]]),
        (("lines",), [[0, 0, "x" * 21, "hi"]]),
        (("lines",), [[99, 0, "Ada", "hi"]]),
        (("lines",), [[0, 0, "Ada"]]),
    ],
)
async def test_a_people_s_side_of_wrong_types_or_ranges_is_set_aside(
    place: tuple[str, ...], nonsense: Any, open_kept: OpenKept, kill: Any, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    whole = PeopleJournal.whole

    def spoilt(self: PeopleJournal) -> dict[str, Any]:
        values = whole(self)
        inner = values
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = nonsense
        return values

    with monkeypatch.context() as patched:
        patched.setattr(PeopleJournal, "whole", spoilt)
        first = await open_kept()
    code = first.match.id
    await kill(first)
    second = await open_kept()
    assert f"match {code} cannot go on: the people's side" in caplog.text
    await (await second.join("Eve")).ticks(5)


async def test_a_match_whose_journal_is_damaged_says_from_where_it_goes_on(
    open_kept: OpenKept, kill: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await trio.sleep(5)
    [name] = left_behind(tmp_path)
    [segment] = (tmp_path / "data" / "journals" / name).glob("*.journal")
    await has_grown(segment, 2000)  # what is damaged comes after its checkpoint then
    await kill(first)
    content = bytearray(segment.read_bytes())
    content[-len(content) // 8] ^= 8
    segment.write_bytes(content)
    second = await open_kept()
    assert second.match.id == ada.welcome.match.id
    assert f"match {second.match.id} goes on from tick " in caplog.text
    assert "bytes that follow in its journal are damaged" in caplog.text


async def has_grown(path: Path, more: int) -> None:
    """Wait until a thread has written ``more`` bytes to the file: the clock that jumps runs ahead of it."""
    begin, until = bytes_of(path), time.monotonic() + 20
    while bytes_of(path) < begin + more:
        assert time.monotonic() < until
        await trio.to_thread.run_sync(time.sleep, 0.01)


def bytes_of(path: Path) -> int:
    return path.stat().st_size


async def test_without_the_tail_a_match_goes_on_from_what_the_disk_has(
    open_kept: OpenKept, kill: Any, tmp_path: Path
) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await trio.sleep(5)
    tick = first.match.match.world.tick
    await kill(first)
    shutil.rmtree(memory_directory(tmp_path / "data"))
    second = await open_kept()
    await (await second.resume(ada.welcome.token)).ticks(5)
    assert 0 < second.match.match.world.tick <= tick + 30


async def test_a_spectator_may_watch_the_match_that_goes_on(open_kept: OpenKept, kill: Any) -> None:
    first = await open_kept()
    ada = await first.join("Ada")
    await kill(first)
    second = await open_kept()
    vera = await second.come("Vera")
    await vera.enter(Watch(ada.welcome.match.id))
    await vera.ticks(3)
