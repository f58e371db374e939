"""The directory: which node has which match, which nodes there are, and what they say to each other; the port of it.

A *claim* says that a node has the match with a code. It stands for a *lease*, which its node renews, and carries an
*epoch*, which grows whenever the match changes hands. A lease that has lapsed does not make the code free: its node may
be cut off from the directory and play on. It only lets somebody else who has the match's journal take it over.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import attrs
import trio

from game_server.cluster.rows import NodeRow, NodeSummary

LEASE: Final = 10.0
"""Seconds for which a claim stands without being renewed: five times `RENEW_EVERY`, so that lost calls cost nothing."""
RENEW_EVERY: Final = 2.0
"""Seconds between two renewals of all claims of a node."""
PUBLISH_EVERY: Final = 1.0
"""Seconds between two rows of a node: half of the age that a list of matches may have."""
ROW_TTL: Final = 5.0
"""Seconds after which a node that publishes nothing is not listed any more; its next row lists it again."""
REMEMBERED: Final = 600.0
"""Seconds for which a claim that lapsed is remembered: nobody is given the code of a match that may go on."""
HISTORY: Final = 50
"""Messages of a channel that are kept for those who come later."""
MAX_SAID: Final = 64 * 1024
"""Bytes of a message to a channel."""
MAX_BLOB: Final = 8 * 1024 * 1024
"""Bytes of a blob: the checkpoint of a match of 64 players and its history takes some hundreds of kilobytes."""
HOLD_FOR: Final = 60.0
"""Seconds for which a nickname is held: a node that dies gives back what its people had, who come back sooner."""
PREFIX: Final = "game-server:"
"""Of all keys and channels of a cluster in a Redis, unless its operator chooses another one."""
GAP: Final = "gap"
"""The channel of the notice that messages may have been lost: `Directory.history` has the latest."""


@attrs.frozen
class Claim:
    """The right of ``node`` to run the match with ``code``, which is its owner number ``epoch``, counted from 1."""

    code: str
    node: str
    epoch: int


class Directory(Protocol):
    """The directory, as a node uses it.

    Every call returns or raises within a few seconds, and none has an effect after that: a call that reaches the
    directory later is dropped there.

    Each method raises `DirectoryUnavailable` if there is no answer in time, in which case the call may have had its
    effect or not, and the caller goes on without.
    """

    async def claim(self, code: str, node: str, journalled: int | None = None) -> Claim:
        """Claim ``code`` for ``node``, with an epoch above all earlier ones of the code.

        Args:
            journalled: the epoch with which ``node`` last had the match, according to its journal; 0 if the journal has
                none. None for a new match.

        Raises:
            CodeTaken: a new match must have a code that nobody has, or had within `REMEMBERED`. One with a journal must
                be this node's own, or its lease have lapsed with an epoch that is not above ``journalled``: somebody
                who had it later has a newer journal.
        """
        ...

    async def renew(self, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Let each of ``claims`` of ``node`` stand for another `LEASE`; returns those that do not stand any more.

        A claim of which the directory knows nothing is set again: it has lost what it had.
        """
        ...

    async def transfer(self, claim: Claim, node: str) -> Claim:
        """Replace ``claim``, if it is the newest of its code, by one of ``node`` with the next epoch.

        Raises:
            CodeTaken: it is not; nothing has changed.
        """
        ...

    async def release(self, claim: Claim) -> None:
        """Give up ``claim``, if it is the newest of its code: the match has ended, and its lease lapses at once.

        The code stays taken for `REMEMBERED`: a node that had the match earlier, and was frozen, learns that it moved.
        """
        ...

    async def owner(self, code: str) -> Claim | None:
        """The newest claim of ``code``, lapsed or not; None if nobody has it."""
        ...

    async def publish(self, row: NodeRow) -> None:
        """Replace what a node has published. It is listed for `ROW_TTL` seconds.

        Raises:
            NodeNameTaken: another instance uses the name.
        """
        ...

    async def withdraw(self, name: str, instance: str) -> None:
        """Take a node that stops off the list."""
        ...

    async def nodes(self) -> tuple[NodeSummary, ...]:
        """All nodes that have published within `ROW_TTL`, by name. The answer may be half a second old."""
        ...

    async def rows(self, names: Iterable[str]) -> tuple[NodeRow, ...]:
        """What the nodes with ``names`` have published; without those that are not listed."""
        ...

    async def say(self, channel: str, data: bytes) -> None:
        """Send ``data``, at most `MAX_SAID` bytes, to everybody who subscribes, and keep it in the history.

        At most once: a subscriber who is cut off misses it.
        """
        ...

    def subscribe(self) -> AbstractAsyncContextManager[trio.MemoryReceiveChannel[tuple[str, bytes]]]:
        """Receive what is said on all channels while the context lasts, one's own messages included.

        `GAP` comes in place of messages that were, or may have been, lost.
        """
        ...

    async def history(self, channel: str) -> tuple[bytes, ...]:
        """The last `HISTORY` messages of ``channel``, the oldest first."""
        ...

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        """Hold ``names`` for ``holder`` alone, for `HOLD_FOR` seconds from now on; False if another one has any."""
        ...

    async def free(self, holder: str, names: Iterable[str]) -> None:
        """Let others hold those of ``names`` that ``holder`` has."""
        ...

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        """Keep ``data``, at most `MAX_BLOB` bytes, under ``key`` for ``ttl`` seconds."""
        ...

    async def take(self, key: str) -> bytes | None:
        """The data under ``key``, which nobody can take a second time; None if there is none."""
        ...
