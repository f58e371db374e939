"""What the author of a game is shown: each mistake once, with its line, as soon as there is one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from game_server.dev.mistakes import MOST, WAIT, Mistakes, in_words, short
from game_server.errors import RulesError


@pytest.fixture
def mistakes() -> Iterator[Mistakes]:
    """A handler of a log of its own."""
    made = Mistakes("v1", "The match began afresh.")
    logger = logging.getLogger("tests.mistakes")
    logger.addHandler(made)
    logger.propagate = False
    yield made
    logger.removeHandler(made)


def log(error: BaseException | None, level: int = logging.ERROR) -> None:
    logging.getLogger("tests.mistakes").log(level, "it failed", exc_info=error)


async def answer(mistakes: Mistakes, seen: str = "") -> dict[str, Any]:
    return await mistakes.answer({"seen": seen})


def raised(folder: Path, line: str) -> BaseException:
    """What ``line`` raises, the second of a file of an author's."""
    path = folder / "hunt.py"
    path.write_text(f"from game_server.errors import RulesError\n{line}\n")
    try:
        exec(compile(path.read_text(), path, "exec"), {})  # noqa: S102 - it is written above
    except Exception as error:
        return error
    raise AssertionError


def test_a_mistake_is_said_with_the_line_of_the_author_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_words(raised(tmp_path, "1 / 0")) == "ZeroDivisionError: division by zero (hunt.py, line 2)"
    assert in_words(raised(tmp_path, "raise RulesError('no')")) == "no (hunt.py, line 2)"
    place = f"{tmp_path}{os.sep}hunt.py, line 2"
    assert in_words(raised(tmp_path, f"raise RulesError({place!r})")) == "hunt.py, line 2"
    assert in_words(RulesError("nowhere")) == "nowhere"
    assert short(f"{tmp_path}{os.sep}a {tmp_path}{os.sep}b") == "a b"


async def test_a_page_is_answered_at_once_with_all_that_there_is(mistakes: Mistakes) -> None:
    mistakes.refuse("it loops")
    mistakes.waiting = lambda: True
    log(RulesError("bad rules"))
    assert await answer(mistakes) == {
        "mark": f"{os.getpid()}-2",
        "version": "v1",
        "news": "The match began afresh.",
        "mistakes": ["bad rules"],
        "unsaved": "it loops",
        "waits": True,
    }
    fresh = Mistakes()
    assert await answer(fresh) == {
        "mark": f"{os.getpid()}-0", "version": "", "news": "", "mistakes": [], "unsaved": "", "waits": False,
    }  # fmt: skip


async def test_each_mistake_is_shown_once_and_the_first_five_of_them(mistakes: Mistakes) -> None:
    for number in (1, 1, 2, 3, 1, 4, 5, 6, 7):
        log(RulesError(f"mistake {number}"))
    shown = await answer(mistakes)
    assert shown["mistakes"] == [f"mistake {number}" for number in range(1, 6)]
    assert len(shown["mistakes"]) == MOST
    assert shown["mark"].endswith("-5")


async def test_only_errors_with_an_exception_are_mistakes(mistakes: Mistakes) -> None:
    log(RulesError("a warning"), logging.WARNING)
    log(None)
    logging.getLogger("tests.mistakes").error("no exception at all")
    assert (await answer(mistakes))["mistakes"] == []


async def test_a_page_that_has_seen_all_waits_for_more_and_for_some_time_at_most(
    mistakes: Mistakes, autojump_clock: trio.abc.Clock
) -> None:
    del autojump_clock
    seen, answers = mistakes.mark, []
    began = trio.current_time()
    assert (await answer(mistakes, seen))["mark"] == seen
    assert trio.current_time() - began == pytest.approx(WAIT)

    async def ask() -> None:
        answers.append((await answer(mistakes, seen), trio.current_time() - began))

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            began = trio.current_time()
            nursery.start_soon(ask)
            nursery.start_soon(ask)
            await trio.sleep(WAIT / 2)
            mistakes.refuse("it loops")
    assert [said["unsaved"] for said, _ in answers] == ["it loops"] * 2
    assert [after for _, after in answers] == pytest.approx([WAIT / 2] * 2)
    assert mistakes.mark != seen
    mistakes.refuse("")
    assert (await answer(mistakes))["unsaved"] == ""


async def test_a_page_that_has_seen_the_news_waits_again_without_looking_all_the_time() -> None:
    looks = 0

    class Counted(Mistakes):
        @property
        def mark(self) -> str:
            nonlocal looks
            looks += 1
            return super().mark

    mistakes = Counted()
    mistakes.refuse("it loops")
    seen = mistakes.mark
    looks = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer, mistakes, seen)
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert looks == 1
