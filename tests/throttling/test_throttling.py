from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import attrs
import pytest

from game_server.errors import ConfigError
from game_server.throttling import AddressBudget, AddressCount, Budgets, Throttling


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_is_charged_nothing(host: str) -> None:
    assert Throttling().keys(host) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "192.0.2.7", ""])
def test_what_a_proxy_reports_is_charged_wherever_it_says_it_is(host: str) -> None:
    assert Throttling().keys(host, forwarded=True) == (host,)


def test_only_the_networks_that_are_trusted_are_charged_nothing() -> None:
    throttling = Throttling(trusted=(ip_network("10.0.0.0/8"),))
    assert throttling.keys("10.1.2.3") == ()
    assert throttling.keys("127.0.0.1") == ("127.0.0.1",)
    assert Throttling(trusted=()).keys("::1") == ("::1",)


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Budgets)])
def test_every_budget_can_be_set_and_taken_away(field: str) -> None:
    name = field.removesuffix("_per_address")

    def most(value: int) -> int:
        chosen: dict[str, Any] = {field: value}
        budget = getattr(Throttling(Budgets(**chosen)), name)
        if isinstance(budget, AddressCount):
            return sum(budget.hold(("a",)) for _ in range(2000))
        assert isinstance(budget, AddressBudget)
        return sum(budget.take(("a",), 0.0) == 0 for _ in range(2000))

    assert 1 <= most(2) < most(4) < most(0) == 2000


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_budget_that_is_no_number_is_named(value: float) -> None:
    with pytest.raises(ConfigError, match="--chat-per-address is"):
        Budgets(chat_per_address=value)


def test_refusals_are_counted_by_the_name_of_the_budget() -> None:
    throttling = Throttling(Budgets(connections_per_address=1, chat_per_address=1))
    throttling.connections.hold(("a",))
    throttling.connections.hold(("a",))
    for _ in range(7):
        throttling.chat.take(("a",), 0.0)
    assert {name: count for name, count in throttling.refused().items() if count} == {"connections": 1, "chat": 2}
    assert set(throttling.refused()) == {field.name.removesuffix("_per_address") for field in attrs.fields(Budgets)}
