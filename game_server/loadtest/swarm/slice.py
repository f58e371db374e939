"""One slice of the swarm: the inputs of its clients, and when each was due."""

from __future__ import annotations

import errno
import os
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.batch_io import BatchIO
from game_server.client import OVERDUE_TICKS
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.client_columns import SLICES, ClientColumns, Floats, MatchColumns, Whole
from game_server.loadtest.swarm.client_frames import Payloads, masked_frames
from game_server.loadtest.swarm.delayed_io import DelayedLink
from game_server.loadtest.swarm.input_generator import STEPS_A_SECOND, InputGenerator
from game_server.loadtest.swarm.protocol_adapter import ProtocolAdapter

_SLACK: Final = 2
"""Ticks by which an input may be ahead of its usual lead while snapshots are late."""
_CALM_STEPS: Final = 30
"""Steps after which one tick of surplus lead is given up."""
REMEMBERED: Final = 1024
"""Steps for which acknowledgements are waited for: 34 s."""
_NOT_YET: Final = np.int64(2**62)
"""In place of a tick: larger than any acknowledgement."""


class Slice:
    """Writes the inputs of every `SLICES`-th client.

    A step is one intent of each client (see `client.input_latency`). It is sent with an input for a tick that has not
    had one. If there is none, because the server has fallen behind, the intent waits and the next input carries it. So
    a step is remembered by when it was due and by the tick of the input that carried it, per match.

    Both are rings over the last `REMEMBERED` steps. For one match, of which no snapshot came between steps 4 and 5::

        step      3    4    5    6
        _due    .10  .13  .17  .20
        _sent    53   54   55   55    step 5 waited, and went with the input for tick 55

    A snapshot with ack 54 answers the steps up to 4, and one with ack 55 answers steps 5 and 6 as well.

    Attributes:
        step: number of steps so far.
        unsent: rests of frames that a socket took in part, by slot.
        delayed: connections with a simulated network, by slot.
    """

    def __init__(
        self,
        number: int,
        clients: ClientColumns,
        matches: MatchColumns,
        adapter: ProtocolAdapter,
        io: BatchIO,
        chance: np.random.Generator,
        *,
        firing: bool,
    ) -> None:
        self.step = 0
        self.unsent: dict[int, bytes] = {}
        self.delayed: dict[int, DelayedLink] = {}
        self._number = number
        self._clients = clients
        self._matches = matches
        self._adapter = adapter
        self._io = io
        self._chance = chance
        self._slots = range(number, len(clients.fds), SLICES)
        self._generator = InputGenerator(len(self._slots), chance, firing=firing)
        self._due = np.zeros(REMEMBERED)
        self._sent: Whole = np.zeros((0, REMEMBERED), np.int64)
        self._next: Whole = np.zeros(0, np.int64)
        self._waiting: Whole = np.zeros(0, np.int64)

    def write(self, due: float, meter: Meter, now: float | None = None, *, sending: bool = True) -> None:
        """Do one step.

        Args:
            due: when it was due.
            now: the time; ``due`` if None.
            sending: whether to send inputs; otherwise all intents wait for the next step.
        """
        self._grow()
        at = self.step % REMEMBERED
        self._due[at] = due
        self._sent[:, at] = _NOT_YET
        fresh = self._choose_ticks() if sending else np.zeros(len(self._next), bool)
        self._attach(at, fresh)
        self.step += 1
        if not self._adapter.has_ticks or fresh.any():
            self._send(fresh, meter, due if now is None else now)

    def latencies(self, slots: Whole, acks: Whole, now: float) -> tuple[Floats, int]:
        """Return the latency of each intent that ``acks`` acknowledge, in seconds, and how many were given up.

        An intent that is too old to be remembered is given up; it took at least as long as the oldest remembered.

        Args:
            slots: clients of this slice, each once.
            acks: the newest acknowledgement of each.
        """
        clients = self._clients
        oldest = np.maximum(clients.answered[slots], self.step - REMEMBERED + 1)
        given_up = oldest - clients.answered[slots]
        found = [np.repeat(now - self._due[oldest % REMEMBERED], given_up)]
        rows, steps = clients.match[slots], oldest.copy()
        # Each turn of the loop answers one step of every client that has one answered; nearly all are done after two.
        active = np.arange(len(slots))
        while len(active):
            at = steps[active] % REMEMBERED
            answered = (steps[active] < self.step) & (self._sent[rows[active], at] <= acks[active])
            active, at = active[answered], at[answered]
            found.append(now - self._due[at])
            steps[active] += 1
        clients.answered[slots] = steps
        moved = steps > oldest
        clients.usual[slots[moved]] = now - self._due[(steps[moved] - 1) % REMEMBERED]
        return np.concatenate(found), int(given_up.sum())

    def overdue(self, slot: int, now: float) -> Floats:
        """Return how long each overdue intent of a client has waited, in seconds (see `client.input_latency`).

        Those too old to be remembered count as long as the oldest remembered.
        """
        clients = self._clients
        oldest = max(int(clients.answered[slot]), self.step - REMEMBERED + 1)
        waits: Floats = now - self._due[np.arange(oldest, self.step) % REMEMBERED]
        if oldest < self.step:
            waits = np.append(waits, np.full(oldest - int(clients.answered[slot]), waits[0]))
        overdue: Floats = waits[waits > clients.usual[slot] + OVERDUE_TICKS / STEPS_A_SECOND]
        return overdue

    def end_stay(self, slot: int, meter: Meter, now: float) -> None:
        """Record what became of the client in ``slot``, which leaves ``now``.

        What it still waits for and is overdue took at least as long as it has waited.
        """
        clients = self._clients
        if self._adapter.has_ticks and self._adapter.plays:
            waits = self.overdue(slot, now)
            meter.record_many("input_ack_ms", 1000 * waits)
            meter.count("unanswered_inputs", len(waits))
        arrived, first = float(clients.arrived[slot]), float(clients.first[slot])
        end = arrived
        if now - arrived > OVERDUE_TICKS / float(self._matches.rate[clients.match[slot]]):
            meter.record("snapshot_gap_ms", 1000 * (now - arrived))
            end = now
        if end > first:
            meter.record("snapshots_per_second", float(clients.snapshots[slot] - 1) / (end - first))
            meter.record("bytes_in_per_second", float(clients.bytes_in[slot]) / (end - first))

    def restart(self, match: int) -> None:
        """Note that ``match`` restarted: no snapshot will acknowledge inputs for its old ticks."""
        self._grow()
        self._next[match] = self._waiting[match] = 0
        self._sent[match] = _NOT_YET

    def newest(self, match: Whole) -> Whole:
        """Return the tick of the newest input to each match."""
        self._grow()
        return self._next[match]

    def _grow(self) -> None:
        more = len(self._matches.tick) - len(self._next)
        if more:
            self._next = np.append(self._next, np.zeros(more, np.int64))
            self._waiting = np.append(self._waiting, np.zeros(more, np.int64))
            self._sent = np.vstack((self._sent, np.full((more, REMEMBERED), _NOT_YET)))

    def _choose_ticks(self) -> npt.NDArray[np.bool_]:
        """Choose the tick of the next input to each match; returns True where that tick has had no input yet.

        Normally it is one more than last time. It never lags the usual lead by more than a tick, nor exceeds it by more
        than `_SLACK`; and every `_CALM_STEPS` steps, in a step of its own for each slice, a surplus shrinks by one.
        """
        heard = self._matches.tick
        ahead: Whole = heard + self._matches.lead
        ticks = np.maximum(self._next + 1, ahead - 1)
        if self.step % _CALM_STEPS == self._number:
            ticks = np.where(ticks > ahead, self._next, ticks)
        ticks = np.minimum(ticks, ahead + _SLACK)
        fresh = (ticks > self._next) & (heard > 0)
        self._next = np.where(fresh, ticks, self._next)
        return fresh

    def _attach(self, at: int, fresh: npt.NDArray[np.bool_]) -> None:
        """Note that this step, and all that waited, went with the next input to each ``fresh`` match."""
        self._sent[fresh, at] = self._next[fresh]
        for match in np.flatnonzero(fresh & (self._waiting > 0)):
            steps = np.arange(self.step - min(int(self._waiting[match]), REMEMBERED - 1), self.step)
            self._sent[match, steps % REMEMBERED] = self._next[match]
        self._waiting = np.where(fresh, 0, self._waiting + 1)

    def _send(self, fresh: npt.NDArray[np.bool_], meter: Meter, now: float) -> None:
        clients = self._clients
        self._generator.step()
        self._flush()
        match = clients.match[self._number :: SLICES]
        ticks = self._next[match] if len(self._next) else np.zeros(len(match), np.int64)
        frames = masked_frames(self._adapter.inputs(self.step, self._generator, ticks), self._chance)
        meant = fresh[match] if self._adapter.has_ticks else np.ones(len(match), np.bool_)
        near = meant & (clients.fds[self._number :: SLICES] >= 0)
        near[[slot // SLICES for slot in self.unsent]] = False
        sent, blocked = self._write(np.flatnonzero(near), frames)
        for slot, link in self.delayed.items():
            if meant[slot // SLICES]:
                taken = link.send(frames[slot // SLICES].tobytes(), now)
                sent += taken
                blocked += not taken
        meter.count("inputs", sent)
        meter.count("bytes_out", sent * frames.shape[1])
        if blocked:
            meter.count("inputs_blocked", blocked)

    def _write(self, places: Whole, frames: Payloads) -> tuple[int, int]:
        """Write the frames of the clients at ``places`` in the slice.

        Returns:
            How many sockets took their frame, at least in part, and how many had no room.
        """
        if not len(places):
            return 0, 0
        stride, some = frames.shape[1], frames[places]
        slots = places * SLICES + self._number
        written = self._io.write(self._clients.fds[slots], some.tobytes(), np.full(len(places), stride))
        for at in np.flatnonzero((written > 0) & (written < stride)).tolist():
            self.unsent[int(slots[at])] = some[at, written[at] :].tobytes()
        # Other errors mean a lost connection, as the next read will show.
        return int((written > 0).sum()), int((written == -errno.EAGAIN).sum())

    def _flush(self) -> None:
        for slot, rest in list(self.unsent.items()):
            try:
                written = os.write(int(self._clients.fds[slot]), rest)
            except BlockingIOError:
                continue
            except OSError:
                written = len(rest)
            if written < len(rest):
                self.unsent[slot] = rest[written:]
            else:
                del self.unsent[slot]
