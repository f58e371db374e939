"""The lifecycle of the swarm's clients: they come, are cut off, come back and leave, as the timeline says."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Sequence
from typing import Final

import attrs

from game_server.client import ConnectError
from game_server.loadtest.metrics.definitions import FELL_SILENT, NOT_BACK_IN_TIME, NOT_IN_TIME, refusal_name
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
from game_server.protocol import CloseCode, Elsewhere, Welcome

# Done in this order when due at the same time: a client that leaves makes room for one that comes.
_GO, _CUT, _COME = 0, 1, 2
_REWINDS: Final = 1.0
"""Seconds by which a server that was killed may have lost ticks, at most."""
BACK_OFF: Final = (0.2, 0.5)
"""Seconds after a lost connection, between which a client comes back: spread, so that not all come at once."""


@attrs.define
class _Client:
    """One client, in or out.

    Attributes:
        connected: whether it ever got in.
        failure: why it is out, if it is before its time.
        slot: in `ClientColumns`; -1 while it is out.
        token, player: of its newest seat.
        lost_at: when its connection was lost, until the first snapshot after that.
        came: whether its time to come has passed.
    """

    life: Life
    connected: bool = False
    failure: str | None = None
    slot: int = -1
    token: str = attrs.field(default="", repr=False)
    lost_at: float | None = None
    connection: RawConnection | None = None
    came: bool = False
    player: int = -1
    attempts: int = 0


class ClientLifecycle:
    """Lets the clients of one process in and out.

    Args:
        places: match codes, assigned to the clients in turn; an empty code is any match.
        lives: when each client comes, is cut off and leaves.
        started: when the timeline began, on the monotonic clock.
        delayed_io: carries the connections that have a simulated network in between.
        networks: which client is behind which network.
        reconnect: whether clients come back when their connection breaks by itself.
    """

    def __init__(
        self,
        adapter: ProtocolAdapter,
        address: ServerAddress,
        places: Sequence[str],
        lives: Sequence[Life],
        meter: Meter,
        started: float,
        delayed_io: DelayedIO,
        networks: Shares,
        *,
        reconnect: bool,
        seed: int,
    ) -> None:
        self._entry_queue = EntryQueue(
            adapter,
            address,
            delayed_io,
            seed,
            self._admit,
            self._turn_away,
            lambda seconds: meter.record("door_wait_ms", 1000 * seconds),
        )
        self._adapter = adapter
        self._networks = networks
        self._closing = ClosingConnections()
        self._places = places
        self._meter = meter
        self._started = started
        self._reconnect = reconnect
        self._chance = random.Random(f"swarm {seed}")
        self._by_number = {life.number: _Client(life) for life in lives}
        self._by_slot: dict[int, _Client] = {}
        self._agenda: list[tuple[float, int, int]] = []
        for life in lives:
            self._agenda += [(life.comes, _COME, life.number), (life.goes, _GO, life.number)]
            self._agenda += [(cut, _CUT, life.number) for cut in life.cuts]
        heapq.heapify(self._agenda)

    def bind(self, clients: ClientColumns, matches: MatchColumns, slices: list[Slice], reading: SocketReader) -> None:
        """Set where clients that are in are kept; called once, before `step`."""
        self._clients, self._matches, self._slices, self._reading = clients, matches, slices, reading
        self._silence = SilenceDetector(clients)

    @property
    def over(self) -> bool:
        """Whether all clients have left."""
        return not self._by_number

    def step(self, now: float) -> None:
        """Do all that is due by ``now``."""
        while self._agenda and self._started + self._agenda[0][0] <= now:
            at, what, number = heapq.heappop(self._agenda)
            client = self._by_number.get(number)
            if client is None:
                continue
            if what == _GO:
                self._go(number, client)
            elif what == _COME:
                self._enter(number, client, self._started + at)
            elif client.slot >= 0:
                self._cut(client, self._started + at)
        for slot in self._silence.fallen(now):
            self._lost(self._by_slot[slot], FELL_SILENT, comes_back=self._reconnect)
        self._entry_queue.step()
        self._closing.step()

    def arrived(self, slot: int, now: float) -> None:
        """Note the first snapshot of the client in ``slot``."""
        client = self._by_slot.get(slot)
        if client is not None and client.lost_at is not None:
            self._meter.record("outage_ms", 1000 * (now - client.lost_at))
            client.lost_at = None

    def lose(self, slot: int, reason: str, code: int | None) -> None:
        """Note that the server ended a connection, or broke the protocol on it.

        Args:
            code: the close code; None if the client was sent to the lobby.
        """
        if code is not None:
            self._meter.count_kind("closes", str(int(code)))
        final = code in (None, CloseCode.NORMAL, CloseCode.REPLACED, CloseCode.REMOVED)
        self._lost(self._by_slot[slot], reason, comes_back=self._reconnect and not final)

    def send_on(self, slot: int, sent: Elsewhere) -> None:
        """Let a client follow its match, which goes on elsewhere, and take its seat there."""
        client = self._by_slot[slot]
        connection, unsent = self._leave(client)
        self._closing.go(connection, unsent)
        now = time.monotonic()
        client.failure = NOT_BACK_IN_TIME
        client.lost_at = now if client.lost_at is None else client.lost_at
        self._enter(client.life.number, client, now, (sent, connection.address))

    def everybody_goes(self) -> None:
        """Let all clients leave, and wait until the server has closed their connections; 5 s at most."""
        for number, client in list(self._by_number.items()):
            if client.came:
                self._go(number, client)
        self._by_number.clear()
        self._agenda.clear()
        self._entry_queue.close()
        self._closing.close()

    def _enter(
        self, number: int, client: _Client, due: float, sent: tuple[Elsewhere, ServerAddress] | None = None
    ) -> None:
        client.came = True
        place = self._places[number % len(self._places)]
        network = self._networks.network_of(number)
        self._entry_queue.enter(EntryRequest(number, place, due, client.token, network, client.attempts, sent))
        client.attempts += 1

    def _admit(self, request: EntryRequest, connection: RawConnection, seat: SwarmSeat) -> None:
        client = self._by_number[request.number]
        now = time.monotonic()
        fd = connection.socket.fileno()
        match, first = self._matches.number(seat, request.network)
        if isinstance(seat.details, Welcome):
            self._look_whether_it_restarted(match, seat.details, now)
        link = connection.link if isinstance(connection, DelayedConnection) else None
        slot = self._clients.take(fd if link is None else DELAYED, match, [one.step for one in self._slices])
        self._clients.world[slot] = self._matches.world[match]
        client.slot, client.connection, client.connected, client.failure = slot, connection, True, None
        self._by_slot[slot] = client
        self._meter.record("connect_ms", 1000 * (connection.upgraded - request.due))
        self._meter.record("join_ms", 1000 * (now - connection.upgraded))
        if request.token:
            self._meter.count("resumed" if seat.player == client.player else "lost_seats")
        client.token, client.player = seat.token, seat.player
        self._clients.joined[slot] = now
        self._clients.usual[slot] = request.network.round_trip if request.network else 0.0
        if isinstance(seat.details, Welcome):
            self._clients.silence_timeout[slot] = seat.details.timeout
        if isinstance(seat.details, Welcome) and is_sampled(slot, first=first):
            self._reading.read_whole(slot, SampleReader(seat.details, self._meter))
        rest, connection.rest = connection.rest, b""
        if link is None:
            self._reading.add(slot, fd, rest, now)
        else:
            self._slices[slot % len(self._slices)].delayed[slot] = link
            self._reading.add_delayed(slot, link, rest, now)

    def _look_whether_it_restarted(self, match: int, welcome: Welcome, now: float) -> None:
        """Count the ticks of ``match`` from 0 if it has begun again while nobody here was in it, as by other rules."""
        if welcome.tick + _REWINDS * welcome.tick_rate < self._matches.tick[match]:
            self._matches.restart(match, now)
            for one in self._slices:
                one.restart(match)

    def _turn_away(self, request: EntryRequest, why: ConnectError) -> None:
        client = self._by_number[request.number]
        client.failure = str(why)
        if not client.connected:
            self._meter.count("turned_away", why.turned_away)
            self._meter.count("tester_faults", why.local_shortage)
        if why.code is not None:
            self._meter.count_kind("closes", str(int(why.code)))
        if why.refusal is not None:
            self._meter.count_kind("refused", refusal_name(why.refusal))
        self._end(client)

    def _go(self, number: int, client: _Client) -> None:
        if client.slot >= 0:
            connection, unsent = self._leave(client)
            self._closing.go(connection, unsent)
        elif self._entry_queue.give_up(number) and not client.connected:
            client.failure = NOT_IN_TIME
        self._end(client)

    def _cut(self, client: _Client, due: float) -> None:
        self._leave(client)[0].close()
        self._meter.count("lost_links")
        client.failure = NOT_BACK_IN_TIME
        client.lost_at = due if client.lost_at is None else client.lost_at
        self._enter(client.life.number, client, due)

    def _lost(self, client: _Client, reason: str, *, comes_back: bool) -> None:
        self._leave(client)[0].close()
        self._meter.count("lost_links")
        client.failure = reason
        if comes_back:
            self._come_back(client)
        else:
            self._end(client)

    def _come_back(self, client: _Client) -> None:
        if client.lost_at is None:
            client.lost_at = time.monotonic()
        back = time.monotonic() - self._started + self._chance.uniform(*BACK_OFF)
        if back < client.life.goes:
            heapq.heappush(self._agenda, (back, _COME, client.life.number))

    def _leave(self, client: _Client) -> tuple[RawConnection, bytes]:
        """Take ``client`` out of its slot and record what became of it.

        Returns:
            Its connection, still open, and the rest of a frame that the socket took in part.
        """
        assert client.connection is not None
        clients, slot, connection = self._clients, client.slot, client.connection
        self._reading.forget(connection.socket.fileno())
        slice_ = self._slices[slot % len(self._slices)]
        slice_.end_stay(slot, self._meter, time.monotonic())
        slice_.delayed.pop(slot, None)
        unsent = slice_.unsent.pop(slot, b"") + connection.release()
        clients.leave(slot)
        del self._by_slot[slot]
        client.slot, client.connection = -1, None
        return connection, unsent

    def _end(self, client: _Client) -> None:
        if self._by_number.pop(client.life.number, None) is None:
            return
        if client.lost_at is not None:
            self._meter.record("outage_ms", 1000 * (time.monotonic() - client.lost_at))
        self._meter.count("connected" if client.connected else "failed")
        if client.failure:
            self._meter.count_kind("failures", client.failure)
            if client.connected:
                self._meter.count("disconnects")
