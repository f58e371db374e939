from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.mutation import __main__ as main
from tools.mutation.__main__ import Copy, mirrored
from tools.mutation.mutations import choose, mutations

SUM = "game_server/client/sum.py"

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


def test_what_is_for_types_alone_is_left_as_it_is() -> None:
    assert told(b'M = TypeVar("M", bound=int)\nX = cast(int, f(2))\n') == []


def test_of_a_git_range_only_the_lines_count_that_it_changed() -> None:
    assert {mutation.line for mutation in mutations("a.py", SOURCE, {4, 12})} == {4, 12}


def test_the_same_seed_chooses_the_same_and_each_kind_has_its_share() -> None:
    every = mutations("a.py", SOURCE * 9)
    chosen = choose(every, 12, 7)
    assert chosen == choose(every, 12, 7) != choose(every, 12, 8)
    assert [sum(one.kind == kind for one in chosen) for kind in sorted({one.kind for one in every})] == [2] * 6
    assert len(choose(every, 10_000, 7)) == len(every)


@pytest.mark.parametrize(
    ("path", "own", "room"),
    [
        ("game_server/loadtest/metrics/conditions.py", {"tests/loadtest/metrics/test_conditions.py"}, "tests/loadtest"),
        ("game_server/loadtest/swarm/entry.py", {"tests/loadtest/swarm/test_entry.py"}, "tests/loadtest"),
        ("game_server/games/arena/bolts.py", {"tests/games/arena/test_bolts.py"}, "tests/games"),
        ("game_server/loadtest/report/words.py", None, "tests/loadtest"),
    ],
)
def test_the_tests_of_a_file_are_those_that_mirror_it_and_then_its_room(
    path: str, own: set[str] | None, room: str
) -> None:
    *first, last, more = mirrored(Path.cwd(), path, ["tests/test_server.py"])
    assert last == (room,)
    assert more == ("tests/test_server.py",)
    assert [set(tests) for tests in first] == ([own] if own else [])


class Watched(Copy):
    """A copy whose tests fail when A is not 1."""

    def _run(self, tests: Sequence[str], within: float) -> tuple[bool, float]:
        del tests, within
        return "A = 1" in (self.root / SUM).read_text(), 0.1


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a tree that is taken for ours."""
    monkeypatch.setattr(main, "ROOT", tmp_path / "original")
    (tmp_path / "original" / "tests" / "client").mkdir(parents=True)
    (file := tmp_path / "original" / SUM).parent.mkdir(parents=True)
    return file


def test_a_change_that_a_test_sees_is_noticed_and_another_is_not_and_the_file_is_as_before(
    code: Path, tmp_path: Path
) -> None:
    code.write_bytes(b"A = 1\nB = 2\n")
    copy = Watched(tmp_path / "copy")
    a, b = mutations(SUM, code.read_bytes())
    assert (copy.noticed_by(a, ()), copy.noticed_by(b, ())) == ("tests/client", "")
    assert code.read_bytes() == (copy.root / SUM).read_bytes() == b"A = 1\nB = 2\n"


def test_tests_that_fail_without_a_change_end_the_run(code: Path, tmp_path: Path) -> None:
    code.write_bytes(b"A = 3\n")
    with pytest.raises(SystemExit, match="tests/client fails without any change"):
        Watched(tmp_path / "copy").noticed_by(mutations(SUM, code.read_bytes())[0], ())
