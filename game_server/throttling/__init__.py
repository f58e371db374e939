"""Throttling: budgets per address, and limits on attempts in a row."""

from __future__ import annotations

from game_server.throttling.addresses import Keys, address_key, address_keys
from game_server.throttling.attempts import AttemptLimit
from game_server.throttling.budget import AddressBudget, AddressCount, AddressSlot, TokenBucket
from game_server.throttling.throttling import BUDGETS, LOOPBACK, Budgets, Throttling
from game_server.throttling.turns import Turns

__all__ = [
    "BUDGETS",
    "LOOPBACK",
    "AddressBudget",
    "AddressCount",
    "AddressSlot",
    "AttemptLimit",
    "Budgets",
    "Keys",
    "Throttling",
    "TokenBucket",
    "Turns",
    "address_key",
    "address_keys",
]
