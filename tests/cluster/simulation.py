"""Nodes, their journals and their directory in virtual time, with everything that can go wrong between two steps.

A seed decides what happens: calls that are lost, late, or whose answers are lost; a directory that stands still or
forgets everything; nodes that are killed, frozen, or cut off; matches that begin, end, move, and are joined.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any, Final

import attrs

from game_server.cluster import (
    LEASE,
    RENEW_EVERY,
    Call,
    Claim,
    ClaimNote,
    DirectoryState,
    Offer,
    Ownership,
    Pause,
    Steps,
    pack_offer,
    unpack_offer,
)
from game_server.errors import CodeTaken, DirectoryUnavailable, GameServerError, JournalError

CALL_TIMEOUT: Final = 1.0
TROUBLE: Final = 18.0
"""Seconds in which things go wrong."""
CALM: Final = 22.0
"""Seconds without trouble, after which everything is in order again: a lease, a recovery, and some calls."""


class Violation(AssertionError):
    """What must never happen."""


@attrs.define
class Journal:
    """What outlives a process.

    Attributes:
        seats: the people who have joined.
        epoch: of the claim.
        offer: of the match, made by this node or to it.
    """

    seats: list[int]
    epoch: int
    offer: Offer | None = None


@attrs.define(eq=False)
class Process:
    """One life of a node."""

    world: World
    node: Node
    ownership: Ownership = attrs.field(init=False)
    live: set[str] = attrs.field(factory=set)
    alive: bool = True

    def __attrs_post_init__(self) -> None:
        self.ownership = Ownership(self.node.name, self, self.world.draw, lambda: self.world.now, stock=4)
        for code, journal in list(self.node.journals.items()):
            steps = self.ownership.settle(code, ClaimNote(journal.epoch, journal.offer))
            self.world.run(self, self._recover(code, steps))
        self.world.run(self, self._keep())

    def _recover(self, code: str, steps: Steps[bool]) -> Steps[None]:
        if not (yield from steps):
            del self.node.journals[code]
        elif claim := self.ownership.held.get(code):
            self.go_on(claim)
        else:
            self.world.begin(self, code)

    def _keep(self) -> Steps[None]:
        while True:
            yield from self.ownership.keep()
            yield Pause(RENEW_EVERY)

    def open(self) -> None:
        if claim := self.ownership.new_match():
            self.node.journals[claim.code] = Journal([], claim.epoch)
            self.world.codes.append(claim.code)
            self.world.begin(self, claim.code)

    def end(self, code: str) -> None:
        self.live.discard(code)
        del self.node.journals[code]
        self.world.ended.add(code)
        self.ownership.ended(code)

    # As `OwnedMatches`

    def freeze(self, offer: Offer, *, afresh: bool) -> bytes:  # noqa: ARG002
        journal = self.node.journals[offer.claim.code]
        journal.offer = offer
        self.live.discard(offer.claim.code)
        return bytes(journal.seats)

    def claimed(self, claim: Claim) -> None:
        self.node.journals[claim.code].epoch = claim.epoch

    def go_on(self, claim: Claim) -> None:
        journal = self.node.journals[claim.code]
        journal.epoch, journal.offer = claim.epoch, None
        self.world.begin(self, claim.code)

    def moved(self, code: str, to: str, *, afresh: bool) -> None:  # noqa: ARG002
        del self.node.journals[code]
        self.world.moves += 1

    def fence(self, code: str) -> None:
        self.live.discard(code)
        del self.node.journals[code]
        self.world.fenced.add(code)

    def prepare(self, offer: Offer, blob: bytes) -> None:
        if self.world.random.random() < 0.1:
            raise JournalError("it is not taken")
        if offer.claim.code in self.node.journals:
            raise Violation(f"{self.node.name} is offered {offer.claim.code}, of which it has a journal")
        self.node.journals[offer.claim.code] = Journal(list(blob), offer.claim.epoch, offer)

    def discard(self, code: str) -> None:
        del self.node.journals[code]


@attrs.define(eq=False)
class Node:
    """A node through all its lives."""

    name: str
    journals: dict[str, Journal] = attrs.field(factory=dict)
    process: Process | None = None
    frozen_until: float = 0.0
    cut_off_until: float = 0.0


class World:
    """Everything that there is.

    Args:
        seed: decides what happens.
        forgets: the directory may forget everything. Faults of nodes are then short, and there are none in the lease
            that follows: a node that cannot say in that time what it has may lose it.
    """

    def __init__(self, seed: int, *, forgets: bool) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.state = DirectoryState()
        self.stands_until = 0.0
        self.codes: list[str] = []
        self.ended: set[str] = set()
        self.fenced: set[str] = set()
        self.granted: dict[str, list[int]] = {}
        self.forgotten = False
        self.moves = 0
        self.procedures = 0
        """Procedures that have begun and not ended, except for those that go on as long as their process."""
        self._forgets = forgets
        self._longest = 2.0 if forgets else 25.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._people = itertools.count()
        self._quiet_until = 0.0
        self.nodes = [Node(name) for name in ("a", "b", "c")]
        for node in self.nodes:
            node.process = Process(self, node)

    def draw(self) -> str:
        """A code: one of few, so that nodes draw the same ones."""
        return f"{self.random.randrange(10**9 if self._forgets else 60)}"

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), what))

    def simulate(self) -> None:
        """Let everything happen.

        Raises:
            Violation: what must never happen has happened.
        """
        when = 0.5
        while when < TROUBLE:
            self.at(when, self._something)
            when += self.random.expovariate(3.0)
        while self._events and self.now < TROUBLE + CALM:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self._check_end()

    # What happens

    def _something(self) -> None:
        draw, node = self.random.random(), self.random.choice(self.nodes)
        process = node.process if node.frozen_until <= self.now else None
        if draw < 0.12:
            if process:
                process.open()
        elif draw < 0.42:
            self._join()
        elif draw < 0.45:
            if process and process.live:
                process.end(self.random.choice(sorted(process.live)))
        elif draw < 0.75:
            if process and process.live:
                self._move(process, self.random.choice(sorted(process.live)), self.random.choice(self.nodes))
        else:
            self._fault(node)

    def _fault(self, node: Node) -> None:
        if self.now < self._quiet_until:
            return
        lasts = min(self.random.expovariate(0.3), self._longest, TROUBLE - self.now)
        match self.random.randrange(5):
            case 0 | 1:
                self._kill(node)
            case 2:
                node.frozen_until = self.now + lasts
            case 3:
                node.cut_off_until = self.now + lasts
            case _:
                self.stands_until = self.now + lasts
                if self._forgets and self.random.random() < 0.5:
                    self.state = DirectoryState()
                    self._quiet_until = self.stands_until + LEASE + 2.0
                    self.forgotten = True

    def _kill(self, node: Node) -> None:
        if node.process is None:
            return
        node.process.alive = False
        node.process = None
        node.frozen_until = 0.0

        def restart() -> None:
            node.process = Process(self, node)

        self.at(self.now + self.random.uniform(0.1, min(2.0, self._longest)), restart)

    def _join(self) -> None:
        running = [
            (process, code)
            for node in self.nodes
            if (process := node.process) and node.frozen_until <= self.now
            for code in sorted(process.live)
        ]
        if running:
            process, code = self.random.choice(running)
            seats, person = process.node.journals[code].seats, next(self._people) % 256
            seats.append(person)
            granted = self.granted.setdefault(code, [])
            granted.append(person)
            if granted != seats:
                raise Violation(f"a seat of {code} is given twice at {self.now:.2f}: {granted} is not {seats}")

    def _move(self, process: Process, code: str, to: Node) -> None:
        if to.name != process.node.name:
            self.procedures += 1
            steps = process.ownership.move_out(code, to.name, f"move-{next(self._numbers)}", f"node-{to.name}")
            self.run(process, steps, self._ended_one)

    def begin(self, process: Process, code: str) -> None:
        """Note that ``process`` runs the match ``code``.

        Raises:
            Violation: another one does, or it had ended.
        """
        for node in self.nodes:
            if node.process and node.process is not process and code in node.process.live:
                raise Violation(f"{process.node.name} and {node.name} both run {code} at {self.now:.2f}")
        # Where nobody remembers the end, a node that offered the match and does not know the outcome goes on with it.
        if code in self.ended and not self.forgotten:
            raise Violation(f"{code} goes on at {process.node.name} after its end, at {self.now:.2f}")
        process.live.add(code)

    def _ended_one(self) -> None:
        self.procedures -= 1

    def _check_end(self) -> None:
        for code in self.codes:
            owners = [node.name for node in self.nodes if node.process and code in node.process.live]
            if len(owners) != (code not in self.ended) and not (self.forgotten and code in self.ended):
                raise Violation(f"{code} is run by {owners} in the end")
            [claim] = [self.state.owner(code)]
            if owners and (claim is None or claim.node != owners[0]):
                raise Violation(f"the directory does not list {code} with {owners}: {claim}")
            if owners and self._node(owners[0]).journals[code].seats != self.granted.get(code, []):
                raise Violation(f"{code} has lost seats")
        for node in self.nodes:
            assert node.process
            if node.process.ownership.offered or node.process.ownership.awaited:
                raise Violation(f"{node.name} does not know whose its matches are")
        if self.fenced:
            raise Violation(f"{self.fenced} ended as if they were another node's")
        if self.procedures:
            raise Violation(f"{self.procedures} moves have no end")

    def _node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    # Procedures, and their calls

    def run(self, process: Process, steps: Steps[Any], ended: Callable[[], None] = lambda: None) -> None:
        """Carry ``steps`` out as long as ``process`` lives."""
        self._step(process, steps, ended, None, None)

    def _step(
        self,
        process: Process,
        steps: Steps[Any],
        ended: Callable[[], None],
        answer: Any,
        error: GameServerError | None,
    ) -> None:
        node = process.node
        if not process.alive:
            ended()
            return
        if node.frozen_until > self.now:
            self.at(node.frozen_until, lambda: self._step(process, steps, ended, answer, error))
            return
        try:
            step = steps.throw(error) if error else steps.send(answer)
        except StopIteration:
            ended()
            return
        if isinstance(step, Pause):
            self.at(self.now + step.seconds, lambda: self._step(process, steps, ended, None, None))
        else:
            self._call(process, steps, ended, step)

    def _call(self, process: Process, steps: Steps[Any], ended: Callable[[], None], call: Call) -> None:
        deadline, answered = self.now + CALL_TIMEOUT, False

        def resume(answer: Any, error: GameServerError | None) -> None:
            nonlocal answered
            if not answered:
                answered = True
                self._step(process, steps, ended, answer, error)

        def arrive() -> None:
            if self.stands_until > self.now:
                self.at(self.stands_until, arrive)
                return
            if self.now > deadline:
                return
            answer, error = self._carry_out(call)
            if not self._is_lost(process.node):
                self.at(self.now + self._delay(), lambda: resume(answer, error))

        if not self._is_lost(process.node):
            self.at(self.now + self._delay(), arrive)
        self.at(deadline, lambda: resume(None, DirectoryUnavailable("no answer")))

    def _carry_out(self, call: Call) -> tuple[Any, GameServerError | None]:
        state, now, args = self.state, self.now, call.args
        try:
            match call.name:
                case "owner":
                    return state.owner(*args), None
                case "say":
                    self._say(*args)
                    return None, None
                case name:
                    return getattr(state, name)(now, *args), None
        except CodeTaken as error:
            return None, error

    def _say(self, channel: str, data: bytes) -> None:
        node, offer = self._node(channel.removeprefix("node-")), unpack_offer(data)
        assert offer
        assert pack_offer(offer) == data
        if not self._is_lost(node):
            self.at(self.now + self._delay(), lambda: self._hear(node, offer))

    def _hear(self, node: Node, offer: Offer) -> None:
        process = node.process
        if process is None:
            return

        def steps() -> Steps[None]:
            try:
                yield from process.ownership.move_in(offer)
            except GameServerError as error:
                source = self._node(offer.claim.node).process
                if source and self.random.random() < 0.7:
                    source.ownership.refused(offer.claim.code, str(error))

        self.procedures += 1
        self.run(process, steps(), self._ended_one)

    def _is_lost(self, node: Node) -> bool:
        return node.cut_off_until > self.now or (self.now < TROUBLE and self.random.random() < 0.03)

    def _delay(self) -> float:
        slow = self.now < TROUBLE and self.random.random() < 0.05
        return self.random.uniform(0.0, 1.2) if slow else self.random.uniform(0.0002, 0.002)
