"""Budgets per address: how much of everything one subscriber may cost the server."""

from __future__ import annotations

from game_server.throttling.addresses import Keys, address_key, address_keys
from game_server.throttling.budget import AddressBudget, AddressCount
from game_server.throttling.throttling import BUDGETS, LOOPBACK, Budgets, Throttling

__all__ = [
    "BUDGETS",
    "LOOPBACK",
    "AddressBudget",
    "AddressCount",
    "Budgets",
    "Keys",
    "Throttling",
    "address_key",
    "address_keys",
]
