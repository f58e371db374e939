"""Budgets of one thing by address: a rate with bursts, or a number at the same time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from game_server.throttling.addresses import Keys

REMEMBERED: Final = 4096
"""Keys of which a budget keeps account; beyond that, the one that asked least recently begins afresh.

That many addresses have that many budgets anyway, so their owner gains nothing by having one forgotten.
"""
WIDER: Final = 4
"""How often the budget of a single address the wider networks in its `Keys` have."""
_ROUNDING: Final = 1e-9


class AddressBudget:
    """A token bucket for each address: ``burst`` things at once, and ``rate`` a second after that.

    Every key of an address is charged, a wider network `WIDER` times less, and all of them must have enough left. So
    one who owns a /48 cannot have 65,536 budgets, nor push others out of the table by using each once.

    ``now`` is in seconds of any steady clock; ``keys`` that are empty are never refused, and charged nothing.

    Args:
        burst: things; 0 like a ``rate`` of 0 means that nothing is ever refused.
        rate: things a second.

    Attributes:
        refused: how often `take` said no.
    """

    __slots__ = ("_full_at", "_rate", "_span", "refused")

    def __init__(self, burst: float, rate: float) -> None:
        self._rate = rate if burst > 0 else 0.0
        self._span = burst / rate if rate > 0 else 0.0
        """Seconds in which an empty bucket fills up, whatever the key's share is."""
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When the bucket of a key is full again; one that is not here is."""
        self.refused = 0

    def __len__(self) -> int:
        """Keys that are kept account of."""
        return len(self._full_at)

    def take(self, keys: Keys, now: float, count: float = 1.0, *, patience: float = 0.0) -> float:
        """Charge ``count`` things, if they may be had within ``patience`` seconds.

        Returns:
            Seconds until they may be had. More than ``patience`` is a refusal: nothing has been charged. With
            ``patience`` the charged client waits that long before going on, so that a crowd behind one address is
            served slowly rather than sent away.
        """
        wait = self.wait(keys, now, count)
        if wait <= patience:
            self.charge(keys, now, count)
            return wait
        self.refused += 1
        for key in keys:
            if key in self._full_at:
                self._full_at.move_to_end(key)
        return wait

    def wait(self, keys: Keys, now: float, count: float = 1.0) -> float:
        """Seconds until ``count`` things may be had; 0 for now. Nothing is charged."""
        if not self._rate:
            return 0.0
        waits = 0.0
        cost = count / self._rate
        for key in keys:
            waits = max(waits, max(self._full_at.get(key, now), now) + cost - self._span - now)
            cost /= WIDER
        return waits if waits > _ROUNDING else 0.0

    def charge(self, keys: Keys, now: float, count: float = 1.0) -> None:
        """Charge ``count`` things, whether or not they may be had: where something has happened already."""
        if not self._rate:
            return
        cost = count / self._rate
        for key in keys:
            self._full_at[key] = max(self._full_at.get(key, now), now) + cost
            self._full_at.move_to_end(key)
            if len(self._full_at) > REMEMBERED:
                self._full_at.popitem(last=False)
            cost /= WIDER

    def forgive(self, keys: Keys) -> None:
        """Have the address begin with a full bucket; the wider networks keep what they were charged."""
        if keys:
            self._full_at.pop(keys[0], None)


class AddressSlot:
    """One thing that is counted at one address at a time, or at none.

    Args:
        counts: of all addresses.
    """

    __slots__ = ("_counts", "_keys")

    def __init__(self, counts: AddressCount) -> None:
        self._counts = counts
        self._keys: Keys = ()

    def take(self, keys: Keys) -> bool:
        """Be counted at ``keys`` and nowhere else; False, and still counted where it was, when there is no room."""
        if not self._counts.hold(keys):
            return False
        self.leave()
        self._keys = keys
        return True

    def leave(self) -> None:
        """Be counted nowhere."""
        keys, self._keys = self._keys, ()
        self._counts.release(keys)


class AddressCount:
    """How many things each address has at the same time; as many entries as there are such things, at most twice.

    Args:
        most: of one address; wider networks may have `WIDER` times as many. 0 for no bound.

    Attributes:
        refused: how often `hold` said no.
    """

    __slots__ = ("_held", "_most", "refused")

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[str, int] = {}
        self.refused = 0

    def __len__(self) -> int:
        """Keys that have something."""
        return len(self._held)

    def hold(self, keys: Keys) -> bool:
        """Count one more, and `release` it later; False, and not counted, where that would be too many."""
        most = self._most
        for key in keys if most else ():
            if self._held.get(key, 0) >= most:
                self.refused += 1
                return False
            most *= WIDER
        for key in keys:
            self._held[key] = self._held.get(key, 0) + 1
        return True

    def release(self, keys: Keys) -> None:
        """One that `hold` has counted is gone."""
        for key in keys:
            left = self._held[key] - 1
            if left:
                self._held[key] = left
            else:
                del self._held[key]
