"""What a process knows of its place among the others."""

from __future__ import annotations

from pathlib import Path

import attrs

from game_server.cluster import Node
from tests.cluster.directories import summary_of

NODE = Node("berlin-1", 1, 3, b"k" * 32, (5,), Path("/run/sockets"), "machine", "http://berlin")


def test_a_node_knows_the_names_of_all_nodes_of_its_machine() -> None:
    assert NODE.machine_nodes == ("berlin-0", "berlin-1", "berlin-2")
    assert NODE.machine_others == ("berlin-0", "berlin-2")


def test_a_node_of_the_same_supervisor_is_near() -> None:
    assert NODE.is_near(summary_of("a"))
    assert not attrs.evolve(NODE, machine="other").is_near(summary_of("a"))


def test_sockets_are_in_the_directory_of_the_supervisor() -> None:
    assert NODE.socket_of("berlin-2") == Path("/run/sockets/berlin-2.sock")
    assert NODE.directory == Path("/run/sockets/directory")


def test_each_match_of_the_host_is_opened_by_one_process_of_the_machine() -> None:
    nodes = [attrs.evolve(NODE, name=f"berlin-{number}", number=number) for number in range(3)]
    assert [[node.number for node in nodes if node.opens(match)] for match in range(5)] == [[0], [1], [2], [0], [1]]


def test_what_is_in_redis_is_below_the_prefix_and_a_digest_of_the_secret() -> None:
    begins, digest, end = NODE.shared_prefix.split(":")
    assert (begins, end) == ("game-server", "")
    assert len(bytes.fromhex(digest)) == 8
    assert attrs.evolve(NODE, redis_prefix="mine:").shared_prefix == f"mine:{digest}:"
    assert attrs.evolve(NODE, key=b"l" * 32).shared_prefix != NODE.shared_prefix


def test_the_address_of_redis_is_not_shown_since_it_may_have_a_password() -> None:
    shown = repr(attrs.evolve(NODE, redis="redis://:secret@10.0.0.5"))
    assert "secret" not in shown
    assert "kkkk" not in shown
    assert NODE.redis is None
