"""What one of several server processes knows of its place among them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import attrs

from game_server.cluster.directory import PREFIX
from game_server.cluster.rows import NodeSummary

DIRECTORY: Final = "directory"
"""The name of the socket at which a supervisor serves its directory."""


@attrs.frozen
class Node:
    """A server process among those that one supervisor has started.

    Attributes:
        name: unique in the cluster.
        number: its place among the ``workers`` of its supervisor, from 0.
        workers: how many there are.
        key: signs session tokens, so that each of them takes those of the others.
        listening: descriptors of the sockets on which all of them accept connections.
        sockets: the directory in which each of them takes over connections from the others.
        machine: names the supervisor.
        url: where clients reach all of them.
        redis: address of the Redis that is the directory; None for the supervisor's.
        redis_prefix: of what is in it.
    """

    name: str
    number: int
    workers: int
    key: bytes = attrs.field(repr=False)
    listening: tuple[int, ...]
    sockets: Path
    machine: str
    url: str
    redis: str | None = attrs.field(default=None, repr=False)
    redis_prefix: str = PREFIX

    @property
    def machine_nodes(self) -> tuple[str, ...]:
        """The names of all nodes of this machine, this one included."""
        base = self.name.removesuffix(f"-{self.number}")
        return tuple(f"{base}-{number}" for number in range(self.workers))

    @property
    def machine_others(self) -> tuple[str, ...]:
        """The names of the other nodes of this machine."""
        return tuple(name for name in self.machine_nodes if name != self.name)

    def is_near(self, other: NodeSummary) -> bool:
        """Whether ``other`` is a node of this machine."""
        return other.machine == self.machine

    @property
    def shared_prefix(self) -> str:
        """What all begins with that it has in Redis: servers with another key have nothing of it in common."""
        return f"{self.redis_prefix}{hashlib.blake2b(self.key, digest_size=8, person=b'key id').hexdigest()}:"

    @property
    def directory(self) -> Path:
        """The socket at which the supervisor serves its directory, beside Redis for calls within the machine alone."""
        return self.sockets / DIRECTORY

    def socket_of(self, name: str) -> Path:
        """Where the process called ``name`` takes over connections."""
        return self.sockets / f"{name}.sock"

    def opens(self, number: int) -> bool:
        """Whether it is this process that opens the match with this ``number`` among those of the host."""
        return number % self.workers == self.number
