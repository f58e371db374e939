"""What a server has to do for people, as a fleet counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs


@attrs.frozen
class Load:
    """Counts of one process, or of all processes of a server.

    Attributes:
        matches: that are open.
        players: seats that people have, held ones included.
        kept: matches that would be missed: somebody has a seat there, or somebody has opened them.
        open: processes that open matches; 0 while the server drains, or stops.
    """

    matches: int = 0
    players: int = 0
    kept: int = 0
    open: int = 0

    @classmethod
    def read(cls, report: Mapping[str, int]) -> Load:
        """The load that a process reports, which may be of another version and so count other things."""
        known = {field.name for field in attrs.fields(cls)}
        return cls(**{name: count for name, count in report.items() if name in known})

    @classmethod
    def sum(cls, loads: Iterable[Load]) -> Load:
        """Add ``loads`` up."""
        rows = [attrs.astuple(load) for load in loads]
        return cls(*map(sum, zip(*rows, strict=True)))
