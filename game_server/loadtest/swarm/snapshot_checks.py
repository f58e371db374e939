"""Checks of received snapshots, many clients at a time: their order, acknowledgements and times of arrival."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.client_columns import SLICES, ClientColumns, Floats, MatchColumns, Whole
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.snapshot_scan import Headers, read_headers

NoteArrival = Callable[[int, float], None]
"""Called with the slot of a client at its first snapshot, and the time."""


class SnapshotChecks:
    """Checks snapshots by their headers.

    Args:
        note_arrival: called at the first snapshot of each client.
        has_ticks: whether snapshots have headers.
    """

    def __init__(
        self,
        clients: ClientColumns,
        matches: MatchColumns,
        slices: list[Slice],
        meter: Meter,
        note_arrival: NoteArrival,
        *,
        has_ticks: bool,
    ) -> None:
        self._clients = clients
        self._matches = matches
        self._slices = slices
        self._meter = meter
        self._note_arrival = note_arrival
        self._has_ticks = has_ticks

    def check(self, slots: Whole, headers: Headers, sizes: Whole, now: float) -> None:
        """Take in one snapshot each of many clients.

        Args:
            slots: the clients, each once.
            headers: the header of each snapshot.
            sizes: bytes received with each.
        """
        clients, meter = self._clients, self._meter
        clients.snapshots[slots] += 1
        clients.bytes_in[slots] += sizes
        before = clients.arrived[slots]
        first = np.isnan(before)
        clients.arrived[slots] = now
        meter.count("snapshots", len(slots))
        meter.record_many("snapshot_gap_ms", 1000 * (now - before[~first]))
        if first.any():
            clients.first[slots[first]] = now
            for slot in slots[first].tolist():
                of = self._slices[slot % SLICES]
                if slot in of.delayed:
                    # A player intends nothing before seeing something, on a delayed link well after the welcome.
                    clients.answered[slot] = of.step
                self._note_arrival(slot, now)
        if self._has_ticks:
            self._check_headers(slots, headers, first, now)

    def restart(self, slot: int, now: float) -> None:
        """Note that the match of the client in ``slot`` restarted: its ticks count from 0 again.

        Other clients of the match hear of that a little earlier or later, and until then receive snapshots of the old
        world: comparing `ClientColumns.world` with `MatchColumns.world` shows which.
        """
        clients, matches, match = self._clients, self._matches, int(self._clients.match[slot])
        clients.world[slot] += 1
        clients.tick[slot] = clients.ack[slot] = 0
        if clients.world[slot] > matches.world[match]:
            matches.restart(match, now)
            for one in self._slices:
                one.restart(match)
        clients.answered[slot] = self._slices[slot % SLICES].step

    def _check_headers(self, slots: Whole, headers: Headers, first: npt.NDArray[np.bool_], now: float) -> None:
        clients, meter, matches = self._clients, self._meter, self._matches
        # Columns of this batch, one row a snapshot. Four clients of one match, all at tick 70 before:
        #
        #   ticks  acks  last  acked
        #      71    71    70     70   as it should be
        #      72    72    70     70   no snapshot of tick 71: missed_ticks
        #      71    70    70     70   no input for tick 71 in time: late_inputs
        #      70    70    70     70   the same tick again: faults
        ticks, acks, depths = read_headers(headers)
        match = clients.match[slots]
        last, acked = clients.tick[slots], clients.ack[slots]
        current = clients.world[slots] == matches.world[match]
        np.maximum.at(matches.tick, match[current], ticks[current])
        ages = now - matches.zero[match] - ticks / matches.rate[match]
        meter.record_many("snapshot_age_ms", 1000 * ages[~np.isnan(ages)])
        later = ~first
        missed = int((ticks - last - 1)[later & (ticks > last)].sum())
        wrong = later & ((ticks <= last) | (acks < acked))
        waits: list[Floats] = []
        for number, one in enumerate(self._slices):
            here = np.flatnonzero(slots % SLICES == number)
            if not len(here):
                continue
            newest = one.newest(match[here])
            unasked = acks[here] > np.maximum(newest, acked[here])
            wrong[here] |= later[here] & current[here] & unasked
            fresh = last[here] == 0
            ahead = ticks[here] + matches.lead[match[here]]
            clients.asked[slots[here[fresh]]] = np.maximum(newest, ahead)[fresh] + 1
            latencies, given_up = one.latencies(slots[here], acks[here], now)
            waits.append(latencies)
            if given_up:
                meter.count("unanswered_inputs", given_up)
        # Before the first acknowledgement inputs may be on their way; one for a tick that is over is late.
        late = later & (acks < ticks) & ((acked > 0) | (ticks > clients.asked[slots]))
        meter.record_many("input_ack_ms", 1000 * np.concatenate(waits))
        meter.record_many("input_depth", depths.astype(np.float64))
        for name, times in (("missed_ticks", missed), ("faults", int(wrong.sum())), ("late_inputs", int(late.sum()))):
            if times:
                meter.count(name, times)
        clients.tick[slots], clients.ack[slots] = ticks, acks
