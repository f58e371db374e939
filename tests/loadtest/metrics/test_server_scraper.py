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
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.telemetry import Reading, metrics
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
