"""What a stay of a client of the swarm came to."""

from __future__ import annotations

from game_server.client.input_latency import OVERDUE_TICKS
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.client_columns import ClientColumns, MatchColumns
from game_server.loadtest.swarm.slice import Slice


def tell_end(
    slot: int, seats: ClientColumns, matches: MatchColumns, of: Slice, meter: Meter, now: float, *, inputs: bool
) -> None:
    """The client in ``slot`` leaves: what it still waits for, and is overdue, has taken so long at least.

    Args:
        of: the slice that it is of.
        inputs: whether its inputs are acknowledged.
    """
    if inputs:
        waits = of.overdue(slot, now)
        meter.record_many("input_ack_ms", 1000 * waits)
        meter.count("unanswered_inputs", len(waits))
    arrived, first = float(seats.arrived[slot]), float(seats.first[slot])
    end = arrived
    if now - arrived > OVERDUE_TICKS / float(matches.rate[seats.match[slot]]):
        meter.record("snapshot_gap_ms", 1000 * (now - arrived))
        end = now
    if end > first:
        meter.record("snapshots_per_second", float(seats.snapshots[slot] - 1) / (end - first))
        meter.record("bytes_in_per_second", float(seats.bytes_in[slot]) / (end - first))
