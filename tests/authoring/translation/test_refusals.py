"""What a predicted rule may not do is refused with file, line and what to write instead."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from game_server.authoring.translation import translate
from game_server.authoring.translation.refusal import Place
from game_server.errors import RulesError
from tests.authoring.translation.test_both_languages import INPUT, ROW, module_of

HEAD = """import math, random, time
LIST, WORD, TUPLE, MIXED, HUGE, NOTHING = [1, 2], "a", (1, 2), (1, "a"), 2**60, None
def loop(x):
    return loop(x)
def pair(x):
    return x, x
def some(x):
    if x > 0:
        return x
def spread(*xs):
    return 1
def default(x=1):
    return x
def slow(x):
    for i in range(4096):
        x += i
    return x
def predicted(me, input, dt):
"""
LINE = HEAD.count("\n") + 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("for x in [1, 2]: me.x = x", "a loop goes over range(3), or a tuple of numbers"),
        ("for x in LIST: me.x = x", "a loop goes over range(3), or a tuple of numbers"),
        ("for i in range(me.x): me.x = i", "no whole constant"),
        ("for i in range(0): me.x = i", "no turn, or more than 4096"),
        ("for i in range(5000): me.x = i", "no turn, or more than 4096"),
        ("for i in range(100):\n        for j in range(100): me.x = j", "10100 turns a tick; 4096 are allowed"),
        ("for i in range(2): me.x = slow(me.x)", "8194 turns a tick; 4096 are allowed"),
        ("for x in MIXED: me.x = x", "something else than numbers"),
        ("for x, y in TUPLE: me.x = x", "1 values go into 2 names"),
        ("while me.x: me.x -= 1", "may run for ever; write `for i in range(8):`"),
        ("me.x = math.sin(me.y)", "differs between machines"),
        ("me.x = math.hypot(me.x, me.y)", "write sqrt(x * x + y * y)"),
        ("me.x = me.x ** 2", "write x * x"),
        ("me.x = int(me.x)", "write trunc(x)"),
        ("me.x = round(me.x)", "write floor(x + 0.5)"),
        ("me.x = random.random()", "random.random() cannot be called"),
        ("me.x = time.time()", "time.time() cannot be called"),
        ("print(me.x)", "print nothing here"),
        ("me.x = me.secret", "'secret' is seen by nobody"),
        ("me.X = 1", "the row has no field 'X'; it has x, y, vx, wait, it, safe"),
        ("me.x = input.jump", "the input has no field 'jump'; it has move_x, move_y, dash"),
        ("input.move_x = 1", "input.move_x cannot be set"),
        ("me = 3", "'me' was the row before and is a number here"),
        ("me.it = 1", "'it' is true or false, and a number is assigned to it"),
        ("me.x = me.it", "'x' is a number, and true or false is assigned to it"),
        ("me.x = 1 + me.it", "write (1 if me.it else 0)"),
        ("me.x += me.y > 3", "write (1 if me.y > 3 else 0)"),
        ("me.x = 1 if me.it else True", "make them one kind"),
        ("me.it = me.x is None", "write == instead of `is`"),
        ("me.it = me.x in (1, 2)", "instead of `in`"),
        ("me.it = me.it < me.safe", "compare numbers"),
        ("me.x = 6 & 3", "there are no bits"),
        ("me.x = ~3", "there are no bits"),
        ("me.x = WORD", "WORD is a str"),
        ("me.x = LIST", "LIST is a list, which may change; make it a tuple"),
        ("me.x = TUPLE[0]", "there is no index"),
        ("me.x = TUPLE", "TUPLE is a tuple; loop over it"),
        ("me.x = HUGE", "at most 2^53"),
        ("me.x = NOTHING", "NOTHING is a NoneType"),
        ("me.x = math.inf", "constants are finite"),
        ("me.x = unknown", "'unknown' is not known"),
        ("me.x = slaw(1)", "'slaw' is not known; do you mean slow?"),
        ("me.x = slow", "slow is no number"),
        ("me.x = math.sqrt", "math.sqrt is a function; call it"),
        ("me.x = min(me.x)", "min() has 1 values; it takes at least two"),
        ("me.x = max(me.x, 3, key=abs)", "write the values in order"),
        ("me.x = spread(1)", "its parameters are plain names"),
        ("me.x = default(1)", "its parameters are plain names"),
        ("me.x = slow(1, 2)", "it has 1 parameters, and is called with 2"),
        ("me.x = loop(1)", "loop() calls itself"),
        ("me.x = some(1)", "a way to its end without a return"),
        ("me.x = pair(1)", "'pair(1)' is 2 values"),
        ("me.x, me.y, me.vx = pair(1)", "2 values are assigned to 3 names"),
        ("return me.x", "something is returned"),
        ("a = b = 1; me.x = c; c = 2", "'c' has no value yet"),
        ("if me.it: a = 1\n    me.x = a", "'a' may have no value yet"),
        ("for i in range(3):\n        if me.it: break\n        a = 1\n    me.x = a", "'a' may have no value yet"),
        ("me.x = [1, 2]", "there is no list"),
        ("me.x = sum(x for x in TUPLE)", "sum() cannot be called; add the numbers with +"),
        ("me.x = (lambda: 1)()", "is not known"),
        ("me.x = max(*TUPLE, 1)", "there is no *"),
        ("try: me.x = 1\n    except ValueError: pass", "make sure before that it cannot fail"),
        ("assert me.x", "there is no `assert`"),
        ("import math", "put it at the top of the file"),
        ("global COUNT", "a rule keeps nothing but the fields of its row"),
        ("match me.x:\n        case 1: pass", "write if and elif"),
        ("me.x = (a := 1)", "there is no :="),
        ("me.x == 1", "does nothing; leave it out"),
        ("me.x = f'{me.x}'", "there is no text"),
    ],
)  # fmt: skip
def test_what_browsers_cannot_do_is_refused_with_its_line(tmp_path: Path, body: str, words: str) -> None:
    rule = module_of(tmp_path, f"{HEAD}    {body}\n").predicted
    with pytest.raises(RulesError) as refusal:
        translate(rule, ROW, INPUT, unseen=frozenset({"secret"}))
    place, message = str(refusal.value).split(":", 1)
    file, line = place.split(", line ")
    assert file == "rules_under_test.py"
    assert 1 < int(line) <= LINE + body.count("\n")
    assert words in message


def test_the_line_is_that_of_the_mistake(tmp_path: Path) -> None:
    rule = module_of(tmp_path, f"{HEAD}    me.x = 1\n\n    me.x = me.x ** 2\n").predicted
    with pytest.raises(RulesError, match=rf"^rules_under_test.py, line {LINE + 2}: in predicted\(\), there is no \*\*"):
        translate(rule, ROW, INPUT)


def test_a_method_with_self_is_refused(tmp_path: Path) -> None:
    rule = module_of(tmp_path, "def predicted(self, me, input, dt):\n    me.x = 1\n").predicted
    with pytest.raises(RulesError, match="it has 4 parameters, and is called with 3"):
        translate(rule, ROW, INPUT)


def test_a_rule_without_a_file_is_refused() -> None:
    names: dict[str, object] = {}
    exec("def predicted(me, input, dt): me.x = 1", names)  # noqa: S102 - as at a prompt
    with pytest.raises(RulesError, match="put the rule in a file"):
        translate(names["predicted"], ROW, INPUT)  # type: ignore[arg-type]


def test_an_error_in_a_rule_names_the_line_of_its_file(tmp_path: Path) -> None:
    rule = translate(module_of(tmp_path, f"{HEAD}    me.y = 1\n    me.x = 1 / me.x\n").predicted, ROW, INPUT)

    class Me:
        x = 0.0

    with pytest.raises(ZeroDivisionError) as error:
        rule.run(Me(), None, 0.1)
    assert str(error.traceback[-1].path).endswith("rules_under_test.py")
    assert error.traceback[-1].lineno + 1 == LINE + 1


def test_a_rule_says_which_fields_it_reads_and_writes(tmp_path: Path) -> None:
    rule = translate(
        module_of(tmp_path, f"{HEAD}    me.x += input.move_x\n    me.vx = me.wait\n").predicted, ROW, INPUT
    )
    assert sorted(rule.read) == ["wait", "x"]
    assert sorted(rule.written) == ["vx", "x"]


def test_a_refusal_in_a_package_says_in_which(tmp_path: Path) -> None:
    refusal = Place(str(tmp_path / "potato" / "__init__.py"), "predicted").refusal(ast.parse("1").body[0], "no")
    assert str(refusal) == "potato/__init__.py, line 1: in predicted(), no"
