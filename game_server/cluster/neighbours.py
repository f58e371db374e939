"""What a node knows of the others: who they are, and which matches they have."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Final

import trio

from game_server.cluster.directory import ROW_TTL, Directory
from game_server.cluster.rows import NodeRow, NodeSummary, PublishedMatch
from game_server.errors import DirectoryUnavailable

logger = logging.getLogger("game_server.cluster")

LOOK_EVERY: Final = 0.5
"""Seconds between two looks: with what a node publishes each second, a list is at most 1.5 s old."""
MANY: Final = 100
"""Nodes beyond which each looks less often, so that a thousand of them take less than half a core of a Redis."""
LOOK_EVERY_OF_MANY: Final = 0.9
"""Seconds; a list is at most 2 s old then."""
MOST_MATCHES: Final = 800
"""Matches of other machines that are read: those of the nodes with the fullest open ones. That takes 3 ms, between
ticks; for all 100,000 of a thousand nodes there is no time, and a list of them is of use to nobody."""
NOTE_STANDS: Final = ROW_TTL
"""Seconds for which what was noted stands against the rows: they may have been published before it."""
FRESH: Final = 2.5
"""Seconds since a node has published within which it is taken to work: it does so each second, and is seen later."""
REMEMBERED: Final = 60.0
"""Seconds for which it is remembered which node had a match that is not listed any more: it may come back."""

MOST_URLS: Final = 4096
"""Addresses of nodes that are remembered, those of nodes that are gone included: more than any cluster has machines."""


class Neighbours:
    """The other nodes of the cluster. `run` it once.

    Args:
        directory: where they publish.
        name: of this node.
        machine: of this node.

    Attributes:
        summaries: of the others, by name.
        rows: what those publish whose matches are listed here, by name.
        urls: where the others are reached, or were: pages from a machine that is gone connect here.
    """

    def __init__(self, directory: Directory, name: str, machine: str) -> None:
        self.summaries: dict[str, NodeSummary] = {}
        self.rows: dict[str, NodeRow] = {}
        self.urls: dict[str, None] = {}
        self._directory = directory
        self._name = name
        self._machine = machine
        self._had: dict[str, tuple[str, float]] = {}
        """By code, which node has or had the match, and until when that is remembered."""
        self._noted: dict[str, float] = {}
        """By code, until when what was noted of the match stands against the rows."""
        self._heard: dict[str, tuple[int, float]] = {}
        """By node, the serial of what it has published last, and when that was first seen."""
        self._gone = False

    async def run(self) -> None:
        """Look again and again, until cancelled; what was last known stands while the directory is gone."""
        while True:
            await self.look()
            await trio.sleep(LOOK_EVERY if len(self.summaries) < MANY else LOOK_EVERY_OF_MANY)

    async def look(self) -> None:
        """Look at what the others publish."""
        try:
            nodes = [node for node in await self._directory.nodes() if node.name != self._name]
            near = [node for node in nodes if node.machine == self._machine]
            far = [node for node in nodes if node.machine != self._machine]
            rows = await self._directory.rows([node.name for node in near + _fullest(far)]) if nodes else ()
        except DirectoryUnavailable as error:
            if not self._gone:
                logger.warning("the list of other nodes stays as it is: %s", error)
            self._gone = True
            return
        self._gone = False
        self.summaries = {node.name: node for node in nodes}
        for node in nodes:  # the newest come last
            self.urls.pop(node.url, None)
            self.urls[node.url] = None
        while len(self.urls) > MOST_URLS:
            del self.urls[next(iter(self.urls))]
        self.rows = {row.summary.name: row for row in rows}
        now = trio.current_time()
        for node in nodes:
            if self._heard.get(node.name, (-1, 0.0))[0] != node.serial:
                self._heard[node.name] = node.serial, now
        self._heard = {name: heard for name, heard in self._heard.items() if name in self.summaries}
        self._had = {code: had for code, had in self._had.items() if had[1] > now}
        self._noted = {code: until for code, until in self._noted.items() if until > now}
        for row in rows:
            for match in row.matches:
                if match.row.id not in self._noted:
                    self._had[match.row.id] = row.summary.name, now + REMEMBERED

    def matches(self) -> Iterator[tuple[NodeSummary, PublishedMatch]]:
        """The matches of the others that are listed here, private ones included."""
        for row in self.rows.values():
            for match in row.matches:
                if self.node_of(match.row.id) == row.summary.name:  # it has not moved since
                    yield row.summary, match

    @property
    def people(self) -> int:
        """People at other nodes."""
        return sum(node.people for node in self.summaries.values())

    def near(self) -> list[str]:
        """The names of the other nodes of this machine."""
        return [name for name, node in self.summaries.items() if node.machine == self._machine]

    def is_fresh(self, name: str) -> bool:
        """Whether the node called ``name`` has published a short time ago, and so is likely to work."""
        return trio.current_time() - self.heard_at(name) <= FRESH

    def heard_at(self, name: str) -> float:
        """When it was seen that the node called ``name`` has published again; minus infinity if it is not listed."""
        return self._heard.get(name, (0, -math.inf))[1]

    @property
    def directory_is_gone(self) -> bool:
        """Whether the directory did not answer when it was last asked: what is not known here may be somewhere."""
        return self._gone

    def is_near(self, name: str) -> bool:
        """Whether the node called ``name``, listed or not, is another one of this machine, as far as is known."""
        node = self.summaries.get(name)
        return node is not None and node.machine == self._machine

    def node_of(self, code: str) -> str | None:
        """Which other node has the match with ``code``, or had it a short time ago; None if that is not known."""
        had = self._had.get(code)
        return had[0] if had else None

    async def find(self, code: str, *, for_certain: bool = False) -> str | None:
        """Which other node has the match with ``code``, by what is known here or in the directory; None for nobody.

        Args:
            for_certain: ask the directory first, as for somebody who was sent here: the match may just have moved.
        """
        known = self.node_of(code)
        if known and not for_certain:
            return known
        try:
            claim = await self._directory.owner(code)
        except DirectoryUnavailable:
            self._gone = True
            return known
        if claim is None:  # after its loss, the directory may know less than the nodes have published
            return known
        if claim.node == self._name:
            self.forget(code)
            return None
        self.note(code, claim.node)
        return claim.node

    def note(self, code: str, name: str) -> None:
        """Note that the node ``name`` has the match with ``code``, before it has published that."""
        now = trio.current_time()
        self._had[code], self._noted[code] = (name, now + REMEMBERED), now + NOTE_STANDS

    def forget(self, code: str) -> None:
        """Note that no other node has the match with ``code``: it may have moved here."""
        self._had.pop(code, None)
        self._noted[code] = trio.current_time() + NOTE_STANDS


def _fullest(nodes: list[NodeSummary]) -> list[NodeSummary]:
    """The nodes with the fullest open matches, as many as have `MOST_MATCHES`."""
    chosen, matches = [], 0
    for node in sorted(nodes, key=lambda node: (node.best, node.people), reverse=True):
        if matches >= MOST_MATCHES:
            break
        chosen.append(node)
        matches += node.matches
    return chosen
