from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.mutation import batch
from tools.mutation.batch import Batch
from tools.mutation.copy import Copy
from tools.mutation.executed import Executed
from tools.mutation.mutations import Mutation, mutations

SUM = "game_server/sum.py"
DOUBLE = ("tests/test_sum.py::test_double", "tests/test_sum.py::test_double_again")

CODE = """\
A = 1


def double(number: int) -> int:
    return 2 * number


def triple(number: int) -> int:
    return 3 * number
"""

TESTS = """\
import sys

from game_server.sum import double, triple


def test_double():
    assert double(4) == 8


def test_triple():
    triple(4)


def test_that_traces():
    sys.settrace(None)


def test_double_again():
    assert double(1) == 2
"""

WHOLE_TESTS = """\
import sys

from game_server.sum import triple


def test_all():
    assert triple(1) == 3
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with one file, and tests of it."""
    root = tmp_path_factory.mktemp("original")
    for folder in ("game_server", "tests", "tests/e2e"):
        (root / folder).mkdir()
        (root / folder / "__init__.py").touch()
    (root / SUM).write_text(CODE)
    (root / "tests" / "test_sum.py").write_text(TESTS)
    (root / "tests" / "e2e" / "test_all.py").write_text(WHOLE_TESTS)
    (root / "tools").symlink_to(Path.cwd() / "tools")
    (root / "pyproject.toml").write_text("[tool.coverage.run]\nrelative_files = true\n")
    return root


@pytest.fixture(scope="module")
def copy(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(original, tmp_path_factory.mktemp("copies") / "copy")


@pytest.fixture
def broken(original: Path, tmp_path: Path) -> Path:
    """The tree with a mistake in its file."""
    root = tmp_path / "broken"
    shutil.copytree(original, root)
    (root / SUM).write_text(CODE.replace("2 *", "3 *"))
    return root


def change(number: str) -> Mutation:
    return next(one for one in mutations(SUM, CODE.encode()) if one.before == number)


def test_a_change_that_a_test_sees_is_noticed_and_the_file_is_then_as_before(original: Path, copy: Copy) -> None:
    assert copy.noticed_by(change("2"), ()) in DOUBLE
    assert (original / SUM).read_text() == (copy.root / SUM).read_text() == CODE


def test_what_the_likely_tests_do_not_notice_others_may(copy: Copy) -> None:
    assert copy.noticed_by(change("3"), ()) == ""
    assert copy.noticed_by(change("3"), ["tests/e2e/test_all.py"]) == "tests/e2e/test_all.py::test_all"


def test_a_change_of_the_tree_after_it_was_copied_changes_nothing_of_the_copy(original: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(original, tree)
    copies = [Copy(tree, tmp_path / str(number)) for number in range(2)]
    (tree / SUM).write_text("")
    assert all(DOUBLE[0] in copy.executed.seconds for copy in copies)
    assert len(list((tree / ".cache" / "mutation").iterdir())) == 1


def test_which_test_executes_which_line_is_recorded_once_for_each_state_of_the_tree(
    original: Path, copy: Copy, tmp_path: Path
) -> None:
    again = Copy(original, tmp_path / "again").executed
    assert again.seconds == copy.executed.seconds
    assert again.tests(SUM, {9}) == {"tests/test_sum.py::test_triple"}
    assert again.tests(SUM, {5}) == set(DOUBLE)
    assert again.tests(SUM, {1}) == again.tests("game_server/other.py", {1}) == set()


def test_tests_that_fail_without_a_change_notice_nothing(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Copy(broken, tmp_path / "copy")
    assert set(copy.executed.seconds) == {f"tests/test_sum.py::test_{name}" for name in ("triple", "that_traces")}
    copy.executed.seconds[DOUBLE[0]] = 0.1
    assert copy.noticed_by(change("2"), ()) == ""
    assert copy.noticed_by(change("2"), ["tests/test_sum.py"]) == ""
    assert f"fails without any change, too: {DOUBLE[0]}" in capsys.readouterr().out


def test_a_line_that_runs_in_other_processes_alone_is_noticed_by_their_tests(original: Path, tmp_path: Path) -> None:
    root = tmp_path / "original"
    shutil.copytree(original, root)
    (root / SUM).write_text(CODE + "\n\ndef quadruple(number: int) -> int:\n    return 4 * number\n")
    (root / "tests" / "e2e" / "test_sum.py").write_text(
        "def test_it():\n    from game_server.sum import quadruple\n\n    assert quadruple(1) == 4\n"
    )
    four = next(one for one in mutations(SUM, (root / SUM).read_bytes()) if one.before == "4")
    assert Copy(root, tmp_path / "copy").noticed_by(four, ()) == "tests/e2e/test_sum.py::test_it"


def test_a_record_of_a_run_that_did_not_end_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no record of a run that ended"):
        Executed.load(tmp_path)


def test_tests_run_in_the_order_that_is_asked_for(broken: Path) -> None:
    assert Batch(DOUBLE[::-1], 1).failed(broken) == DOUBLE[1]


def test_tests_that_take_far_longer_than_before_are_taken_to_hang(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_GRACE", 0.5)
    (broken / "tests" / "test_sum.py").write_text("def test_sum():\n    while True:\n        pass\n")
    assert Batch(("tests/test_sum.py",), 0.1).failed(broken) == "longer than 1 s"
