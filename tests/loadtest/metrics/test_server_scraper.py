"""Asking a server for its figures, in virtual time."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from game_server.client import EpochReport, HttpError, Target
from game_server.loadtest.metrics import server_scraper
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_metrics import Scrape
from game_server.loadtest.metrics.server_scraper import (
    SERVER_COUNTS,
    SERVER_SPREADS,
    ServerScraper,
    figures_between,
)
from game_server.telemetry import Histogram, Reading, metrics
from game_server.telemetry.exposition import FRESH_FOR, Writer

Answers = list[Scrape | Exception]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, jumping_clock: None) -> Callable[..., Awaitable[ServerScraper]]:  # noqa: ARG001
    """``server = await asked(answers)``: it was asked once a second for as long as there are answers."""

    async def asked(answers: Answers, since: float = 0.0) -> ServerScraper:
        waiting = list(answers)

        async def get(_target: Target, _path: str, _parse: object) -> Scrape:
            answer = waiting.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(server_scraper, "http_get", get)
        server = ServerScraper(Target("127.0.0.1", 8000, False), since)
        with trio.move_on_after(len(answers) - 0.5):
            await server.run(Recording(), trio.current_time())
        assert waiting == []
        return server

    return asked


def dropped(ticks: int) -> Scrape:
    """Of a server that has dropped this many."""
    return Scrape.read(f"# TYPE game_server_ticks_dropped_total counter\ngame_server_ticks_dropped_total {ticks}\n")


REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "")


async def test_the_figures_are_the_difference_between_the_first_and_the_last_answer(
    asked: Callable[..., Awaitable[ServerScraper]],
) -> None:
    server = await asked([dropped(3), dropped(5), dropped(9)])
    assert (server.missing, server.number("ticks_dropped")) == (None, 6)


async def test_answers_before_the_figures_begin_to_count_are_left_out(
    asked: Callable[..., Awaitable[ServerScraper]],
) -> None:
    server = await asked([dropped(0), dropped(100), dropped(101), dropped(103)], since=1.5)
    assert server.number("ticks_dropped") == 2


@pytest.mark.parametrize("failing", [REFUSED, HttpError("the answer is not HTTP"), ValueError("no such text")])
async def test_a_server_that_did_not_answer_at_first_is_asked_again(
    asked: Callable[..., Awaitable[ServerScraper]], failing: Exception
) -> None:
    server = await asked([failing, failing, dropped(3), dropped(5)])
    assert (server.missing, server.number("ticks_dropped")) == (None, 2)


async def test_answers_until_the_server_went_away_count(asked: Callable[..., Awaitable[ServerScraper]]) -> None:
    server = await asked([dropped(3), dropped(5), REFUSED])
    assert (server.missing, server.number("ticks_dropped")) == (None, 2)
    assert server.unanswered == 2


async def test_who_answers_again_was_not_silent(asked: Callable[..., Awaitable[ServerScraper]]) -> None:
    assert (await asked([dropped(3), REFUSED, dropped(5)])).unanswered is None


@pytest.mark.parametrize(
    ("answers", "saying"),
    [
        ([dropped(3)], "the run was too short"),
        ([REFUSED, dropped(3)], "the run was too short"),
        ([REFUSED, REFUSED], "GET /metrics failed: Connection refused"),
        ([HttpError("GET /metrics was answered with 404", 404)], "was answered with 404"),
    ],
)
async def test_why_there_are_no_figures_is_known(
    asked: Callable[..., Awaitable[ServerScraper]], answers: Answers, saying: str
) -> None:
    server = await asked(answers)
    assert server.missing is not None
    assert saying in server.missing


# When ticks are due

HERE, THERE = Target("127.0.0.1", 8000, tls=False), Target("192.0.2.1", 8000, tls=False)


async def told_by(target: Target, monkeypatch: pytest.MonkeyPatch, zeros: dict[str, float]) -> list[EpochReport]:
    """In three seconds of a server that takes a second to answer."""

    async def answer(_self: ServerScraper) -> Scrape:
        await trio.sleep(0.9)
        reading: Reading = {
            metrics.TICK_ZERO: {(match,): zero for match, zero in zeros.items()},
            metrics.BROWSING: {(): 0.0},
        }
        return Scrape.read(Writer().write(reading).decode())

    monkeypatch.setattr(ServerScraper, "_ask", answer)
    monkeypatch.setattr("game_server.loadtest.metrics.server_scraper.monotonic", lambda: trio.current_time() + 1_000)
    told: list[EpochReport] = []
    with trio.move_on_after(3):
        await ServerScraper(target, on_epochs=told.append).run(Recording(), trio.current_time())
    return told


async def test_when_ticks_are_due_is_known_as_of_when_the_server_was_asked(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    began = autojump_clock.current_time() + 1_000
    told = await told_by(HERE, monkeypatch, {"A": 1234.5678901234, "B": 0.5})
    assert [one.zeros for one in told] == [{"A": 1234.5678901234, "B": 0.5}] * 3
    assert [one.as_of for one in told] == pytest.approx([began + second - FRESH_FOR for second in range(3)])


async def test_the_clock_of_another_machine_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    assert await told_by(THERE, monkeypatch, {"A": 1.0}) == []


# Figures


def served(seconds: float, *, late: int, dropped: int, megabytes: float) -> Scrape:
    """Of a server that has used so much of a core, and whose ticks were late by 4 ms this often."""
    histogram = Histogram()
    for _ in range(late):
        histogram.record(0.004)
    reading: Reading = {
        metrics.TICK_LATENESS: {("A",): histogram},
        metrics.TICK_DURATION: {("A",): histogram},
        metrics.TICK_PHASE: {(phase,): histogram for phase in ("drain", "rules", "encode", "write")},
        metrics.GC_PAUSE: {("full",): histogram},
        metrics.TICKS_DROPPED: {(): float(dropped)},
        metrics.SNAPSHOTS_SKIPPED: {(): 2.0 * dropped},
    }
    process = f"process_cpu_seconds_total {seconds}\nprocess_resident_memory_bytes {1e6 * megabytes}\n"
    types = "# TYPE process_cpu_seconds counter\n# TYPE process_resident_memory_bytes gauge\n"
    return Scrape.read(Writer().write(reading).decode().replace("# EOF\n", "") + types + process)


def test_the_figures_of_a_second_are_the_differences_between_its_scrapes() -> None:
    before, after = (served(1.0, late=10, dropped=1, megabytes=5), served(2.5, late=20, dropped=4, megabytes=7))
    figures = figures_between((100.0, before), (102.0, after))
    levels = {name: figures.pop(name) for name in ("server_cpu", "server_memory_mb")}
    assert levels == {"server_cpu": 0.75, "server_memory_mb": 7}
    assert {name: figures.pop(name) for name in SERVER_COUNTS} == {"ticks_dropped": 3, "snapshots_skipped": 6}
    assert set(figures) == {f"{name}.p{percent}" for name in SERVER_SPREADS for percent in (50, 99)}
    assert all(2 < value < 5 for value in figures.values())
    assert all(figures[f"{name}.p50"] < figures[f"{name}.p99"] for name in SERVER_SPREADS)
    assert "server_cpu" not in figures_between((100.0, before), (100.0, after))


def test_each_spread_of_the_server_is_one_of_its_metrics() -> None:
    server = ServerScraper(HERE)
    assert server.spread("tick_drain_ms").count == 0
    assert server.number("ticks_dropped") is None
    server.note(0, served(1.0, late=10, dropped=1, megabytes=5), 100.0)
    assert (server.missing, server.number("server_cpu")) == ("the run was too short for two scrapes", None)
    server.note(1, served(3.0, late=30, dropped=2, megabytes=6), 104.0)
    assert {name: server.spread(name).count for name in SERVER_SPREADS} == dict.fromkeys(SERVER_SPREADS, 20)
    assert {name: server.number(name) for name in (*SERVER_COUNTS, "server_cpu", "server_memory_mb")} == {
        "ticks_dropped": 1, "snapshots_skipped": 2, "server_cpu": 0.5, "server_memory_mb": 6,
    }  # fmt: skip


def test_figures_begin_with_the_first_scrape_that_counts() -> None:
    server = ServerScraper(HERE, since=1)
    for second in range(3):
        server.note(second, served(float(second**2), late=1, dropped=second**2, megabytes=1), 100.0 + second)
    assert (server.number("ticks_dropped"), server.number("server_cpu"), server.missing) == (3, 3.0, None)


async def test_the_figures_of_each_second_join_its_row(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    answers = iter(served(0.5 * second, late=1, dropped=second**2, megabytes=1) for second in range(9))

    async def answer(_self: ServerScraper) -> Scrape:
        await trio.lowlevel.checkpoint()
        return next(answers)

    monkeypatch.setattr(ServerScraper, "_ask", answer)
    recording = Recording()
    with trio.move_on_after(5.5):
        await ServerScraper(HERE).run(recording, trio.current_time() + 2)
    rows = {second: (row["ticks_dropped"], row["server_cpu"]) for second, row in recording.server.items()}
    assert rows == {0: (1, 0.5), 1: (3, 0.5), 2: (5, 0.5)}


async def test_a_server_that_has_not_answered_yet_is_silent_since_it_was_asked_first(
    asked: Callable[..., Awaitable[ServerScraper]],
) -> None:
    assert (await asked([dropped(3), dropped(5), REFUSED, REFUSED])).unanswered == 2
    assert (await asked([REFUSED, REFUSED])).unanswered == 0


def test_why_there_are_no_ages_is_known() -> None:
    assert ServerScraper(THERE).why_no_ages == "the server is on another machine and has another clock"
    assert ServerScraper(HERE).why_no_ages == "the run was too short for two scrapes"
    assert ServerScraper(HERE, missing=None).why_no_ages == "GET /metrics was not answered"
    assert ServerScraper(HERE, began={1.0}).why_no_ages.startswith("GET /metrics did not say when the ticks")
