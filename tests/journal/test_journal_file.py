"""Journals as files: which records count for a tick, parts, and two journals of one match."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from game_server.errors import JournalError
from game_server.journal import JournalFile, compare, verify
from game_server.journal.journal_file import Verification
from game_server.journal.records import (
    CHECKPOINT,
    ENDED,
    HASH,
    INPUTS,
    ORDERED,
    Header,
    Record,
    pack,
    pack_again,
    pack_header,
    read,
)
from game_server.simulation import Inputs
from tests.journal.journal_process import record
from tests.simulation.toy_game import Toy

HEADER = Header("K7RW2P", "toy", "", 1.8e9)
TICKS = 700


@pytest.fixture(scope="module")
def whole() -> JournalFile:
    """A journal of 700 ticks, with checkpoints at 0, 300 and 600."""
    return JournalFile(HEADER, list(read(record("toy", TICKS)[0].data)), 0)


def ticks_of(part: bytes) -> tuple[int, int]:
    records = list(read(part))
    assert [it.kind for it in records[:2]] == [0, CHECKPOINT]
    return records[1].tick, records[-1].tick


def test_it_has_the_ticks_from_its_first_checkpoint_to_its_last_record(whole: JournalFile) -> None:
    assert whole.ticks == (0, TICKS)
    assert [it.tick for it in whole.records if it.kind == CHECKPOINT] == [0, 300, 600]


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [
        (0, 700, (0, 700)),
        (299, 400, (0, 400)),
        (300, 400, (300, 400)),
        (301, 599, (300, 599)),
        (301, 600, (300, 600)),
        (650, 9999, (600, 700)),
        (700, 700, (600, 700)),
        (0, 0, (0, 0)),
    ],
)
def test_a_part_begins_with_the_checkpoint_at_or_before_its_first_tick(
    whole: JournalFile, first: int, last: int, ticks: tuple[int, int]
) -> None:
    assert ticks_of(whole.part(first, last)) == ticks


@pytest.mark.parametrize(("first", "last"), [(701, 800), (9999, 9999)])
def test_a_part_after_the_end_is_refused(whole: JournalFile, first: int, last: int) -> None:
    with pytest.raises(JournalError, match=f"it has the ticks from 0 to 700, not {first} to {last}"):
        whole.part(first, last)


def test_for_a_tick_its_inputs_count_and_what_came_before_it(whole: JournalFile) -> None:
    records = [Record(kind, tick, None) for tick in (4, 5, 6) for kind in (INPUTS, ORDERED)]
    found = attrs.evolve(whole, records=records).up_to(5)
    assert [(it.kind, it.tick) for it in found] == [(INPUTS, 4), (ORDERED, 4), (INPUTS, 5)]


def test_what_is_verified_is_counted_to_the_last_tick(whole: JournalFile) -> None:
    found = verify(whole, Toy)
    assert (found.first, found.last, found.hashes, found.good) == (0, 700, 23, True)


def test_two_journals_are_compared_at_each_tick_that_both_have(whole: JournalFile) -> None:
    later = attrs.evolve(whole, records=list(read(whole.part(300, 650)))[1:])
    for found in (compare(whole, later, Toy), compare(later, whole, Toy)):
        assert (found.first, found.last, found.hashes, found.good) == (301, 650, 350, True)
    last = attrs.evolve(whole, records=list(read(whole.part(0, 300)))[1:])
    with pytest.raises(JournalError, match=r"no tick in common: \(0, 300\) and \(300, 650\)"):
        compare(last, later, Toy)
    one = attrs.evolve(whole, records=list(read(whole.part(0, 301)))[1:])
    assert compare(one, later, Toy).hashes == 1


@pytest.mark.parametrize("changed", [301, 650])
def test_a_difference_is_found_in_the_tick_of_its_input_the_first_or_the_last(whole: JournalFile, changed: int) -> None:
    other = []
    for it in read(whole.part(300, 650)):
        value = it.value
        if it.kind == INPUTS and it.tick == changed:
            value = value.copy()
            value[0] ^= 0b1001
        if it.kind != HASH:
            other.append(attrs.evolve(it, value=value))
    found = compare(whole, attrs.evolve(whole, records=other[1:]), Toy)
    assert found.field
    assert (found.last, found.field.tick, found.good) == (changed, changed, False)


def test_nothing_is_wrong_with_what_has_no_difference() -> None:
    assert Verification().good
    assert (Verification().first, Verification().last, Verification().hashes) == (0, 0, 0)
    assert not Verification(raised=ZeroDivisionError()).good


def test_segments_that_follow_one_another_are_one_journal_and_others_begin_another(tmp_path: Path) -> None:
    records = list(read(record("toy", 400)[0].data))
    cut = next(at for at, it in enumerate(records) if it.kind == CHECKPOINT and it.tick == 300)
    first, second = (b"".join(map(pack_again, part)) for part in (records[:cut], records[cut:]))
    (tmp_path / "000000000000.journal").write_bytes(pack_header(HEADER) + first)
    newer = attrs.evolve(HEADER, rules="newer")
    follows = tmp_path / f"{len(first):012}.journal"
    follows.write_bytes(pack_header(newer) + second + pack(9, 0, 5) + b"cut")
    whole = JournalFile.read(tmp_path)
    assert (whole.header, whole.ticks, whole.ends) == (newer, (0, 400), 3)
    assert JournalFile.read(follows).ticks == (300, 400)
    follows.rename(tmp_path / f"{len(first) + 1:012}.journal")
    assert JournalFile.read(tmp_path).ticks == (300, 400)


def test_a_folder_without_segments_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="has no journal in it"):
        JournalFile.read(tmp_path)


def test_what_the_rules_raise_in_the_last_tick_is_found(whole: JournalFile) -> None:
    class Broken(Toy):
        def step(self, inputs: Inputs) -> None:
            super().step(inputs)
            if self.world.tick == TICKS:
                raise ZeroDivisionError("by the rules")

    failed = attrs.evolve(whole, records=[*whole.records, Record(ENDED, TICKS, True)])  # as its server has left it
    found = verify(failed, Broken)
    assert isinstance(found.raised, ZeroDivisionError)
    assert (found.last, found.good) == (TICKS, False)


def test_a_record_of_a_tick_far_away_is_not_played_to(whole: JournalFile) -> None:
    assert verify(attrs.evolve(whole, records=[*whole.records, Record(ENDED, 2**32 - 1, True)]), Toy).last == TICKS
