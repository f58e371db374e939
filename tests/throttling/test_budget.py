from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.throttling import AddressBudget, AddressCount, AddressSlot, address_keys
from game_server.throttling.budget import REMEMBERED, WIDER

ADA = address_keys("192.0.2.7")
GRACE = address_keys("192.0.2.8")


def allowed(budget: AddressBudget, host: str, now: float, tries: int) -> int:
    """How many of ``tries`` things ``host`` gets at once."""
    return sum(budget.take(address_keys(host), now) == 0 for _ in range(tries))


def test_an_address_has_a_burst_and_then_a_rate() -> None:
    budget = AddressBudget(burst=5, rate=2)
    assert allowed(budget, "192.0.2.7", 10.0, 9) == 5
    assert allowed(budget, "192.0.2.7", 11.0, 9) == 2
    assert allowed(budget, "192.0.2.7", 99.0, 9) == 5


def test_one_who_is_refused_learns_when_to_ask_again_and_is_right_then() -> None:
    budget = AddressBudget(burst=4, rate=0.5)
    assert budget.take(ADA, 0.0, 3) == 0
    wait = budget.take(ADA, 0.0, 3)
    assert wait == pytest.approx(4.0)
    assert budget.take(ADA, wait, 3) == 0


def test_a_refusal_charges_nothing_and_is_counted() -> None:
    budget = AddressBudget(burst=1, rate=1)
    assert [budget.take(ADA, 0.0) > 0 for _ in range(4)] == [False, True, True, True]
    assert (budget.take(ADA, 1.0), budget.refused) == (0, 3)


def test_one_address_takes_nothing_from_another() -> None:
    budget = AddressBudget(burst=1, rate=1)
    allowed(budget, "192.0.2.7", 0.0, 9)
    assert budget.take(GRACE, 0.0) == 0


def test_a_patient_one_is_served_in_turn_instead_of_refused() -> None:
    budget = AddressBudget(burst=2, rate=2)
    assert [budget.take(ADA, 0.0, patience=1.0) for _ in range(5)] == [0, 0, 0.5, 1.0, 1.5]
    assert budget.refused == 1


def test_looking_charges_nothing_and_what_has_happened_is_charged_anyway() -> None:
    budget = AddressBudget(burst=5, rate=1)
    assert budget.wait(ADA, 0.0, 5) == budget.wait(ADA, 0.0, 5) == 0
    budget.charge(ADA, 0.0, 7)
    assert budget.wait(ADA, 0.0) == 3


def test_the_forgiven_begin_afresh() -> None:
    budget = AddressBudget(burst=1, rate=1 / 60)
    budget.take(ADA, 0.0)
    budget.forgive(ADA)
    budget.forgive(GRACE)
    assert budget.take(ADA, 0.0) == 0


def test_nobody_is_charged_without_a_key_or_without_a_rate() -> None:
    budget = AddressBudget(burst=1, rate=1)
    assert allowed(AddressBudget(burst=0, rate=0), "192.0.2.7", 0.0, 99) == 99
    assert sum(budget.take((), 0.0) == 0 for _ in range(99)) == 99
    assert len(budget) == 0


def test_an_ipv6_network_is_one_address_and_its_site_four() -> None:
    budget = AddressBudget(burst=5, rate=1)
    assert sum(allowed(budget, f"2001:db8:1:2::{host:x}", 0.0, 1) for host in range(99)) == 5
    assert sum(allowed(budget, f"2001:db8:1:{net:x}::1", 0.0, 1) for net in range(3, 99)) == WIDER * 5 - 5


def test_an_owner_of_65536_networks_makes_hardly_any_entries() -> None:
    budget = AddressBudget(burst=5, rate=1)
    for net in range(1 << 16):
        budget.take(address_keys(f"2001:db8:1:{net:x}::1"), 0.0)
    assert len(budget) == WIDER * 5 + 1


def test_no_more_addresses_are_remembered_than_there_is_room_for() -> None:
    budget = AddressBudget(burst=1, rate=1 / 3600)
    for number in range(3 * REMEMBERED):
        budget.take((str(number),), 0.0)
    assert len(budget) == REMEMBERED


def test_one_who_keeps_asking_is_not_forgotten_however_many_others_come() -> None:
    budget = AddressBudget(burst=1, rate=1 / 3600)
    budget.take(ADA, 0.0)
    for number in range(2 * REMEMBERED):
        budget.take((str(number),), 0.0)
        assert budget.take(ADA, 0.0) > 0


