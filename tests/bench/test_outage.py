from __future__ import annotations

from tools.bench.outage import Look, Watch

WHOLE = frozenset(("A", "B"))


def watched(*looks: tuple[float, frozenset[str]]) -> Watch:
    watch = Watch.__new__(Watch)
    watch.looks = [Look(at, codes) for at, codes in looks]
    return watch


def test_a_list_that_was_whole_all_the_time_is_so_at_once() -> None:
    assert watched((1.0, WHOLE)).whole_after(5.0, set(WHOLE)) == 0.0


def test_a_list_is_whole_when_it_is_so_for_the_last_time() -> None:
    watch = watched((1.0, WHOLE), (6.0, frozenset("A")), (6.5, WHOLE), (6.6, frozenset("B")), (7.0, WHOLE))
    assert watch.whole_after(5.0, set(WHOLE)) == 2.0


def test_a_list_in_which_a_match_is_missing_in_the_end_is_never_whole() -> None:
    assert watched((1.0, WHOLE), (6.0, frozenset("A"))).whole_after(5.0, set(WHOLE)) is None
