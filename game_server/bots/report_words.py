"""What a report says in a sentence, on the page and in the terminal."""

from __future__ import annotations

from typing import Any, Final

_TROUBLES: Final = {
    "failed": "did not get in",
    "disconnects": "were cut off",
}
_FAULTS: Final = ("desyncs", "faults")
_LONG_AT_THE_DOOR_MS: Final = 100.0


def how_it_went(figures: dict[str, Any]) -> tuple[bool, str]:
    """Whether everybody got in and was there at the end, and no snapshot was wrong; and that in words."""
    clients = figures["clients"]
    troubles = [f"{figures[name]:,} of {clients:,} {said}" for name, said in _TROUBLES.items() if figures[name]]
    if figures["never_came"]:
        why = "never came" if figures["interrupted"] else "are unknown: their process of the tester ended"
        troubles.append(f"{figures['never_came']:,} of {clients:,} {why}")
    if figures["connected"] != clients and not troubles:
        troubles.append(f"{figures['connected']:,} of {clients:,} got in")
    if figures["lost_seats"]:
        troubles.append(f"{figures['lost_seats']:,} lost their seats")
    troubles += [f"{figures[name]:,} {name}" for name in _FAULTS if figures[name]]
    if troubles:
        return False, ", ".join(troubles)
    unanswered = figures["unanswered_inputs"]
    rest = f" {unanswered:,} inputs were overdue and not answered at the end." if unanswered else ""
    if figures["lost_links"]:
        links = f"{figures['lost_links']:,} connections broke, and whoever had one came back"
        return True, f"Everybody got in and was there at the end; {links}.{rest}"
    return True, f"Everybody got in and stayed; no desync, no snapshot out of order.{rest}"


def cautions(figures: dict[str, Any]) -> list[str]:
    """What to keep in mind when reading the figures."""
    said = ["The run was ended before its time."] if figures["interrupted"] else []
    silent = figures["server_silent_since"]
    if silent is not None:
        said.append(
            f"The server told nothing of itself from second {silent:g} on: its figures are of the time before, and "
            "conditions on them cannot be told."
        )
    wait = figures["door_wait_ms"]["p99"]
    if wait is not None and wait > _LONG_AT_THE_DOOR_MS:
        said.append(
            f"Clients of the swarm waited for one another for up to {wait:,.0f} ms (p99) before they could knock, and "
            "that is in connect_ms: let them come at a lower --rate, or spread them with --processes."
        )
    return said
