"""Which process of the machine a WebSocket is for, with stand-ins for the people here and for the other nodes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio

from game_server.cluster import MemoryDirectory, Neighbours, Node, Ticket, Tickets
from game_server.membership.placing import FAILED_FOR, UNEVEN, NodePlacing
from tests.cluster.directories import row_of

pytestmark = pytest.mark.usefixtures("jumping_clock")

KEY = b"k" * 32
NODE = Node("w-0", 0, 3, KEY, (), Path("/s"), "machine", "http://127.0.0.1:8000")


class Placed:
    """The placing of ``w-0``, which has ``here`` people, beside nodes that have published how many they have."""

    def __init__(self, here: int, *, draining: bool = False) -> None:
        self.directory = MemoryDirectory()
        self.neighbours = Neighbours(self.directory, "w-0", "machine")
        self.tickets = Tickets(KEY, lambda: 1e9)
        hosting = SimpleNamespace(draining=draining)
        lobby: Any = SimpleNamespace(people=[None] * here, hosting=hosting, match_index={"HERE": object()})
        self.placing = NodePlacing(NODE, lobby, self.neighbours, self.tickets)

    async def publish(self, name: str, people: int, *, match: str = "", **changed: Any) -> None:
        row = row_of(name, people=people, match=match or f"M-{name}")
        await self.directory.publish(attrs.evolve(row, summary=attrs.evolve(row.summary, **changed)))
        await self.neighbours.look()

    async def place(self) -> str:
        path = await self.placing.place("", "")
        return path.stem if path else ""


async def test_newcomers_go_to_the_process_with_fewest_people_if_it_has_eight_less() -> None:
    placed = Placed(20)
    await placed.publish("w-1", 20 - UNEVEN - 2)
    await placed.publish("w-2", 20 - UNEVEN + 1)
    # Each counts for one there, until it has published again.
    assert [await placed.place() for _ in range(4)] == ["w-1", "w-1", "w-1", ""]
    await placed.publish("w-1", 20 - UNEVEN, serial=1)
    assert await placed.place() == "w-1"
    await placed.publish("w-1", 20 - UNEVEN + 1, serial=2)
    assert await placed.place() == ""


async def test_where_no_other_process_is_known_newcomers_stay() -> None:
    assert await Placed(100).place() == ""


async def test_a_process_that_drains_hands_over_all_who_come() -> None:
    placed = Placed(0, draining=True)
    await placed.publish("w-1", 50)
    assert await placed.place() == "w-1"


@pytest.mark.parametrize(("node", "draining"), [("w-1", True), ("elsewhere-1", False)])
async def test_newcomers_do_not_go_to_a_node_that_drains_or_is_of_another_machine(node: str, draining: bool) -> None:
    placed = Placed(100)
    await placed.publish(node, 0, draining=draining)
    assert await placed.place() == ""
    assert not placed.placing.others_take_newcomers


async def test_newcomers_go_to_a_process_again_five_seconds_after_it_has_not_taken_one() -> None:
    placed = Placed(100)
    await placed.publish("w-1", 0)
    placed.placing.failed(Path("/s/w-1.sock"))
    assert await placed.place() == ""
    assert not placed.placing.others_take_newcomers
    await trio.sleep(FAILED_FOR)
    assert await placed.place() == ""  # nor to one that has not been heard of since
    await placed.publish("w-1", 0, serial=1)
    assert await placed.place() == "w-1"
    assert placed.placing.others_take_newcomers


async def test_who_names_a_match_goes_to_the_process_that_has_it() -> None:
    placed = Placed(0)
    await placed.publish("w-1", 0, match="THERE")
    await placed.publish("far-0", 0, match="FAR", machine="other")
    found = {code: await placed.placing.place(code, "") for code in ("HERE", "THERE", "FAR", "NOWHERE")}
    assert found == {"HERE": None, "THERE": Path("/s/w-1.sock"), "FAR": None, "NOWHERE": None}


@pytest.mark.parametrize(("code", "at"), [("MOVED", "w-2"), ("OTHER", "w-1"), (None, "w-1")])
async def test_who_was_sent_for_a_match_goes_where_the_directory_says_and_others_do_not(
    code: str | None, at: str
) -> None:
    placed = Placed(0)
    await placed.publish("w-1", 0, match="MOVED")
    await placed.directory.claim("MOVED", "w-2")
    ticket = placed.tickets.issue(Ticket(code, 1)) if code else "no ticket"
    assert await placed.placing.place("MOVED", ticket) == Path(f"/s/{at}.sock")


async def test_pages_of_the_other_machines_may_connect_and_a_ticket_is_taken_once() -> None:
    placed = Placed(0)
    await placed.publish("far-0", 0, url="https://far.example", machine="other")
    assert list(placed.placing.origins()) == ["https://far.example"]
    ticket = placed.tickets.issue(Ticket("HERE", 1))
    assert [placed.placing.takes(ticket) for _ in range(2)] == [True, False]
