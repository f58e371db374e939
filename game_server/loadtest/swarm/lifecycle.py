"""Who is in: the swarm's clients come, are cut off, come back and go, as their lives say."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Sequence
from typing import Final

import attrs

from game_server.client import ConnectError
from game_server.loadtest.metrics.failures import FELL_SILENT, NOT_BACK_IN_TIME, NOT_IN_TIME, refusal_name
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.client_columns import DELAYED, ClientColumns, MatchColumns, SilenceDetector
from game_server.loadtest.swarm.closing import ClosingConnections
from game_server.loadtest.swarm.connecting import DelayedConnection, RawConnection, ServerAddress
from game_server.loadtest.swarm.delayed_io import DelayedIO
from game_server.loadtest.swarm.entry import EntryQueue, EntryRequest
from game_server.loadtest.swarm.protocol_adapter import ProtocolAdapter, SwarmSeat
from game_server.loadtest.swarm.sample_reader import SampleReader, is_sampled
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.socket_reader import SocketReader
from game_server.protocol import CloseCode, Welcome

# In this order, if at one time: whoever leaves makes room.
_GO, _CUT, _COME = 0, 1, 2
BACK_OFF: Final = (0.2, 0.5)
"""Seconds within which a client comes back after a break."""


@attrs.define
class _Client:
    """One client, in or out; ``failure`` is why it is out, if that is before its time."""

    life: Life
    connected: bool = False
    failure: str | None = None
    slot: int = -1
    token: str = ""
    lost_at: float | None = None
    wire: RawConnection | None = None
    came: bool = False
    player: int = -1
    attempts: int = 0


class ClientLifecycle:
    """The clients of one process, from their lives.

    Args:
        places: codes of matches, for the clients by turns; an empty one is any match.
        networks: which of them are behind which.
        far: has the connections of those.
        started: when the lives began, on the monotonic clock.
    """

    def __init__(
        self,
        dialect: ProtocolAdapter,
        address: ServerAddress,
        places: Sequence[str],
        lives: Sequence[Life],
        meter: Meter,
        started: float,
        far: DelayedIO,
        networks: Shares,
        *,
        reconnect: bool,
        seed: int,
    ) -> None:
        self._door = EntryQueue(
            dialect,
            address,
            far,
            seed,
            self._admit,
            self._turn_away,
            lambda seconds: meter.record("door_wait_ms", 1000 * seconds),
        )
        self._dialect = dialect
        self._networks = networks
        self._leaving = ClosingConnections()
        self._places = places
        self._meter = meter
        self._started = started
        self._reconnect = reconnect
        self._chance = random.Random(f"swarm {seed}")
        self._people = {life.number: _Client(life) for life in lives}
        self._in: dict[int, _Client] = {}
        self._agenda: list[tuple[float, int, int]] = []
        for life in lives:
            self._agenda += [(life.comes, _COME, life.number), (life.goes, _GO, life.number)]
            self._agenda += [(cut, _CUT, life.number) for cut in life.cuts]
        heapq.heapify(self._agenda)

    def bind(self, seats: ClientColumns, matches: MatchColumns, slices: list[Slice], reading: SocketReader) -> None:
        """Where those who are in are written down."""
        self._seats, self._matches, self._slices, self._reading = seats, matches, slices, reading
        self._silence = SilenceDetector(seats)

    @property
    def over(self) -> bool:
        """Whether nobody is in, or ever will be."""
        return not self._people

    def step(self, now: float) -> None:
        """All that is due by ``now``."""
        while self._agenda and self._started + self._agenda[0][0] <= now:
            at, what, number = heapq.heappop(self._agenda)
            person = self._people.get(number)
            if person is None:
                continue
            if what == _GO:
                self._go(number, person)
            elif what == _COME:
                self._knock(number, person, self._started + at)
            elif person.slot >= 0:
                self._cut(person, self._started + at)
        for slot in self._silence.fallen(now):
            self._lost(self._in[slot], FELL_SILENT, comes_back=self._reconnect)
        self._door.step()
        self._leaving.step()

    def arrived(self, slot: int, now: float) -> None:
        """The first snapshot of the client in ``slot``."""
        person = self._in.get(slot)
        if person is not None and person.lost_at is not None:
            self._meter.record("outage_ms", 1000 * (now - person.lost_at))
            person.lost_at = None

    def lose(self, slot: int, reason: str, code: int | None) -> None:
        """The server ended a connection, or broke the protocol on it."""
        if code is not None:
            self._meter.count_kind("closes", str(int(code)))
        final = code in (None, CloseCode.NORMAL, CloseCode.REPLACED, CloseCode.REMOVED)
        self._lost(self._in[slot], reason, comes_back=self._reconnect and not final)

    def everybody_goes(self) -> None:
        """The run is over, maybe before its time; wait until the server has let everybody go."""
        for number, person in list(self._people.items()):
            if person.came:
                self._go(number, person)
        self._people.clear()
        self._agenda.clear()
        self._door.close()
        self._leaving.close()

    def _knock(self, number: int, person: _Client, due: float) -> None:
        person.came = True
        place = self._places[number % len(self._places)]
        network = self._networks.network_of(number)
        self._door.knock(EntryRequest(number, place, due, person.token, network, person.attempts))
        person.attempts += 1

    def _admit(self, visitor: EntryRequest, wire: RawConnection, seat: SwarmSeat) -> None:
        person = self._people[visitor.number]
        now = time.monotonic()
        fd = wire.socket.fileno()
        match, first = self._matches.number(seat, visitor.network)
        link = wire.link if isinstance(wire, DelayedConnection) else None
        slot = self._seats.take(fd if link is None else DELAYED, match, [one.step for one in self._slices])
        self._seats.world[slot] = self._matches.world[match]
        person.slot, person.wire, person.connected, person.failure = slot, wire, True, None
        self._in[slot] = person
        self._meter.record("connect_ms", 1000 * (wire.upgraded - visitor.due))
        self._meter.record("join_ms", 1000 * (now - wire.upgraded))
        if visitor.token:
            self._meter.count("resumed" if seat.player == person.player else "lost_seats")
        person.token, person.player = seat.token, seat.player
        self._seats.joined[slot] = now
        self._seats.usual[slot] = visitor.network.round_trip if visitor.network else 0.0
        if isinstance(seat.details, Welcome):
            self._seats.silence_timeout[slot] = seat.details.timeout
        if isinstance(seat.details, Welcome) and is_sampled(slot, first=first):
            self._reading.read_whole(slot, SampleReader(seat.details, self._meter))
        rest, wire.rest = wire.rest, b""
        if link is None:
            self._reading.add(slot, fd, rest, now)
        else:
            self._slices[slot % len(self._slices)].far[slot] = link
            self._reading.add_far(slot, link, rest, now)

    def _turn_away(self, visitor: EntryRequest, why: ConnectError) -> None:
        person = self._people[visitor.number]
        person.failure = str(why)
        if not person.connected:
            self._meter.count("turned_away", why.turned_away)
            self._meter.count("tester_faults", why.local_shortage)
        if why.code is not None:
            self._meter.count_kind("closes", str(int(why.code)))
        if why.refusal is not None:
            self._meter.count_kind("refused", refusal_name(why.refusal))
        self._end(person)

    def _go(self, number: int, person: _Client) -> None:
        if person.slot >= 0:
            wire, unsent = self._leave(person)
            self._leaving.go(wire, unsent)
        elif self._door.give_up(number) and not person.connected:
            person.failure = NOT_IN_TIME
        self._end(person)

    def _cut(self, person: _Client, due: float) -> None:
        self._leave(person)[0].close()
        self._meter.count("lost_links")
        person.failure = NOT_BACK_IN_TIME
        person.lost_at = due if person.lost_at is None else person.lost_at
        self._knock(person.life.number, person, due)

    def _lost(self, person: _Client, reason: str, *, comes_back: bool) -> None:
        self._leave(person)[0].close()
        self._meter.count("lost_links")
        person.failure = reason
        if comes_back:
            self._come_back(person)
        else:
            self._end(person)

    def _come_back(self, person: _Client) -> None:
        if person.lost_at is None:
            person.lost_at = time.monotonic()
        back = time.monotonic() - self._started + self._chance.uniform(*BACK_OFF)
        if back < person.life.goes:
            heapq.heappush(self._agenda, (back, _COME, person.life.number))

    def _leave(self, person: _Client) -> tuple[RawConnection, bytes]:
        """Out of its seat; the numbers of its stay are told.

        Returns:
            Its wire, still open, and what is left of a frame that this took in part.
        """
        assert person.wire is not None
        seats, slot, wire = self._seats, person.slot, person.wire
        self._reading.forget(wire.socket.fileno())
        slice_ = self._slices[slot % len(self._slices)]
        slice_.end_stay(slot, self._meter, time.monotonic())
        slice_.far.pop(slot, None)
        unsent = slice_.unsent.pop(slot, b"") + wire.release()
        seats.leave(slot)
        del self._in[slot]
        person.slot, person.wire = -1, None
        return wire, unsent

    def _end(self, person: _Client) -> None:
        if self._people.pop(person.life.number, None) is None:
            return
        if person.lost_at is not None:
            self._meter.record("outage_ms", 1000 * (time.monotonic() - person.lost_at))
        self._meter.count("connected" if person.connected else "failed")
        if person.failure:
            self._meter.count_kind("failures", person.failure)
            if person.connected:
                self._meter.count("disconnects")
