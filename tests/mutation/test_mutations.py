from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutation.mutations import choose, mutations

SOURCE = b'''
"""A file."""

LIMIT: int = 30


def f(x: int = 1, *, loud: bool = False) -> int:
    """Do it."""
    note(x, loud=loud)
    if x < LIMIT:
        x = (
            x + 2
        )
    assert x != 3, f"{x + 4}"
    """What it was."""
    return x
'''


def told(source: bytes = SOURCE) -> list[str]:
    return [str(mutation) for mutation in mutations("a.py", source)]


def test_each_kind_of_change_is_found_where_it_can_be_made_and_nothing_else() -> None:
    assert sorted(told()) == sorted([
        "a.py:4: changed constant: 30 -> 31",
        "a.py:10: early return: if x < LIMIT: x = ( x + 2 ) -> return",
        "a.py:7: changed constant: 1 -> 2",
        "a.py:7: changed constant: False -> True",
        "a.py:9: dropped call: note(x, loud=loud) -> pass",
        "a.py:9: dropped keyword: note(x, loud=loud) -> note(x)",
        "a.py:10: flipped guard: x < LIMIT -> (not (x < LIMIT))",
        "a.py:10: swapped comparison: x < LIMIT -> (x <= LIMIT)",
        "a.py:12: changed constant: 2 -> 3",
    ])  # fmt: skip


def test_every_change_of_every_file_of_ours_is_python_and_another_program() -> None:
    for path in sorted(Path("game_server/client").glob("*.py"))[::4]:
        source = path.read_bytes()
        program = ast.dump(ast.parse(source))
        for mutation in mutations(str(path), source):
            assert ast.dump(ast.parse(mutation.apply(source))) != program, mutation


@pytest.mark.parametrize(
    "source",
    [
        'M = TypeVar("M", bound=int)',
        'S = Literal[1, "a"]',
        "class Door(Protocol):\n    def open(self, width=1): ...",
        "@overload\ndef f(x=1):\n    note(x)\n    return x",
        "Seat = attrs.frozen(kw_only=True, weakref_slot=False)",
        "if TYPE_CHECKING:\n    note(2)",
        "__slots__ = (2,)",
        "pairs = zip(a, b, strict=True)",
        "assert a < 2",
        "raise Error(2, at=3)",
        'logger.debug("said", 2)',
    ],
)
def test_what_changes_nothing_that_a_test_should_notice_is_left_out(source: str) -> None:
    assert told(source.encode()) == []


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("x = cast(int, 2)", ["changed constant: 2 -> 3"]),
        ("K = attrs.frozen(eq=True)", ["changed constant: True -> False", "dropped keyword: attrs.frozen(eq=True)"]),
        ("n = attrs.field(init=False, default=b)", ["dropped keyword: attrs.field(init=False, default=b)"]),
        (
            "n = attrs.field(init=False)",
            ["changed constant: False -> True", "dropped keyword: attrs.field(init=False)"],
        ),
    ],
)
def test_what_stands_beside_it_is_not(source: str, changes: list[str]) -> None:
    assert [one.partition(" -> a")[0] for one in sorted(told(source.encode()))] == [f"a.py:1: {it}" for it in changes]


def test_of_a_git_range_only_the_lines_count_that_it_changed() -> None:
    assert {mutation.line for mutation in mutations("a.py", SOURCE, {4, 12})} == {4, 12}


def test_the_same_seed_chooses_the_same_and_each_kind_has_its_share() -> None:
    every = mutations("a.py", SOURCE * 9)
    chosen = choose(every, 12, 7)
    assert chosen == choose(every, 12, 7) != choose(every, 12, 8)
    assert [sum(one.kind == kind for one in chosen) for kind in sorted({one.kind for one in every})] == [2] * 6
    assert len(choose(every, 10_000, 7)) == len(every)
