"""The answers that one of several processes gives for all, without the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import trio
import trio.testing

from game_server.cluster import Answers
from game_server.journal import LISTED
from game_server.membership import Membership
from game_server.nodes_api import HEALTH_TIMEOUT, Fresh, NodesApi
from game_server.recordings_api import RecordingsApi
from game_server.telemetry import FRESH_FOR
from game_server.throttling import Keys
from game_server.transport import Download, Response

KEYS = ("192.0.2.1",)
HERE, THERE, SILENT = "worker-0", "worker-1", "worker-2"


@attrs.define
class Calls:
    """The calls of a node whose neighbours answer as a test says."""

    told: dict[str, dict[str, Callable[..., Any]]] = attrs.Factory(dict)
    """By kind and node."""
    own: dict[str, Callable[..., Any]] = attrs.Factory(dict)
    asked: list[tuple[Any, ...]] = attrs.Factory(list)

    def answer(self, kind: str, handler: Callable[..., Any]) -> None:
        self.own[kind] = handler

    async def ask_all(self, nodes: Iterable[str], kind: str, *arguments: Any, within: float = 1.0) -> Answers:
        await trio.lowlevel.checkpoint()
        self.asked.append((kind, *arguments, within))
        told = {HERE: self.own[kind], **self.told.get(kind, {})}
        values = {node: told[node](*arguments) for node in nodes if node in told}
        return Answers(values, tuple(node for node in nodes if node not in told))


@attrs.define
class Recorded:
    """Recordings of this process, and what it was asked about guesses."""

    rows: list[dict[str, Any]] = attrs.Factory(list)
    file: dict[str, Any] | None = None
    guesses: list[tuple[str, Keys, bool, bool]] = attrs.Factory(list)
    refuses: bool = False

    def summaries(self, match: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["match"] == match or not match]

    def found(self, id: str, code: str) -> dict[str, Any] | None:
        return self.file if (id, code) in (("0a", ""), ("0a", "PLAZA2")) else None

    def refused_guess(self, code: str, charged_to: Keys, *, found: bool, shown: bool) -> Response | None:
        self.guesses.append((code, charged_to, found, shown))
        return Response(HTTPStatus.TOO_MANY_REQUESTS) if self.refuses else None


@attrs.define
class Place:
    """The API of one of three processes, of which the last does not answer."""

    calls: Calls = attrs.Factory(Calls)
    recorded: Recorded = attrs.Factory(Recorded)
    matches: list[dict[str, Any]] = attrs.Factory(list)
    nodes: tuple[str, ...] = (HERE, THERE, SILENT)
    api: NodesApi = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.api = NodesApi(
            cast("Membership", self),
            lambda: {"status": "ok", "matches": 1, "players": 2, "people": 3, "uptime": 4},
            lambda: self.matches,
            lambda: b"",
            cast("RecordingsApi", self.recorded),
        )


@pytest.fixture
def place(jumping_clock: None) -> Place:  # noqa: ARG001
    return Place()


async def test_who_asks_within_half_a_second_shares_an_answer(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    made: list[float] = []

    async def make() -> int:
        await trio.sleep(0.2)
        made.append(trio.current_time())
        return len(made)

    fresh, got = Fresh(make), list[int]()

    async def ask(after: float) -> None:
        await trio.sleep(after)
        got.append(await fresh.get())

    async with trio.open_nursery() as nursery:
        for after in (0.0, 0.1, 0.3, 0.69, 0.7, 0.8):
            nursery.start_soon(ask, after)
    assert got == [1, 1, 1, 1, 2, 2]
    assert FRESH_FOR == 0.5


async def test_health_is_that_of_this_process_with_the_sums_over_all_and_who_is_silent(place: Place) -> None:
    place.calls.told["health"] = {THERE: lambda: {"matches": 10, "players": 20, "people": 30, "uptime": 40}}
    assert await place.api.health() == {
        "status": "ok",
        "uptime": 4,
        "matches": 11,
        "players": 22,
        "people": 33,
        "nodes": {
            HERE: {"status": "ok", "matches": 1, "players": 2, "people": 3, "uptime": 4},
            THERE: {"matches": 10, "players": 20, "people": 30, "uptime": 40},
        },
        "silent": [SILENT],
    }
    assert place.calls.asked == [("health", HEALTH_TIMEOUT)]
    assert HEALTH_TIMEOUT < 1, "a probe waits no longer"


async def test_the_metrics_of_all_come_in_the_order_of_their_names(place: Place) -> None:
    name = b"# HELP x X.\n# TYPE x gauge\n"
    place.calls.own["metrics"] = lambda: name + b'x{node="worker-0"} 1\n'
    place.calls.told["metrics"] = {THERE: lambda: name + b'x{node="worker-1"} 2\n'}
    place.nodes = (THERE, HERE)
    text = await place.api.metrics()
    assert text.index(b'"worker-0"') < text.index(b'"worker-1"')
    assert text.count(b"# TYPE") == 1


def row(number: int, match: str = "PLAZA2") -> dict[str, Any]:
    return {"id": f"{number:02x}", "match": match}


def rows(response: Response | Download | None) -> list[dict[str, Any]]:
    assert isinstance(response, Response)
    listed: list[dict[str, Any]] = json.loads(response.body)
    return listed


async def test_the_newest_fifty_recordings_of_all_are_listed_the_newest_first(place: Place) -> None:
    place.recorded.rows = [row(number) for number in range(0, 80, 2)]
    place.calls.told["recordings"] = {THERE: lambda _: [row(number) for number in range(1, 80, 2)]}
    assert rows(await place.api.recordings("", {}, KEYS)) == [row(number) for number in range(79, 29, -1)]
    assert LISTED == 50
    assert place.recorded.guesses == []


@pytest.mark.parametrize(("shown", "there"), [(True, True), (False, True), (False, False)])
async def test_a_code_counts_as_a_guess_by_what_all_processes_have_of_it(
    place: Place, shown: bool, there: bool
) -> None:
    place.calls.told["recordings"] = {THERE: lambda match: [row(10, match)] if there else []}
    place.calls.told["recording"] = {THERE: lambda id, code: {"id": id} if shown and not code else None}
    assert rows(await place.api.recordings("", {"match": "k7rw2p"}, KEYS)) == [row(10, "K7RW2P")] * there
    assert place.recorded.guesses == [("K7RW2P", KEYS, there, shown)]
    place.recorded.refuses = True
    refused = await place.api.recordings("", {"match": "k7rw2p"}, KEYS)
    assert isinstance(refused, Response)
    assert refused.status == 429


FILE = {"path": "/data/0a", "size": 7, "etag": "0a-7", "name": "0a", "final": True, "secret": False}


@pytest.mark.parametrize(
    ("id", "code", "secret", "guesses"),
    [
        ("0a", "", False, []),
        ("0a", "plaza2", False, [("PLAZA2", KEYS, True, True)]),
        ("0a", "plaza2", True, [("PLAZA2", KEYS, True, False)]),
        ("0b", "", False, []),
        ("0b", "plaza2", False, [("PLAZA2", KEYS, False, False)]),
    ],
)
async def test_a_recording_is_sent_whichever_process_has_it(
    place: Place, id: str, code: str, secret: bool, guesses: list[Any]
) -> None:
    there = Recorded(file={**FILE, "secret": secret})
    place.calls.told["recording"] = {THERE: there.found}
    answer = await place.api.recording(id, {"match": code} if code else {}, KEYS)
    expected = Download(Path("/data/0a"), 7, "0a-7", "0a", final=True, secret=secret)
    assert answer == (expected if id == "0a" else None)
    assert place.recorded.guesses == guesses


@pytest.mark.parametrize(("code", "status"), [("PLAZA2", 429), ("", None)])
async def test_after_too_many_guesses_no_recording_is_sent_for_a_code(
    place: Place, code: str, status: int | None
) -> None:
    place.recorded.refuses, place.recorded.file = True, FILE
    answer = await place.api.recording("0a", {"match": code} if code else {}, KEYS)
    assert (answer.status if isinstance(answer, Response) else None) == status


async def test_each_path_has_the_answer_of_its_name(place: Place) -> None:
    paths = place.api.paths()
    assert paths["/healthz"] == place.api.health
    assert paths["/api/matches"] == place.api.matches
    assert {path: getattr(paths[path], "find", None) for path in ("/recordings", "/recordings/")} == {
        "/recordings": place.api.recordings,
        "/recordings/": place.api.recording,
    }
