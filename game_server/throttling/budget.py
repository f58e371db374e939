"""Token buckets of one peer and of every address, and counts of what an address has open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from game_server.throttling.addresses import Keys

REMEMBERED: Final = 4096
"""Keys with an account in a budget; beyond that, the one that asked least recently starts again with a full bucket.

Somebody who has that many addresses has that many budgets anyway, and gains nothing when one is forgotten.
"""
WIDER: Final = 4
"""The budget of each wider network in `Keys`, in budgets of the narrower one before it."""
_ROUNDING: Final = 1e-9
"""Seconds: a shorter wait comes from rounding, not from the budget."""


class TokenBucket:
    """Allows ``capacity`` things at once, and ``refill`` a second after that.

    ``now`` is in seconds of any steady clock; a clock that goes back refills nothing.
    """

    __slots__ = ("_capacity", "_full_at", "_refill")

    def __init__(self, capacity: float, refill: float, now: float) -> None:
        self._capacity = capacity
        self._refill = refill
        self._full_at = now * refill  # in tokens refilled since the clock's zero

    def take(self, count: float, now: float) -> bool:
        """Whether ``count`` more things are allowed at ``now``; if so, they count, and if not, none does."""
        refilled = now * self._refill
        full_at = self._full_at
        # Without a call of max: this is done for every message of every client.
        full_at = (full_at if full_at > refilled else refilled) + count
        if full_at > refilled + self._capacity:
            return False
        self._full_at = full_at
        return True


class AddressBudget:
    """A token bucket for each address: ``burst`` things at once, and ``rate`` a second after that.

    Every key of an address is charged, a wider network `WIDER` times less, and all of them must have enough left. So
    the owner of a /48 cannot have 65,536 budgets, nor push others out of the table by using each once.

    A bucket is kept as the time at which it is full again (the "generic cell rate algorithm" of ATM networks): one
    number a key, and none for a full bucket. With ``burst`` 8 and ``rate`` 4, a full bucket at time 10 has ``full_at``
    10; after 6 things it has 11.5, and 2 more may come at once, since 10 + 8 / 4 = 12.

    ``now`` is in seconds of any steady clock; empty ``keys`` are never refused, and charged nothing.

    Args:
        burst: things; 0 like a ``rate`` of 0 means that nothing is ever refused.
        rate: things a second.

    Attributes:
        refused: number of refusals of `take`.
        charged: called with keys and number of things, when any are charged here; None for nobody.
    """

    __slots__ = ("_full_at", "_rate", "_span", "charged", "refused")

    def __init__(self, burst: float, rate: float) -> None:
        self._rate = rate if burst > 0 else 0.0
        self._span = burst / rate if rate > 0 else 0.0
        """Seconds in which an empty bucket fills up, whatever the key's share is."""
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When the bucket of a key is full again; one that is not here is."""
        self.refused = 0
        self.charged: Callable[[Keys, float], object] | None = None

    def __len__(self) -> int:
        """Keys with an account."""
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

    def charge(self, keys: Keys, now: float, count: float = 1.0, *, from_afar: bool = False) -> None:
        """Charge ``count`` things, whether or not they may be had: where something has happened already.

        Args:
            from_afar: it was charged in another process, too, and is not passed on.
        """
        if not self._rate:
            return
        if self.charged and keys and not from_afar:
            self.charged(keys, count)
        cost = count / self._rate
        for key in keys:
            self._full_at[key] = max(self._full_at.get(key, now), now) + cost
            self._full_at.move_to_end(key)
            if len(self._full_at) > REMEMBERED:
                self._full_at.popitem(last=False)
            cost /= WIDER

    def forgive(self, keys: Keys) -> None:
        """Fill up the bucket of the address; the wider networks keep what they were charged."""
        if keys:
            self._full_at.pop(keys[0], None)


class AddressCount:
    """How many things each address has at the same time.

    The table has at most two entries for each such thing: its address, and the wider network.

    Args:
        most: of one address; wider networks may have `WIDER` times as many. 0 for no bound.

    Attributes:
        held: how many things each key has; at least one.
        elsewhere: returns how many a key has in other processes; None if there are none.
        touched: keys whose number may be another than when it was emptied; None if nobody asks.
        refused: number of refusals of `hold`.
    """

    __slots__ = ("_most", "elsewhere", "held", "refused", "touched")

    def __init__(self, most: int) -> None:
        self._most = most
        self.held: dict[str, int] = {}
        self.elsewhere: Callable[[str], int] | None = None
        self.touched: set[str] | None = None
        self.refused = 0

    def __len__(self) -> int:
        """Keys with at least one thing."""
        return len(self.held)

    def hold(self, keys: Keys, *, passed_on: bool = False) -> bool:
        """Count one more, and `release` it later; False, and not counted, where that would be too many.

        Args:
            keys: of the address.
            passed_on: another process, which has allowed it, may still count it.
        """
        most = self._most
        for key in keys if most else ():
            elsewhere = self.elsewhere(key) if self.elsewhere and not passed_on else 0
            if self.held.get(key, 0) + elsewhere >= most:
                self.refused += 1
                return False
            most *= WIDER
        for key in keys:
            self.held[key] = self.held.get(key, 0) + 1
        self._touch(keys)
        return True

    def release(self, keys: Keys) -> None:
        """Count one less of what `hold` has counted."""
        for key in keys:
            left = self.held[key] - 1
            if left:
                self.held[key] = left
            else:
                del self.held[key]
        self._touch(keys)

    def _touch(self, keys: Keys) -> None:
        if self.touched is not None:
            self.touched.update(keys)


class AddressSlot:
    """One thing, such as a connection, that `AddressCount` counts at one address at a time, or at none.

    Args:
        counts: of all addresses.
    """

    __slots__ = ("_counts", "_keys")

    def __init__(self, counts: AddressCount) -> None:
        self._counts = counts
        self._keys: Keys = ()

    def hold(self, keys: Keys, *, passed_on: bool = False) -> bool:
        """Count the thing at ``keys`` alone; False, and still counted where it was, when there is no room.

        Args:
            keys: of the address.
            passed_on: as for `AddressCount.hold`.
        """
        if not self._counts.hold(keys, passed_on=passed_on):
            return False
        self.release()
        self._keys = keys
        return True

    def release(self) -> None:
        """Count the thing nowhere."""
        keys, self._keys = self._keys, ()
        self._counts.release(keys)
