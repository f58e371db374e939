from __future__ import annotations

from pathlib import Path

import pytest

from game_server.errors import ConfigError
from game_server.loadtest.scenario.scenario import Phase, timeline
from game_server.loadtest.scenario.scenario_file import parse_scenario, read_scenario

EXAMPLES = sorted((Path(__file__).parents[3] / "tools" / "scenarios").glob("*.toml"))
GOOD = """\
name = "Friday evening"

[[phase]]
kind = "ramp"
to = 20
rate = 10

[[phase]]
kind = "hold"
seconds = 5
"""


def test_a_file_has_phases_in_order() -> None:
    scenario = parse_scenario(GOOD, "friday.toml", "friday")
    assert scenario.name == "Friday evening"
    assert scenario.phases == (Phase("ramp", to=20, rate=10), Phase("hold", 5))
    assert scenario.where == "match"


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("seconds = 5", "second = 5", "line 10: second: unknown key; did you mean seconds?"),
        ("rate = 10", 'rate = "10"', "line 6: rate: '10' is not a number from 0.001"),
        ("to = 20", "to = 2.5", "line 5: to: 2.5 is not a whole number from 0 to"),
        ("seconds = 5", "seconds = -5", "line 10: seconds: -5 is not"),
        ('"hold"', '"hodl"', "line 9: kind: 'hodl'; it is one of ramp, hold, churn, storm, spike"),
        ("rate = 10\n", "", "line 4: kind: a ramp needs rate"),
        ('kind = "hold"\n', "", "line 8: kind: it is missing; it is one of"),
        ("name =", "nmae =", "line 1: nmae: unknown key; did you mean name?"),
        ('name = "Friday evening"', "name = 5", "line 1: name: 5 is not a string"),
        ('name = "Friday evening"', 'where = "lobyb"', "line 1: where: 'lobyb'; it is 'match' or 'lobby'"),
        ("to = 20", "to = ", "at line 5"),
        ("to = 20", "to = 0", "no client ever comes"),
    ],
)
def test_what_is_wrong_is_reported_with_file_line_and_key(old: str, new: str, saying: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse_scenario(GOOD.replace(old, new), "friday.toml", "friday")
    assert str(wrong.value).startswith("friday.toml")
    assert saying in str(wrong.value)


def test_a_file_without_phases_is_none() -> None:
    with pytest.raises(ConfigError, match=r"no \[\[phase\]\]"):
        parse_scenario("", "empty.toml", "empty")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*missing\.toml: No such file"):
        read_scenario(tmp_path / "missing.toml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_can_be_played(path: Path) -> None:
    assert timeline(read_scenario(path)).peak > 0


def test_there_is_an_example_of_every_kind() -> None:
    kinds = {phase.kind for path in EXAMPLES for phase in read_scenario(path).phases}
    assert kinds == {"ramp", "hold", "churn", "storm", "spike"}
    assert any(read_scenario(path).where == "lobby" for path in EXAMPLES)
