"""The journal of one match: what the thread is to do for it, and when it is over."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from game_server.journal.journal_writer import TickWriter
from game_server.journal.match_journal import JournalLoad, MatchJournal
from game_server.journal.records import ENDED, PEOPLE, Header, read
from game_server.journal.segments import SegmentWriter
from game_server.journal.tail import Tail
from game_server.journal.tail_split import Pieces
from game_server.simulation import Match, tick_alone
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import toy

HEADER = Header("K7RW2P", "toy", "", 1.8e9, "now", 1)


@attrs.define
class Disk:
    """In place of the files: what was asked of them, and what they answer."""

    asked: list[tuple[Any, ...]] = attrs.Factory(list)
    error: OSError | None = None

    def _ask(self, *asked: Any) -> None:
        self.asked.append(asked)
        if self.error:
            raise self.error

    def restart(self, to: int) -> None:
        self._ask("restart", to)

    def write(self, pieces: Pieces, to: int) -> None:
        self._ask("write", pieces, to)

    def sync(self) -> None:
        self._ask("sync")


def load_of(disk: Disk, *, afresh: bool = False) -> JournalLoad:
    return JournalLoad(cast("SegmentWriter", disk), 1, afresh)


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.parametrize(("afresh", "expected"), [(False, ("write", [(3, b"x")], 9)), (True, ("restart", 9))])
def test_a_load_is_written_or_begins_the_journal_afresh_and_syncs_the_disk_if_asked(
    afresh: bool, expected: tuple[Any, ...], sync: bool
) -> None:
    disk = Disk()
    load = load_of(disk, afresh=afresh)
    load.carry([(3, b"x")], 9, sync=sync)
    assert disk.asked == [expected, *([("sync",)] if sync else [])]
    assert load.trouble == ""


@pytest.mark.parametrize(
    ("error", "trouble"), [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (OSError("odd"), "odd")]
)
def test_what_the_disk_answers_is_noted(error: OSError, trouble: str) -> None:
    load = load_of(Disk(error=error))
    load.carry([], 9, sync=True)
    assert load.trouble == trouble


@attrs.define
class Kept:
    """A match that is kept."""

    journal: MatchJournal
    match: Match
    tail: Tail


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    tail = Tail(tmp_path, "now")
    tail.limit = 100_000
    people: Callable[[], Any] = lambda: {"some": "people"}  # noqa: E731
    disk = cast("SegmentWriter", Disk())
    journal = MatchJournal(HEADER, tail, TickWriter(tail.append), disk, people, tmp_path / "failed", 10)
    match = Match(toy(), on_message=lambda *_: None)
    journal.begin(match)
    return Kept(journal, match, tail)


def test_a_match_is_over_when_the_disk_has_its_end_or_does_not_take_it(kept: Kept) -> None:
    journal = kept.journal
    assert not journal.over
    assert journal.end(failed=False) is None
    assert not journal.over
    load = journal.load()
    journal.unload(load, kept.tail.end - 1)
    assert not journal.over
    load.trouble = "No space left on device"
    journal.unload(load, kept.tail.end)
    assert not journal.over
    load.trouble = ""
    journal.unload(load, kept.tail.end)
    assert journal.over


def test_a_match_that_the_disk_does_not_take_is_over_at_once(kept: Kept) -> None:
    kept.journal.end(failed=False)
    kept.journal.trouble = "No space left on device"
    assert kept.journal.over
    assert not kept.journal.passes_well


@pytest.mark.parametrize(
    ("failed", "desync", "aside"),
    [(False, False, None), (True, False, "failed"), (False, True, "failed-desync"), (True, True, "failed")],
)
def test_a_journal_that_is_worth_a_look_is_set_aside_in_the_end(
    kept: Kept, failed: bool, desync: bool, aside: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    kept.match.seat(outlet=FakeOutlet())
    tick_alone(kept.match)
    if desync:
        kept.match.resync(0, 1)
    kept.journal.people_changed("somebody")
    found = kept.journal.end(failed=failed)
    assert found == kept.journal.set_aside
    assert (found.name if found else None) == aside
    records = [it for record in read(kept.tail.waiting()) if record.kind == 11 for it in read(record.value[1])]
    assert [it.value for it in records if it.kind in (PEOPLE, ENDED)] == ["somebody", failed or desync]
    said = [text for text in caplog.messages if "a desync was reported: journal kept in" in text]
    assert len(said) == (desync and not failed)


def test_a_journal_whose_records_did_not_fit_is_begun_afresh_once(kept: Kept) -> None:
    assert not kept.journal.load().afresh
    kept.tail.limit = 0
    tick_alone(kept.match)
    assert kept.journal.lost
    load = kept.journal.load()
    assert (load.afresh, load.number) == (True, 1)
    load.trouble = "No space left on device"
    kept.journal.unload(load, kept.tail.end)
    assert kept.journal.load().afresh
    load.trouble = ""
    kept.journal.unload(load, kept.tail.end)
    assert not kept.journal.load().afresh  # it is, and a checkpoint comes with the next tick
    kept.tail.limit = 100_000
    assert kept.journal.lost
    tick_alone(kept.match)
    assert not kept.journal.lost
