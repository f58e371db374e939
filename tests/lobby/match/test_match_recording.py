"""What of a hosted match is recorded, and when it may be watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from game_server.journal import (
    BY_CODE,
    CHAT,
    HOST_ONLY,
    OPEN,
    PHASE,
    SEATED,
    WINNERS,
    RecordingReader,
    Recordings,
    Summary,
)
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, StayOptions
from game_server.lobby.match.match_recording import LONG_SECONDS, MOST_SECONDS, RESULTS_SECONDS
from game_server.protocol import (
    BOT,
    PERSON,
    EventCode,
    Events,
    HomeCode,
    Said,
    ServerMessage,
    Spectating,
    Welcome,
    decode_server,
)
from game_server.simulation import tick_alone
from tests.lobby.people import Clock, FakePerson
from tests.simulation.toy_game import Toy

WHILE = 15


class Rounds(Toy):
    """Toys whose rounds begin and end as a test says."""

    over = False

    @property
    def winners(self) -> tuple[int, ...] | None:
        return (0,) if self.over else None

    def phase(self) -> str:
        return "results" if self.over else "playing"


class Stage:
    """A match that a test drives, and its recordings."""

    def __init__(self, folder: Path, **chosen: Any) -> None:
        self.clock = Clock()
        self.recordings = Recordings(folder)
        options: dict[str, Any] = {"name": "Friday", "game": Rounds, "max_players": 4, "seed": 5, "bots": 1}
        context = MatchContext(now=self.clock, stays=StayOptions(), recordings=self.recordings)
        self.match = HostedMatch(MatchOptions(**options | chosen), context, id="K7RW2P")

    async def play(self, seconds: float) -> None:
        """Let time pass, with what the server does meanwhile."""
        for tick in range(round(seconds * 30)):
            self.clock.now += 1 / 30
            tick_alone(self.match.match)
            if tick % 6 == 5:
                self.match.attend()
            if tick % 30 == 29:
                await self.recordings.write()

    def game(self) -> Rounds:
        game = self.match.match.game
        assert isinstance(game, Rounds)
        return game

    def person(self, name: str) -> FakePerson:
        return FakePerson(name, self.clock)

    async def ended(self) -> list[Summary]:
        self.match.end(HomeCode.ENDED, "")
        await self.recordings.write()
        return self.recordings.listed("K7RW2P")

    def messages(self, summary: Summary) -> list[ServerMessage]:
        with self.recordings.path(summary.header.id).open("rb") as file:
            reader = RecordingReader(file)
            return [decode_server(message) for chunk in reader.index.chunks for message in reader.messages(chunk)]

    def marks(self, summary: Summary, kind: int) -> list[list[Any]]:
        with self.recordings.path(summary.header.id).open("rb") as file:
            return [mark[2:] for mark in RecordingReader(file).index.marks if mark[1] == kind]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    made = Stage(folder)
    yield made
    made.recordings.let_go()


async def test_a_match_is_recorded_from_its_first_tick_to_its_end(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    [summary] = await stage.ended()
    assert (summary.header.name, summary.people, summary.bots) == ("Friday", ("Ada",), 1)
    assert summary.seconds == pytest.approx(WHILE, abs=0.1)
    assert stage.marks(summary, PHASE) == [["playing"]]


async def test_a_round_may_be_watched_soon_after_its_end_and_says_who_has_won(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    stage.game().over = True
    await stage.play(RESULTS_SECONDS - 1)
    assert stage.recordings.listed() == []
    await stage.play(3)
    [summary] = stage.recordings.listed()
    assert summary.winners == (stage.match.state.member(0).nickname,)
    assert summary.seconds == pytest.approx(WHILE + RESULTS_SECONDS, abs=0.5)
    stage.game().over = False
    await stage.play(10)
    assert stage.recordings.listed() == [summary]


async def test_the_round_that_was_over_last_begins_with_its_phase(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    for over in (False, True, False, True):
        stage.game().over = over
        await stage.play(WHILE)
    [summary] = stage.recordings.listed()
    assert summary.round == pytest.approx(2 * WHILE, abs=0.5)


async def test_what_everybody_said_is_recorded_and_no_whisper(stage: Stage) -> None:
    ada, grace, vera = (stage.person(name) for name in ("Ada", "Grace", "Vera"))
    stage.match.join(ada)
    stage.match.join(grace)
    stage.match.watch(vera)
    await stage.play(1)
    chat = stage.match.state.chat
    assert ada.voice
    assert grace.voice
    assert vera.voice
    chat.say(ada.voice, "hello")
    chat.say(grace.voice, "the secret", "Ada")
    chat.say(vera.voice, "nice")
    chat.announce("welcome", to=ada.voice)
    await stage.play(WHILE)
    [summary] = await stage.ended()
    said = [line for message in stage.messages(summary) if isinstance(message, Said) for line in message.lines]
    assert [(line.nickname, line.text) for line in said] == [("Ada", "hello"), ("Vera", "nice")]
    assert stage.marks(summary, CHAT) == [["Ada"]]
    data = stage.recordings.path(summary.header.id).read_bytes()
    assert b"secret" not in data


async def test_no_token_is_in_a_recording(stage: Stage) -> None:
    ada = stage.person("Ada")
    stage.match.join(ada)
    await stage.play(WHILE)
    [summary] = await stage.ended()
    welcome = decode_server(summary.header.welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.token, welcome.roster, welcome.nickname) == ("", (), "")
    assert not [message for message in stage.messages(summary) if isinstance(message, Welcome)]


async def test_each_chunk_introduces_who_is_there_then(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    await stage.play(2)
    stage.match.join(stage.person("Grace"))
    await stage.play(WHILE)
    [summary] = await stage.ended()
    with stage.recordings.path(summary.header.id).open("rb") as file:
        reader = RecordingReader(file)
        first = [decode_server(next(iter(reader.messages(chunk)))) for chunk in reader.index.chunks]
    seats = [message.events for message in first if isinstance(message, Events)]
    names = [{event[2] for event in events if event[0] == EventCode.JOINED} for events in seats]
    assert len(names) == len(reader.index.chunks)
    assert ["Ada" in some for some in names] == [True] * len(names)
    assert ["Grace" in some for some in names] == [False] + [True] * (len(names) - 1)
    assert [mark[1] for mark in stage.marks(summary, SEATED)][-2:] == ["Ada", "Grace"]


@pytest.mark.parametrize(
    ("chosen", "access"),
    [
        ({}, OPEN),
        ({"private": True}, BY_CODE),
        ({"password": "swordfish"}, HOST_ONLY),
        ({"private": True, "spectating": Spectating.FORBIDDEN}, HOST_ONLY),
        ({"spectating": Spectating.SILENT}, OPEN),
    ],
)
async def test_who_may_watch_a_match_may_watch_it_again(folder: Path, chosen: dict[str, Any], access: int) -> None:
    stage = Stage(folder, **chosen)
    stage.match.join(stage.person("Ada"), chosen.get("password", ""))
    await stage.play(WHILE)
    await stage.ended()
    [path] = folder.glob("*")  # noqa: ASYNC240
    with path.open("rb") as file:
        assert RecordingReader(file).header.access == access


async def test_a_match_that_is_not_to_be_recorded_is_not(folder: Path) -> None:
    stage = Stage(folder, recorded=False)
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    assert await stage.ended() == []
    assert stage.match.match.recorder is None


async def test_while_nobody_is_there_nothing_is_recorded(stage: Stage) -> None:
    ada = stage.person("Ada")
    stage.match.join(ada)
    await stage.play(WHILE)
    stage.match.leave(ada)
    await stage.recordings.write()
    assert len(stage.recordings.listed()) == 1
    await stage.play(WHILE)
    stage.match.join(stage.person("Grace"))
    await stage.play(WHILE)
    second, first = await stage.ended()
    assert (first.people, second.people) == (("Ada",), ("Grace",))
    assert second.seconds == pytest.approx(WHILE, abs=0.2)


@pytest.mark.parametrize("over", [True, False])
async def test_a_long_recording_ends_with_its_round_or_at_last_without(
    stage: Stage, over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "game_server.lobby.match.match_recording"
    assert LONG_SECONDS < MOST_SECONDS
    monkeypatch.setattr(f"{module}.LONG_SECONDS", 12)
    monkeypatch.setattr(f"{module}.MOST_SECONDS", 25)
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    stage.game().over = over
    await stage.play(WHILE)
    ended = stage.recordings.listed()
    assert len(ended) == 1
    assert ended[0].seconds == pytest.approx(WHILE + RESULTS_SECONDS if over else 25, abs=0.5)
    assert len(await stage.ended()) == (2 if over else 1)


async def test_without_recordings_nothing_is_kept(folder: Path) -> None:
    stage = Stage(folder)
    context = MatchContext(now=stage.clock, stays=StayOptions())
    match = HostedMatch(MatchOptions(name="Friday", game=Toy, max_players=4), context, id="K7RW2P")
    match.join(stage.person("Ada"))
    tick_alone(match.match)
    match.attend()
    assert match.match.recorder is None


async def test_a_mark_of_a_round_that_is_over_names_those_who_are_still_there(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    stage.game().over = True
    await stage.play(WHILE)
    [summary] = await stage.ended()
    assert stage.marks(summary, WINNERS) == [[[stage.match.state.roster.entries()[0].nickname]]]


async def test_a_round_that_was_over_before_a_recording_began_is_not_its_own(stage: Stage) -> None:
    stage.game().over = True
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    assert stage.recordings.listed() == [], "the results of that round are a part of the next"
    stage.game().over = False
    await stage.play(WHILE)
    [summary] = await stage.ended()
    assert stage.marks(summary, WINNERS) == []
    assert stage.marks(summary, PHASE) == [["results"], ["playing"]]


async def test_a_header_has_all_that_is_known_of_the_match(stage: Stage) -> None:
    stage.match.join(stage.person("Ada"))
    await stage.play(1)
    stage.match.seating.rename("Saturday")
    await stage.play(WHILE)
    [summary] = await stage.ended()
    header = summary.header
    assert (header.match, header.name, header.game, header.mode) == ("K7RW2P", "Friday", "toy", "")
    assert (header.seats, header.tick_rate, header.access) == (4, 30, OPEN)
    assert summary.header.id in {path.stem for path in stage.recordings.folder.glob("*")}
    welcome = decode_server(header.welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.tick, welcome.roster, welcome.tick_rate) == (header.tick, (), 30)


async def test_a_second_recording_introduces_everybody_again(stage: Stage) -> None:
    ada = stage.person("Ada")
    stage.match.join(ada)
    await stage.play(WHILE)
    stage.match.leave(ada)
    stage.match.join(stage.person("Ada"))
    await stage.play(WHILE)
    for summary in await stage.ended():
        assert {tuple(mark) for mark in stage.marks(summary, SEATED)} == {(0, "Argon", BOT), (1, "Ada", PERSON)}
        assert stage.marks(summary, PHASE)


async def test_one_who_is_lost_and_the_host_of_the_match_are_introduced_in_each_chunk(folder: Path) -> None:
    stage = Stage(folder)
    ada = stage.person("Ada")
    stage.match.join(ada)
    stage.match.state.moderation.host = ada.player
    await stage.play(1)
    stage.match.lose(ada)
    stage.match.join(stage.person("Grace"))
    await stage.play(WHILE)
    [summary] = await stage.ended()
    with stage.recordings.path(summary.header.id).open("rb") as file:
        reader = RecordingReader(file)
        last = decode_server(next(iter(reader.messages(reader.index.chunks[-1]))))
    assert isinstance(last, Events)
    assert set(last.events) == {
        (EventCode.JOINED, 0, "Argon", BOT),
        (EventCode.JOINED, 1, "Ada", PERSON),
        (EventCode.JOINED, 2, "Grace", PERSON),
        (EventCode.LOST, 1, 0),
        (EventCode.HOST, 1),
        (EventCode.RENAMED, "Friday"),
    }
