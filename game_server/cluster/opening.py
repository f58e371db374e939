"""The directory that a node uses: that of its supervisor, or Redis."""

from __future__ import annotations

from typing import Protocol

import trio

from game_server.cluster.directory import Directory
from game_server.cluster.local import LocalDirectory
from game_server.cluster.node import Node
from game_server.errors import ConfigError


class RunningDirectory(Directory, Protocol):
    """A directory that is run while it is used."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep connections until cancelled.

        Raises:
            ConfigError: it can never be used as it was chosen.
        """
        ...


def open_directory(node: Node, channels: tuple[str, ...]) -> RunningDirectory:
    """The directory of ``node``, to be run.

    Args:
        node: its place in the cluster.
        channels: that it listens to.

    Raises:
        ConfigError: coredis is not installed.
    """
    if node.redis is None:
        return LocalDirectory(node.directory)
    try:
        from game_server.cluster.redis import RedisDirectory  # noqa: PLC0415 - an extra, which most do not install
    except ImportError as error:
        raise ConfigError("--redis needs coredis: pip install 'game-server[redis]'") from error
    return RedisDirectory(node.redis, node.shared_prefix, channels)
