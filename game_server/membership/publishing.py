"""What a node publishes of itself: that it is there, and the matches that it has."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

import game_server
from game_server.cluster import PUBLISH_EVERY, ROW_TTL, Directory, Node, NodeRow, NodeSummary, PublishedMatch
from game_server.errors import ConfigError, DirectoryUnavailable, NodeNameTaken
from game_server.lobby import HostedMatch, Lobby, OpenedElsewhere
from game_server.protocol import PROTOCOL_VERSION

logger = logging.getLogger("game_server.server")

LOOK_EVERY: Final = 0.25
"""Seconds between two looks at whether a name is free."""


class Publishing:
    """Lets the other nodes see what there is here. `run` it once.

    Args:
        node: this one.
        lobby: its people and matches.
        opened: has the digest of an address.
        directory: where all publish.
        stopping: returns whether this process stops.
    """

    def __init__(
        self, node: Node, lobby: Lobby, opened: OpenedElsewhere, directory: Directory, stopping: Callable[[], bool]
    ) -> None:
        self._node = node
        self._lobby = lobby
        self._opened_elsewhere = opened
        self._directory = directory
        self._stopping = stopping
        self._started = time.time()
        self._opened = trio.Event()
        self._changed = trio.Event()
        self._leaving = False
        self._name_is_taken = False
        self._serial = 0

    async def run(self) -> None:
        """Publish each second, and at once after `soon`, from `opened` until cancelled."""
        await self._opened.wait()
        while True:
            self._changed = trio.Event()
            await self.publish()
            with trio.move_on_after(PUBLISH_EVERY):
                await self._changed.wait()

    async def wait_for_name(self) -> None:
        """Wait until nothing is published under the name of this node: a process that was killed left that behind.

        Raises:
            ConfigError: another node has the name, and lives.
        """
        until = trio.current_time() + ROW_TTL + PUBLISH_EVERY
        with suppress(DirectoryUnavailable):
            while any(self._is_namesake(node) for node in await self._directory.nodes()):
                if trio.current_time() > until:
                    raise ConfigError(str(NodeNameTaken(self._node.name)))
                await trio.sleep(LOOK_EVERY)

    async def opened(self) -> None:
        """Let the others see from now on what there is here: matches are open, and connections are accepted.

        Raises:
            ConfigError: another node has the name of this one.
        """
        await self.publish()
        if self._name_is_taken:
            raise ConfigError(str(NodeNameTaken(self._node.name)))
        self._opened.set()

    def soon(self) -> None:
        """Have what has changed seen before its time."""
        self._changed.set()

    async def publish(self) -> None:
        """Let the other nodes see what there is here now."""
        if self._leaving:
            return
        self._serial += 1
        try:
            await self._directory.publish(self.row())
            self._name_is_taken = False
        except DirectoryUnavailable:
            pass  # it logs its outages
        except NodeNameTaken as error:
            if not self._name_is_taken:
                logger.warning("the other nodes do not see this one: %s", error)
            self._name_is_taken = True

    async def leave(self) -> None:
        """Take this node, which stops, off the list of the others."""
        self._leaving = True
        with suppress(DirectoryUnavailable):
            await self._directory.withdraw(self._node.name, self._instance)

    @property
    def _instance(self) -> str:
        return f"{self._node.machine}-{self._node.number}"

    def _is_namesake(self, node: NodeSummary) -> bool:
        return node.name == self._node.name and node.instance != self._instance

    def row(self) -> NodeRow:
        """What this node publishes."""
        lobby, node = self._lobby, self._node
        matches = tuple(self._published(match) for match in lobby.match_index)
        best = max((match.row.people for match in matches if match.is_open and match.has_seat), default=-1)
        summary = NodeSummary(
            name=node.name,
            instance=self._instance,
            machine=node.machine,
            url=node.url,
            version=f"{game_server.__version__}/{PROTOCOL_VERSION}",
            started=self._started,
            draining=self._stopping() or lobby.hosting.draining,
            is_full=len(matches) >= lobby.options.limits.max_matches,
            people=len(lobby.people),
            matches=len(matches),
            best=best,
            serial=self._serial,
        )
        return NodeRow(summary, matches)

    def _published(self, match: HostedMatch) -> PublishedMatch:
        address = self._lobby.match_index.opened_from(match.id)
        return PublishedMatch(
            match.row(), match.is_open, match.is_watchable, match.has_seat, self._opened_elsewhere.digest(address)
        )
