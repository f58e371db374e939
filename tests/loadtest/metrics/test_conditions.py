from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ConfigError
from game_server.loadtest.metrics.conditions import Comparison, parse
from game_server.loadtest.metrics.server_metrics import LowerBound

SPREADS = ("input_ack_ms", "tick_lateness_ms")
COUNTS = ("desyncs", "failed")

comparisons = st.builds(
    Comparison,
    st.sampled_from(SPREADS),
    st.sampled_from(("p50", "p99", "p99.9", "max", "mean", "count")),
    st.sampled_from(("<", "<=", ">", ">=", "==", "!=")),
    st.integers(-1000, 1000).map(lambda number: number / 4),
) | st.builds(Comparison, st.sampled_from(COUNTS), st.just(""), st.just(">"), st.integers(0, 1000).map(float))


@given(st.lists(comparisons, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(written: list[Comparison]) -> None:
    assert parse(" and ".join(map(str, written)), SPREADS, COUNTS).comparisons == tuple(written)


@given(comparisons)
def test_blanks_around_operators_may_be_left_out(written: Comparison) -> None:
    text = f"{written.name}{written.operator}{written.number:g}"
    assert parse(text, SPREADS, COUNTS).comparisons == (written,)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("", "it is cut short"),
        ("desyncs >", "it is cut short"),
        ("input_ack_ms > 5", "input_ack_ms needs a statistic: input_ack_ms.p50, p99"),
        ("input_ack_ms.p101 > 5", "'p101' is not a statistic"),
        ("input_ack_ms.median > 5", "'median' is not a statistic"),
        ("inptu_ack_ms.p99 > 5", "no metric 'inptu_ack_ms'; did you mean input_ack_ms? There are desyncs, failed,"),
        ("nonsense > 5", "no metric 'nonsense'. There are desyncs, failed, input_ack_ms, tick_lateness_ms"),
        ("desyncs.p99 > 5", "desyncs is a plain number and has no 'p99'"),
        ("desyncs => 5", "'>' is no number"),
        ("desyncs = 5", "cannot be read"),
        ("desyncs is 5", "'is' is not an operator"),
        ("desyncs > many", "'many' is not a number"),
        ("desyncs > 5 or failed > 5", "expected 'and' or the end after '5'"),
        ("desyncs > 5 and", "it is cut short"),
    ],
)
def test_what_cannot_be_read_is_reported_with_what_there_is(text: str, saying: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(text, SPREADS, COUNTS)
    assert repr(text) in str(wrong.value)
    if text != "desyncs => 5":
        assert saying in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("input_ack_ms.p99 > 120", True),
        ("input_ack_ms.p99 > 121", False),
        ("input_ack_ms.p99 >= 121 and desyncs == 0", True),
        ("input_ack_ms.p99 > 120 and desyncs > 0", False),
        ("tick_lateness_ms.p99 < 5", None),
        ("tick_lateness_ms.p99 < 5 and desyncs == 0", None),
        ("tick_lateness_ms.p99 < 5 and desyncs != 0", False),
    ],
)
def test_a_condition_holds_fails_or_is_unknown(text: str, holds: bool | None) -> None:
    values = {("input_ack_ms", "p99"): 121.0, ("desyncs", ""): 0.0}
    judged = parse(text, SPREADS, COUNTS).evaluate(lambda metric, statistic: values.get((metric, statistic)))
    assert judged.holds is holds


@pytest.mark.parametrize(
    ("number", "wanted", "verdict"),
    [(120, False, "failed"), (121, False, "passed"), (120, True, "passed"), (121, True, "failed")],
)
def test_whether_a_condition_that_holds_is_passed_depends_on_whether_it_is_to_hold(
    number: float, wanted: bool, verdict: str
) -> None:
    condition = parse(f"input_ack_ms.p99 > {number}", SPREADS, COUNTS)
    assert condition.evaluate(lambda _metric, _statistic: 121.0, wanted=wanted).verdict == verdict
    assert condition.evaluate(lambda _metric, _statistic: None, wanted=wanted).verdict == "unknown"


def test_a_judged_condition_has_its_values() -> None:
    judged = parse("input_ack_ms.p99 > 120 and desyncs > 0", SPREADS, COUNTS).evaluate(
        lambda _metric, statistic: 130.25 if statistic else None
    )
    assert str(judged).endswith("input_ack_ms.p99 is 130.25, desyncs is not measured")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("tick_lateness_ms.p99 > 500", True),
        ("tick_lateness_ms.p99 >= 1000", True),
        ("tick_lateness_ms.p99 > 1000", True),
        ("tick_lateness_ms.p99 != 1000", True),
        ("tick_lateness_ms.p99 <= 1000", False),
        ("tick_lateness_ms.p99 == 1000", False),
        ("tick_lateness_ms.p99 > 1500", None),
        ("tick_lateness_ms.p99 < 1500", None),
        ("tick_lateness_ms.p99 == 1500", None),
        ("tick_lateness_ms.p99 > 1500 and tick_lateness_ms.p99 < 500", False),
        ("tick_lateness_ms.p99 > 1500 and tick_lateness_ms.p99 > 500", None),
    ],
)
def test_of_what_is_more_than_1000_smaller_numbers_decide_and_greater_ones_do_not(
    text: str, holds: bool | None
) -> None:
    judged = parse(text, SPREADS, COUNTS).evaluate(lambda _metric, _statistic: LowerBound(1000))
    assert judged.holds is holds
    assert "tick_lateness_ms.p99 is more than 1000" in judged.said
