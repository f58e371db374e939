"""The state of a directory, and what each call does to it: without I/O, without a clock of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import attrs

from game_server.cluster.directory import HISTORY, HOLD_FOR, LEASE, REMEMBERED, ROW_TTL, Claim
from game_server.errors import CodeTaken, NodeNameTaken


@attrs.define
class _Held:
    claim: Claim
    until: float
    """When its lease lapses."""


@attrs.define
class _Listed:
    instance: str
    summary: bytes
    row: bytes
    until: float


class DirectoryState:
    """What a directory knows. ``now`` is in seconds of one steady clock in all calls; rows are bytes here.

    The methods are those of the port, `Directory`, which describes them.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._listed: dict[str, _Listed] = {}
        self._said: dict[str, deque[bytes]] = {}
        self._blobs: dict[str, tuple[bytes, float]] = {}
        self._names: dict[str, tuple[str, float]] = {}
        """By name, who holds it, and until when."""
        self._swept_at = float("-inf")

    def __len__(self) -> int:
        """Claims, lapsed ones included."""
        return len(self._held)

    def claim(self, now: float, code: str, node: str, journalled: int | None = None) -> Claim:
        """As `Directory.claim`."""
        self._sweep(now)
        held = self._held.get(code)
        if held is not None:
            own = journalled is not None and held.claim.node == node
            orphan = journalled is not None and held.until <= now and held.claim.epoch <= journalled
            if not (own or orphan):
                raise CodeTaken(code, held.claim.node, held.claim.epoch)
        claim = Claim(code, node, max(held.claim.epoch if held else 0, journalled or 0) + 1)
        self._held[code] = _Held(claim, now + LEASE)
        return claim

    def renew(self, now: float, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """As `Directory.renew`."""
        lost = []
        for claim in claims:
            held = self._held.get(claim.code)
            if claim.node == node and (held is None or held.claim == claim):
                self._held[claim.code] = _Held(claim, now + LEASE)
            else:
                lost.append(claim)
        return tuple(lost)

    def transfer(self, now: float, claim: Claim, node: str) -> Claim:
        """As `Directory.transfer`."""
        held = self._held.get(claim.code)
        if held is None:
            raise CodeTaken(claim.code, "", 0)
        if held.claim != claim:
            raise CodeTaken(claim.code, held.claim.node, held.claim.epoch)
        moved = Claim(claim.code, node, claim.epoch + 1)
        self._held[claim.code] = _Held(moved, now + LEASE)
        return moved

    def release(self, now: float, claim: Claim) -> None:
        """As `Directory.release`."""
        held = self._held.get(claim.code)
        if held is None or held.claim == claim:
            self._held[claim.code] = _Held(claim, now)

    def owner(self, code: str) -> Claim | None:
        """As `Directory.owner`."""
        held = self._held.get(code)
        return held.claim if held else None

    def publish(self, now: float, name: str, instance: str, summary: bytes, row: bytes) -> None:
        """As `Directory.publish`."""
        listed = self._listed.get(name)
        if listed is not None and listed.instance != instance and listed.until > now:
            raise NodeNameTaken(name)
        self._listed[name] = _Listed(instance, summary, row, now + ROW_TTL)

    def withdraw(self, name: str, instance: str) -> None:
        """As `Directory.withdraw`."""
        listed = self._listed.get(name)
        if listed is not None and listed.instance == instance:
            del self._listed[name]

    def nodes(self, now: float) -> tuple[bytes, ...]:
        """As `Directory.nodes`."""
        return tuple(listed.summary for _, listed in sorted(self._listed.items()) if listed.until > now)

    def rows(self, now: float, names: Iterable[str]) -> tuple[bytes, ...]:
        """As `Directory.rows`."""
        found = [listed for name in names if (listed := self._listed.get(name))]
        return tuple(listed.row for listed in found if listed.until > now)

    def say(self, channel: str, data: bytes) -> None:
        """Keep ``data`` as the latest message of ``channel``."""
        self._said.setdefault(channel, deque(maxlen=HISTORY)).append(data)

    def history(self, channel: str) -> tuple[bytes, ...]:
        """As `Directory.history`."""
        return tuple(self._said.get(channel, ()))

    def hold(self, now: float, holder: str, names: Iterable[str]) -> bool:
        """As `Directory.hold`."""
        self._sweep(now)
        names = tuple(names)
        held = [self._names[name] for name in names if name in self._names]
        if any(by != holder and until > now for by, until in held):
            return False
        self._names.update(dict.fromkeys(names, (holder, now + HOLD_FOR)))
        return True

    def free(self, holder: str, names: Iterable[str]) -> None:
        """As `Directory.free`."""
        for name in names:
            if self._names.get(name, ("", 0.0))[0] == holder:
                del self._names[name]

    def put(self, now: float, key: str, data: bytes, ttl: float) -> None:
        """As `Directory.put`."""
        self._sweep(now)
        self._blobs[key] = data, now + ttl

    def take(self, now: float, key: str) -> bytes | None:
        """As `Directory.take`."""
        data, until = self._blobs.pop(key, (b"", now))
        return data if until > now else None

    def _sweep(self, now: float) -> None:
        """Forget what has expired long ago; once in the time of a lease, since it looks at everything."""
        if now - self._swept_at < LEASE:
            return
        self._swept_at = now
        self._held = {code: held for code, held in self._held.items() if held.until + REMEMBERED > now}
        self._listed = {name: listed for name, listed in self._listed.items() if listed.until > now}
        self._names = {name: held for name, held in self._names.items() if held[1] > now}
        self._blobs = {key: blob for key, blob in self._blobs.items() if blob[1] > now}
