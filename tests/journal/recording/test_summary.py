"""What a list says of a recording."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.journal.recording.format import CHAT, PHASE, SEATED, WINNERS, ChunkPlace, Index, Mark
from game_server.journal.recording.summary import Summary, public_end
from game_server.protocol import BOT, PERSON
from tests.journal.recording.recorded import header_of, toys

HEADER = header_of(toys(), tick=1000)
CHUNKS = [ChunkPlace(100, 50, 1000, 1149), ChunkPlace(150, 70, 1150, 1299), ChunkPlace(220, 30, 1300, 1450)]
MARKS: list[Mark] = [
    [1000, SEATED, 0, "Ada", PERSON],
    [1000, SEATED, 1, "Argon", BOT],
    [1001, SEATED, 2, "Ada", PERSON],
    [1002, SEATED, 3, "Argon", BOT],
    [1003, SEATED, 3, "Neon", BOT],
    [1030, PHASE, "playing"],
    [1100, CHAT, "Grace"],
    [1140, PHASE, "results"],
    [1140, WINNERS, ["Ada", "Bob"]],
    [1180, PHASE, "playing"],
    [1240, SEATED, 2, "Grace", PERSON],
    [1290, PHASE, "results"],
    [1290, WINNERS, []],
    [1310, PHASE, "playing"],
    [1400, SEATED, 4, "Late", PERSON],
]


def summary(size: int, marks: list[Mark] = MARKS, chunks: list[ChunkPlace] = CHUNKS) -> Summary:
    return Summary.of(HEADER, Index(chunks, marks), size)


@pytest.mark.parametrize(
    ("size", "seconds", "people", "winners", "began"),
    [
        (250, 450 / 30, ("Ada", "Grace", "Late"), (), 180 / 30),
        (249, 299 / 30, ("Ada", "Grace"), (), 180 / 30),
        (220, 299 / 30, ("Ada", "Grace"), (), 180 / 30),
        (219, 149 / 30, ("Ada",), ("Ada", "Bob"), 30 / 30),
        (149, 0.0, ("Ada",), None, 0.0),
    ],
)
def test_it_is_of_the_chunks_that_may_be_read_to_their_end(
    size: int, seconds: float, people: tuple[str, ...], winners: tuple[str, ...] | None, began: float
) -> None:
    found = summary(size)
    assert (found.size, found.people, found.winners) == (size, people, winners)
    assert [found.seconds, found.round] == pytest.approx([seconds, began])
    assert found.bots == (2 if size > 149 else 1)


def test_a_round_that_began_before_the_recording_begins_with_it() -> None:
    assert summary(250, [[1200, WINNERS, ["Ada"]]]).round == 0
    assert summary(250, [[1200, PHASE, "results"], [1200, WINNERS, ["Ada"]]]).round == 0


def test_names_of_32_people_are_listed_those_who_came_first() -> None:
    marks: list[Mark] = [[1000, SEATED, number, f"P{number}", PERSON] for number in range(40)]
    assert summary(250, marks).people == tuple(f"P{number}" for number in range(32))


@pytest.mark.parametrize(("size", "expected"), [(250, {"winners": []}), (149, {"winners": None})])
def test_its_row_has_tenths_of_seconds_and_null_for_no_round(size: int, expected: dict[str, Any]) -> None:
    row = summary(size).to_json()
    assert row | expected == row
    assert summary(249).to_json() == {
        "id": HEADER.id, "match": "K7RW2P", "name": "Friday", "game": "toy", "mode": "", "players": ["Ada", "Grace"],
        "bots": 2, "seconds": 10.0, "round": 6.0, "winners": [], "started": 1_700_000_000, "bytes": 249,
    }  # fmt: skip


def test_what_is_public_ends_with_the_last_chunk_that_was_over_then() -> None:
    assert [public_end(CHUNKS, tick) for tick in (1148, 1149, 1299, 5000)] == [0, 150, 220, 250]
    assert public_end([], 5000) == 0
