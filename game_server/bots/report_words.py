"""What a report says in a sentence, on the page and in the terminal."""

from __future__ import annotations

from typing import Any, Final

_TROUBLES: Final = {
    "failed": "did not get in",
    "never_came": "never came",
    "disconnects": "were cut off",
}
_FAULTS: Final = ("desyncs", "faults")


def how_it_went(figures: dict[str, Any]) -> tuple[bool, str]:
    """Whether everybody got in and was there at the end, and no snapshot was wrong; and that in words."""
    clients = figures["clients"]
    troubles = [f"{figures[name]:,} of {clients:,} {said}" for name, said in _TROUBLES.items() if figures[name]]
    if figures["connected"] != clients and not troubles:
        troubles.append(f"{figures['connected']:,} of {clients:,} got in")
    if figures["lost_seats"]:
        troubles.append(f"{figures['lost_seats']:,} lost their seats")
    troubles += [f"{figures[name]:,} {name}" for name in _FAULTS if figures[name]]
    if troubles:
        return False, ", ".join(troubles)
    if figures["lost_links"]:
        links = f"{figures['lost_links']:,} connections broke, and whoever had one came back"
        return True, f"Everybody got in and was there at the end; {links}."
    return True, "Everybody got in and stayed; no desync, no snapshot out of order."
