from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

import pytest

from tools.mutation.mutations import Mutation
from tools.mutation.selection import Place, likely_tests, mirrored, room, whole_tests

SOURCE = """\
LIMIT = (
    30
)


@decorated(
    eq=False
)
class Seat:
    places: int = 4

    def take(self, count=1):
        '''Take.'''
        if (
            count > LIMIT
        ):
            note(
                count
            )
        return count


register(Seat)
"""


@pytest.mark.parametrize(
    ("line", "lines", "name"),
    [
        (2, [1, 2, 3], "LIMIT"),
        (7, [6, 7, 8, 9], "Seat"),
        (10, [10], "places"),
        (12, [12], "take"),
        (15, [14, 15, 16], ""),
        (18, [17, 18, 19], ""),
        (20, [20], ""),
        (23, [23], ""),
    ],
)
def test_the_place_of_a_line_is_its_statement_and_what_that_defines_at_import(
    line: int, lines: list[int], name: str
) -> None:
    place = Place.find(ast.parse(SOURCE), line)
    assert (list(place.lines), place.name) == (lines, name)


@pytest.mark.parametrize(
    ("path", "own", "its_room"),
    [
        (
            "game_server/loadtest/metrics/conditions.py",
            ["tests/loadtest/metrics/test_conditions.py"],
            ["tests/loadtest/", "tests/test_loadtest_"],
        ),
        (
            "game_server/loadtest/swarm/entry.py",
            ["tests/loadtest/swarm/test_entry.py"],
            ["tests/loadtest/", "tests/test_loadtest_"],
        ),
        (
            "game_server/games/arena/bolts.py",
            ["tests/games/arena/test_bolts.py"],
            ["tests/games/", "tests/test_games_"],
        ),
        ("game_server/loadtest/report/summary.py", [], ["tests/loadtest/", "tests/test_loadtest_"]),
        ("game_server/metrics_collector.py", [], []),
    ],
)
def test_the_tests_of_a_file_mirror_it_and_those_of_its_room(path: str, own: list[str], its_room: list[str]) -> None:
    assert (mirrored(Path.cwd(), path), room(path)) == (own, its_room)


class Record:
    """Some tests, with the seconds that they take and the lines of each file that they execute."""

    def __init__(self, **tests: tuple[str, float, dict[str, set[int]]]) -> None:
        self._lines = {f"{folder}::{name}": lines for name, (folder, _, lines) in tests.items()}
        self.seconds = {f"{folder}::{name}": seconds for name, (folder, seconds, _) in tests.items()}

    def tests(self, path: str, lines: Collection[int]) -> set[str]:
        return {test for test, executed in self._lines.items() if executed.get(path, set()) & set(lines)}


SEATS = "game_server/lobby/match/seats.py"
DOOR = "game_server/lobby/door.py"
OWN = "tests/lobby/match/test_seats.py"
OTHER = "tests/test_server.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with two files and the tests of one."""
    for path in (SEATS, DOOR, OWN):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / SEATS).write_text(SOURCE)
    (tmp_path / DOOR).write_text("def f():\n    return LIMIT\n\ndef g():\n    return 1\n")
    (tmp_path / OWN).touch()
    return tmp_path


def likely(root: Path, line: int, executed: Record) -> list[str]:
    mutation = Mutation(SEATS, line, "changed constant", 0, 1, "1", "2")
    return [test.partition("::")[2] for test in likely_tests(root, mutation, executed)]


def test_those_that_execute_the_line_run_quickest_first_then_the_others_of_its_file(root: Path) -> None:
    executed = Record(
        slow=(OWN, 20, {SEATS: {17}}),
        quick=(OWN, 1, {SEATS: {17}}),
        far=(OTHER, 0.5, {SEATS: {17}}),
        another=(OWN, 0.1, {SEATS: {20}}),
    )
    assert likely(root, 18, executed) == ["quick", "far", "slow", "another"]


def test_of_a_line_run_at_import_those_that_execute_lines_or_else_files_of_its_name(root: Path) -> None:
    executed = Record(
        own=(OWN, 1, {}),
        near=(OTHER, 1, {DOOR: {2}}),
        far=("tests/transport/test_far.py", 0.1, {DOOR: {5}}),
        about=("tests/test_lobby_words.py", 0.2, {}),
        looks=("tests/test_secrets.py", 0.1, {}),
        drives=("tests/test_server_chat.py", 0.3, {}),
        none=("tests/transport/test_far.py", 0.1, {"game_server/lobby/other.py": {2}}),
    )
    assert likely(root, 2, executed) == ["looks", "own", "near", "far", "about"]


def test_of_a_line_that_no_test_executes_those_of_its_file_and_then_of_its_room(root: Path) -> None:
    executed = Record(
        own=(OWN, 1, {}), beside=("tests/lobby/test_door.py", 1, {}), away=("tests/loadtest/test_door.py", 0.1, {})
    )
    assert likely(root, 18, executed) == ["own", "beside"]


def test_no_more_run_than_a_minute_takes_but_one(root: Path) -> None:
    assert likely(root, 18, Record(**{f"t{n}": (OWN, 20 + n, {SEATS: {17}}) for n in range(5)})) == ["t0", "t1"]
    assert likely(root, 18, Record(long=(OWN, 200, {SEATS: {17}}))) == ["long"]


def test_files_of_whole_processes_are_found_by_a_word_of_the_file_singular_or_plural(root: Path) -> None:
    (root / "tests/e2e").mkdir(parents=True)
    for name in ("test_seat.py", "test_doors.py", "test_match.py", "test_lobbies.py"):
        (root / "tests/e2e" / name).touch()
    mutation = Mutation(SEATS, 18, "changed constant", 0, 1, "1", "2")
    assert whole_tests(root, mutation, Record()) == ["tests/e2e/test_match.py", "tests/e2e/test_seat.py"]
