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


def fault(key: str, value: float) -> str:
    """What is said of a phase that has this number."""
    others = {"seconds": 1, "to": 1, "rate": 1000, "share": 1}
    kind = {"seconds": "hold", "to": "ramp", "rate": "ramp", "share": "storm"}[key]
    keys = {"hold": ["seconds"], "ramp": ["to", "rate"], "storm": ["seconds", "share"]}[kind]
    figures = "\n".join(f"{name} = {value if name == key else others[name]}" for name in keys)
    try:
        parse_scenario(f'{GOOD}[[phase]]\nkind = "{kind}"\n{figures}\n', "friday.toml", "friday")
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("key", "low", "high", "below", "above"),
    [
        ("seconds", 0, 86_400, -0.001, 86_400.001),
        ("to", 0, 100_000, -1, 100_001),
        ("rate", 0.001, 100_000, 0.0009, 100_000.1),
        ("share", 0, 1, -0.01, 1.01),
    ],
)
def test_a_number_may_be_as_small_and_as_large_as_the_ends_of_its_range(
    key: str, low: float, high: float, below: float, above: float
) -> None:
    assert [fault(key, value) for value in (low, high)] == ["", ""]
    assert all(f"{key}: {value!r} is not a" in fault(key, value) for value in (below, above))


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("phase = 5", "line 1: phase: write each phase as a table [[phase]]"),
        ("\nphase = [5]", "line 2: phase: write each phase as a table"),
        ('[[phase]]\nkind = "hold"\nseconds = 5', "no client ever comes; begin with a ramp"),
        ('[[phase]]\nkind = "spike"\nto = 5\nseconds = 0', "it lasts 0 s; give a phase some seconds"),
        ('[[phase]]\nkind = "ramp"\nto = true\nrate = 5', "line 3: to: True is not a whole number"),
        ("[[phase]]\nkind = 5", "line 2: kind: 5; it is one of"),
        ('[[phase]]\nkind = "storm"\nseconds = 1\nshare = 2\n', "line 4: share: 2 is not a number from 0 to 1"),
        ('[[phase]]\nkind = "hold"\nseconds = 1\n[[phase]]\nzzz = 1\nkind = "hold"', "line 5: zzz: unknown key"),
        ('\n"wh\\u0065re" = "x"\n', "line 1: where: 'x'; it is"),  # a line that is not found
        ('\nphase = [{kind = "hodl"}]', "line 1: kind: 'hodl'; it is one of"),
        ('[[phase]]\nkind = "hold"\n\n[[ phase ]]\nkind = "hold"\n"seconds" = -1\n', "line 2: kind: a hold needs"),
        ('[[phase]]\nkind = "hold"\nseconds=1\n[[ phase ]]\nkind = "hold"\n"seconds" = -1\n', "line 6: seconds: -1"),
    ],
)
def test_the_line_of_a_fault_is_that_of_its_key_in_its_own_phase(text: str, saying: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse_scenario(text, "friday.toml", "friday")
    assert saying in str(wrong.value)
    if "zzz" in text:
        assert "did you mean" not in str(wrong.value)


def test_the_share_of_a_storm_may_be_left_out_and_is_then_everybody() -> None:
    text = GOOD.replace('"hold"', '"storm"')
    assert parse_scenario(text, "friday.toml", "friday").phases[1] == Phase("storm", 5, share=1.0)
    assert parse_scenario(f"{text}share = 0", "friday.toml", "friday").phases[1].share == 0


def test_a_file_has_its_own_name_unless_it_says_another(tmp_path: Path) -> None:
    (tmp_path / "Größe.toml").write_text(GOOD.partition("\n")[2], encoding="utf-8")
    assert read_scenario(tmp_path / "Größe.toml").name == "Größe"
    (tmp_path / "a.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match=r"cannot read .*a\.toml: 'utf-8' codec can't decode"):
        read_scenario(tmp_path / "a.toml")
    (tmp_path / "a.toml").write_text(GOOD.replace("Friday evening", "Größe"), encoding="utf-8")
    assert read_scenario(tmp_path / "a.toml").name == "Größe"


def test_a_file_of_more_clients_than_there_is_memory_for_is_refused_by_its_name() -> None:
    text = GOOD.replace('"hold"', '"churn"').replace("seconds = 5", "seconds = 86400\nrate = 100000")
    with pytest.raises(ConfigError, match=r"^friday.toml: scenario 'Friday evening': 8,640,000,020 clients would come"):
        parse_scenario(text, "friday.toml", "friday")


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