@given(st.integers(1, 9), st.floats(0.1, 9), st.lists(st.tuples(st.floats(0, 3), st.integers(1, 3)), max_size=60))
def test_no_span_of_time_brings_more_than_the_burst_and_its_rate(
    burst: int, rate: float, asked: list[tuple[float, int]]
) -> None:
    budget = AddressBudget(burst, rate)
    now, had = 0.0, [(0.0, 0)]
    for pause, count in asked:
        now += pause
        if budget.take(ADA, now, count) == 0:
            had.append((now, count))
    for first in range(len(had)):
        total = 0
        for at, count in had[first:]:
            total += count
            assert total <= burst + rate * (at - had[first][0]) + 1e-6
    assert all(one <= other for (one, _), (other, _) in pairwise(had))


def test_an_address_has_a_limited_number_and_one_more_when_one_is_gone() -> None:
    count = AddressCount(2)
    assert [count.hold(ADA) for _ in range(3)] == [True, True, False]
    assert count.hold(GRACE)
    count.release(ADA)
    assert [count.hold(ADA) for _ in range(2)] == [True, False]
    assert count.refused == 2


def test_one_who_is_counted_at_another_address_is_counted_there_alone() -> None:
    count = AddressCount(1)
    slot = AddressSlot(count)
    assert (slot.hold(ADA), slot.hold(GRACE)) == (True, True)
    assert (count.hold(ADA), count.hold(GRACE)) == (True, False)
    assert not slot.hold(ADA)
    slot.release()
    slot.release()
    assert (count.hold(GRACE), count.hold(GRACE)) == (True, False)


def test_a_count_remembers_nobody_who_has_nothing() -> None:
    count = AddressCount(2)
    for net in range(99):
        keys = address_keys(f"2001:db8:1:{net:x}::1")
        assert count.hold(keys)
        count.release(keys)
    assert len(count) == 0


def test_a_site_has_four_times_as_many_at_a_time_as_one_of_its_networks() -> None:
    count = AddressCount(3)
    held = [count.hold(address_keys(f"2001:db8:1:{number % 9:x}::1")) for number in range(27)]
    assert sum(held) == 3 * WIDER
    assert AddressCount(0).hold(ADA)


def test_a_budget_without_a_burst_refuses_nothing_whatever_its_rate() -> None:
    assert allowed(AddressBudget(burst=0, rate=5), "192.0.2.7", 0.0, 99) == 99


def test_one_who_was_charged_lately_is_not_forgotten_before_those_who_were_not() -> None:
    budget = AddressBudget(burst=2, rate=1 / 3600)
    budget.charge(ADA, 0.0)
    for number in range(REMEMBERED - 1):
        budget.charge((str(number),), 0.0)
    budget.charge(ADA, 0.0)
    budget.charge(GRACE, 0.0)
    assert budget.wait(ADA, 0.0) > 0
    assert budget.wait(("0",), 0.0, 2) == 0


def test_what_is_charged_here_is_passed_on_and_what_was_charged_elsewhere_is_not() -> None:
    passed_on: list[tuple[tuple[str, ...], float]] = []
    budget, endless = AddressBudget(burst=5, rate=1), AddressBudget(burst=0, rate=0)
    for each in (budget, endless):
        each.charged = lambda keys, count: passed_on.append((keys, count))
        each.charge(ADA, 0.0)
        each.charge((), 0.0)
        each.charge(GRACE, 0.0, 2, from_afar=True)
    assert passed_on == [(ADA, 1)]
    assert (budget.wait(ADA, 0.0, 5), budget.wait(GRACE, 0.0, 5)) == (1, 2)


def test_what_an_address_has_in_other_processes_counts_unless_they_have_allowed_it() -> None:
    count = AddressCount(3)
    count.elsewhere = {ADA[0]: 2}.__getitem__
    assert [count.hold(ADA), count.hold(ADA), count.hold(ADA, passed_on=True)] == [True, False, True]
    one, other = AddressSlot(count), AddressSlot(count)
    assert [one.hold(ADA), one.hold(ADA, passed_on=True), other.hold(ADA, passed_on=True)] == [False, True, False]


def test_keys_whose_number_has_changed_are_noted_where_somebody_asks() -> None:
    count = AddressCount(1)
    count.hold(ADA)
    count.touched = set()
    count.hold(ADA)
    assert count.touched == set()
    count.hold(GRACE)
    count.release(ADA)
    assert count.touched == {*ADA, *GRACE}
