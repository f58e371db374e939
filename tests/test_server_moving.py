"""Two nodes of one cluster in this process: a match goes from one to the other, or stays where it was."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
import trio

from game_server import server
from game_server.cli.admin import AccessOptions, drain
from game_server.cluster import DIRECTORY, Claim, MemoryDirectory, Node, serve_directory
from game_server.errors import JournalError
from game_server.listening import listen
from game_server.lobby.match.hosted_match import MOVED, HostedMatch
from game_server.membership.draining import GAME_IS_GONE
from game_server.protocol import (
    DRAIN_AFTER_ROUND,
    DRAIN_OFF,
    Admin,
    AdminDeed,
    Chat,
    Elsewhere,
    Home,
    HomeCode,
    Join,
    Leave,
    RefusalCode,
    Refused,
    Snapshot,
    Watch,
)
from game_server.server import Server
from game_server.simulation import Mode
from tests.live_server import Served, toy_options, wish
from tests.simulation.toy_game import Restless, Toy
from tests.transport.clients import HttpClient
from tests.waiting import bounded, happened_on_disk


@attrs.define
class Nodes:
    """Two nodes of one machine, called ``n-0`` and ``n-1``.

    Attributes:
        directory: that of their supervisor.
    """

    a: Served
    b: Served
    directory: MemoryDirectory
    token: str = "t" * 20

    async def move(self, code: str) -> bool:
        assert self.a.server.membership
        with bounded(8):
            return not await self.a.server.membership.moving.move(code, "n-1")

    async def command(
        self, deed: AdminDeed, match: str = "", node: str = "", text: str = "", *, at: Served | None = None
    ) -> Any:
        """The answer to an admin at the first node, or at another one."""
        guest = await (at or self.a).come("Grace")
        answer = await guest.ask(Admin(self.token, deed, match, node, text))
        await guest.vanish()
        return answer

    async def move_all(self) -> int:
        """Let the first node make way; how many matches are left there."""
        assert self.a.server.membership
        with bounded(30):
            return await self.a.server.membership.emptying.make_way()

    def match_of(self, served: Served, code: str) -> HostedMatch:
        return served.server.match_index.find(code)


@pytest.fixture
async def nodes(
    tmp_path: Path,
    nursery: trio.Nursery,
    jumping_clock: None,  # noqa: ARG001
    small_site: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Nodes]:
    monkeypatch.setattr(server, "site_directory", lambda: small_site)
    with TemporaryDirectory() as folder:
        directory = MemoryDirectory()
        await nursery.start(serve_directory, directory, Path(folder, DIRECTORY))
        served = []
        async with trio.open_nursery() as starting:
            for number, name in enumerate(("n-0", "n-1")):
                chosen = {"data": tmp_path / name, "recordings": False, "admin_token": "t" * 20}
                options = toy_options(options=chosen, game=Restless)
                [listener] = await listen("127.0.0.1", 0)
                descriptor = os.dup(listener.socket.fileno())
                await listener.aclose()
                place = Node(name, number, 2, b"k" * 32, (descriptor,), Path(folder), "machine", "http://127.0.0.1:1")
                node = Served(Server(options, place))

                async def run(task_status: trio.TaskStatus[str], node: Served = node) -> None:
                    await node.server.run(node.stop, task_status=task_status)
                    node.stopped.set()

                starting.start_soon(nursery.start, run)
                served.append(node)
        yield Nodes(served[0], served[1], directory)
        for node in served:
            node.hang_up()
            node.stop.set()
            await happened_on_disk(node.stopped)


async def code_of(nodes: Nodes) -> str:
    return nodes.a.match.id


async def status_of(served: Served, path: str) -> int:
    return (await HttpClient(await served.dial()).get(path)).status


async def test_a_match_goes_on_at_the_other_node_at_the_same_tick(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    await ada.ticks(10)
    match = nodes.match_of(nodes.a, code)
    assert await nodes.move(code)
    there = nodes.match_of(nodes.b, code)
    assert there.match.world.tick >= match.match.world.tick > 0
    assert [member.nickname for member in there.state.roster] == ["Ada"]
    assert nodes.a.server.match_index.get(code) is None
    assert await nodes.directory.owner(code) == Claim(code, "n-1", 2)


async def test_players_are_sent_on_and_take_their_seats_again(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    await ada.ticks(5)
    assert await nodes.move(code)
    sent = await ada.next(Elsewhere)
    assert sent.url == f"/ws?match={code}"
    back = await nodes.b.resume(ada.welcome.token)
    assert (back.welcome.player, back.welcome.nickname) == (ada.welcome.player, "Ada")
    assert (await back.ticks(3))[0] > ada.welcome.tick


async def test_spectators_and_those_who_wait_are_sent_on_too(nodes: Nodes) -> None:
    code = await code_of(nodes)
    for name in ("Ada", "Grace", "Alan", "Joan"):
        await nodes.a.join(name)
    vera, kate = await nodes.a.watch("Vera", code), await nodes.a.come("Kate")
    await kate.ask(Join(code, "", 1))
    assert await nodes.move(code)
    for guest in (vera, kate):
        assert (await guest.next(Elsewhere)).url == f"/ws?match={code}"


async def test_a_match_that_the_other_node_does_not_take_goes_on(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    await ada.ticks(5)
    assert nodes.b.server.membership
    ownership = nodes.b.server.membership._ownership
    monkeypatch.setattr(ownership, "prepare", lambda *_: fail())
    before = nodes.match_of(nodes.a, code).match.world.tick
    assert not await nodes.move(code)
    await ada.ticks(5)
    assert nodes.match_of(nodes.a, code).match.world.tick > before
    assert await nodes.directory.owner(code) == Claim(code, "n-0", 2)


async def test_a_match_that_is_offered_to_nobody_goes_on(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    assert nodes.a.server.membership
    with bounded(8):
        why = await nodes.a.server.membership.moving.move(code, "nobody")
    assert why == "nobody has not answered within 3 s"
    await ada.ticks(5)


async def test_people_who_come_while_a_match_moves_are_asked_to_try_again(nodes: Nodes) -> None:
    code = await code_of(nodes)
    grace = await nodes.a.come("Grace")
    match = nodes.match_of(nodes.a, code)
    match.stand_still()
    for request in (Join(code), Watch(code)):
        refused = await grace.ask(request)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.wait) == (RefusalCode.BUSY, 1)
    match.go_on()
    await grace.enter(Join(code))


async def test_who_goes_while_a_match_stands_still_is_gone_afterwards(nodes: Nodes) -> None:
    await nodes.a.join("Ada")
    match = nodes.a.match
    [person] = [member.person for member in match.state.roster]
    assert person
    match.stand_still()
    match.leave(person)
    assert match.people == 1
    match.go_on()
    assert match.people == 0


async def test_a_match_that_another_node_has_ends_here(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    claim = await nodes.directory.owner(code)
    assert claim
    await nodes.directory.transfer(claim, "n-1")
    home: Any = await ada.next(Home, within=4.0)
    assert home.text == MOVED


async def test_a_match_that_is_closed_while_it_moves_is_gone_here(nodes: Nodes) -> None:
    code = await code_of(nodes)
    match = nodes.match_of(nodes.a, code)
    moving: list[str] = []
    async with trio.open_nursery() as nursery:

        async def move() -> None:
            assert nodes.a.server.membership
            moving.append(await nodes.a.server.membership.moving.move(code, "nobody"))

        nursery.start_soon(move)
        await trio.sleep(0.5)
        assert match.stands_still
        match.end(HomeCode.ENDED, "Enough.")
    assert moving == ["nobody has not answered within 3 s"]
    assert nodes.a.server.match_index.get(code) is None


async def test_a_match_whose_rules_cannot_be_packed_goes_on(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    match = nodes.match_of(nodes.a, code)

    def fails() -> bytes:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:  # the journal takes checkpoints as well, now and then
        patched.setattr(match.match, "checkpoint", fails)
        assert not await nodes.move(code)
    await ada.ticks(5)


async def test_a_node_that_stops_is_not_listed_any_more(nodes: Nodes) -> None:
    await trio.sleep(1.5)
    assert [node.name for node in await nodes.directory.nodes()] == ["n-0", "n-1"]
    nodes.a.stop.set()
    await happened_on_disk(nodes.a.stopped)
    assert [node.name for node in await nodes.directory.nodes()] == ["n-1"]


async def test_an_admin_moves_a_match_to_a_node_by_name(nodes: Nodes) -> None:
    code = await code_of(nodes)
    for served, text in ((nodes.b, "goes on at n-1"), (nodes.a, "is at n-1 already")):
        guest = await served.come("Grace")
        answer: Any = await guest.ask(Admin(nodes.token, AdminDeed.MOVE, code, "n-1"))
        assert text in answer.text
    guest = await nodes.a.come("Alan")
    answer = await guest.ask(Admin(nodes.token, AdminDeed.MOVE, code, "c"))
    assert answer.code == RefusalCode.BAD_OPTION
    assert answer.text.endswith("there is no node 'c'; there are n-0, n-1")


async def test_an_admin_moves_a_match_by_a_node_that_has_not_heard_where_it_is(nodes: Nodes) -> None:
    code = await code_of(nodes)
    assert nodes.b.server.membership
    nodes.b.server.membership.neighbours.note(code, "n-9")
    answer: Any = await (await nodes.b.come("Grace")).ask(Admin(nodes.token, AdminDeed.MOVE, code, "n-1"))
    assert "goes on at n-1" in answer.text


def drains(served: Served, _: pytest.MonkeyPatch) -> None:
    served.server.lobby.hosting.draining = True


def is_full(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    lobby = served.server.lobby
    limits = attrs.evolve(lobby.options.limits, max_matches=0)
    monkeypatch.setattr(lobby, "options", attrs.evolve(lobby.options, limits=limits))
    monkeypatch.setattr(lobby.match_index, "_most", 0)


def has_other_rules(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.server.lobby.hosting, "_rules", {"toy": "other"})


def has_no_such_game(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    hosting = served.server.lobby.hosting
    monkeypatch.setattr(hosting, "_options", attrs.evolve(hosting._options, games={}))


def does_not_answer(served: Served, _: pytest.MonkeyPatch) -> None:
    assert served.server.membership
    served.server.membership.calls.hear("offers:n-1", lambda _: None)


@pytest.mark.parametrize(
    ("is_so", "why"),
    [
        (drains, "n-1 does not take it: the node drains"),
        (is_full, "n-1 does not take it: match limit (0) reached"),
        (has_other_rules, "n-1 does not take it: the rules of toy are of another version"),
        (has_no_such_game, "n-1 does not take it: there is no game toy"),
        (does_not_answer, "n-1 has not answered within 3 s"),
    ],
)
async def test_an_admin_is_answered_why_a_match_does_not_move(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, is_so: Callable[[Served, pytest.MonkeyPatch], None], why: str
) -> None:
    code = await code_of(nodes)
    is_so(nodes.b, monkeypatch)
    refused = await nodes.command(AdminDeed.MOVE, code, "n-1")
    assert refused.code == RefusalCode.BUSY
    assert refused.text == f"You cannot move: Friday ({code}) stays at n-0, as {why}"
    assert not nodes.match_of(nodes.a, code).stands_still


async def test_an_admin_at_another_node_waits_for_what_becomes_of_a_move(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await code_of(nodes)
    does_not_answer(nodes.b, monkeypatch)
    refused = await nodes.command(AdminDeed.MOVE, code, "n-1", at=nodes.b)
    assert refused.text == f"You cannot move: Friday ({code}) stays at n-0, as n-1 has not answered within 3 s"


async def test_a_match_does_not_stand_still_for_a_node_that_is_gone(nodes: Nodes) -> None:
    code = await code_of(nodes)
    nodes.b.stop.set()
    await happened_on_disk(nodes.b.stopped)
    began = trio.current_time()
    refused = await nodes.command(AdminDeed.MOVE, code, "n-1")
    assert refused.text.endswith("as n-1 does not answer")
    assert trio.current_time() - began < 2


async def test_where_a_match_has_gone_that_nobody_was_in_is_known_at_once(nodes: Nodes) -> None:
    code = await code_of(nodes)
    membership = nodes.a.server.membership
    assert membership
    assert await nodes.move(code)
    assert membership.neighbours.node_of(code) == "n-1"
    await membership.neighbours.look()
    assert membership.neighbours.node_of(code) == "n-1"


async def test_a_node_that_drains_moves_its_matches_and_opens_no_more(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    guest = await nodes.a.come("Grace")
    answer: Any = await guest.ask(Admin(nodes.token, AdminDeed.DRAIN, "", "n-0"))
    assert answer.text == "n-0 drains: 1 match to move"
    assert (await ada.next(Elsewhere)).url == f"/ws?match={code}"
    sent: Any = await guest.ask(wish())
    assert sent.url == "/ws?match="  # where another node opens it
    assert len(nodes.a.server.match_index) == 0
    assert nodes.match_of(nodes.b, code).people == 1


async def test_who_drains_a_node_is_answered_why_no_other_one_takes_its_matches(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_a_round(monkeypatch)
    await nodes.a.join("Ada")
    for node in nodes.a, nodes.b:
        is_full(node, monkeypatch)
        assert node.server.membership
        await node.server.membership.publishing.publish()
    assert nodes.a.server.membership
    await nodes.a.server.membership.neighbours.look()
    answer = await nodes.command(AdminDeed.DRAIN, "", "n-0")
    assert answer.text.startswith("n-0 drains: 1 match to move; all other nodes are full or drain: they end after")
    answer = await nodes.command(AdminDeed.DRAIN)
    assert "n-0 drains: 1 match to move; there is no other node: they end after their rounds; n-1 dr" in answer.text


async def test_a_second_drain_is_answered_why_matches_were_not_taken(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_a_round(monkeypatch)
    ada = await nodes.a.join("Ada")
    assert nodes.b.server.membership
    monkeypatch.setattr(nodes.b.server.membership._ownership, "prepare", lambda *_: fail())
    await nodes.command(AdminDeed.DRAIN, "", "n-0")
    await ada.ticks(20)
    answer = await nodes.command(AdminDeed.DRAIN, "", "n-0")
    assert answer.text == "n-0 drains: 1 match to move; n-1 does not take it: no"


async def test_a_node_whose_drain_is_over_takes_newcomers_and_matches_again(nodes: Nodes) -> None:
    ada, code = await nodes.a.join("Ada"), await code_of(nodes)
    await nodes.command(AdminDeed.DRAIN, "", "n-0")
    await ada.next(Elsewhere)
    answer = await nodes.command(AdminDeed.DRAIN, "", "n-0", DRAIN_OFF)
    assert answer.text == "n-0 takes newcomers again"
    guest = await nodes.a.come("Bob")
    assert len(nodes.a.server.match_index) == 0  # what was moved stays where it is
    await guest.enter(wish())
    assert len(nodes.a.server.match_index) == 1
    assert nodes.b.server.membership
    with bounded(8):
        assert not await nodes.b.server.membership.moving.move(code, "n-0")
    assert (await nodes.command(AdminDeed.DRAIN, "", "n-0", DRAIN_OFF)).text == "n-0 does not drain"


async def test_a_drain_is_ended_from_the_command_line(nodes: Nodes, capsys: pytest.CaptureFixture[str]) -> None:
    url, access = nodes.a.server.url, AccessOptions(nodes.token)
    assert await drain(url, node="n-0", access=access) == 0
    assert await drain(url, node="n-0", off=True, access=access) == 0
    assert capsys.readouterr().out == "n-0 drains: 1 match to move\nn-0 takes newcomers again\n"


async def test_a_drain_that_ends_early_leaves_the_rest_where_it_is(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = play_a_round(monkeypatch)
    ada = await nodes.a.join("Ada")
    await nodes.command(AdminDeed.DRAIN, "", "n-0", DRAIN_AFTER_ROUND)
    await nodes.command(AdminDeed.DRAIN, "", "n-0", DRAIN_OFF)
    goes_on[0] = False
    await ada.ticks(40)
    assert nodes.a.match.people == 1


async def test_after_a_drain_the_machine_is_ready_and_has_the_matches_of_its_host(nodes: Nodes) -> None:
    both = nodes.a, nodes.b
    names = sorted(match.name for node in both for match in node.server.match_index)
    await nodes.command(AdminDeed.DRAIN)
    await trio.sleep(20)
    assert [len(node.server.match_index) for node in both] == [0, 0]
    assert [await status_of(node, "/readyz") for node in both] == [503, 503]
    answer = await nodes.command(AdminDeed.DRAIN, text=DRAIN_OFF)
    assert answer.text == "n-0 takes newcomers again; n-1 takes newcomers again"
    assert [await status_of(node, "/readyz") for node in both] == [200, 200]
    await trio.sleep(1)
    assert sorted(match.name for node in both for match in node.server.match_index) == names


async def test_a_process_that_is_to_end_goes_on_draining(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    play_a_round(monkeypatch)
    await nodes.a.join("Ada")
    assert nodes.a.server.membership
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(nodes.a.server.membership.emptying.retire, 20, ends=True))
        await trio.sleep(1)
        refused = await nodes.command(AdminDeed.DRAIN, "", "n-0", DRAIN_OFF)
        assert refused.code == RefusalCode.STOPPING
        assert refused.text.endswith("n-0 goes on draining: its process is to end")
        nursery.cancel_scope.cancel()


async def test_new_matches_have_claimed_codes_and_end_with_their_claims(nodes: Nodes) -> None:
    match = nodes.a.match
    assert await nodes.directory.owner(match.id) == Claim(match.id, "n-0", 1)


async def test_without_the_directory_matches_go_on(nodes: Nodes) -> None:
    ada = await nodes.a.join("Ada")
    nodes.directory.state._held.clear()
    await ada.next(Snapshot)
    with bounded(20):
        while await nodes.directory.owner(nodes.a.match.id) is None:
            await ada.ticks(5)


def play_a_round(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Let toys have rounds; whether one goes on."""
    goes_on = [True]
    monkeypatch.setattr(Toy, "round_goes_on", property(lambda _: goes_on[0]))
    return goes_on


async def test_a_drain_in_a_way_that_does_not_exist_is_refused(nodes: Nodes) -> None:
    refused: Any = await (await nodes.a.come("Grace")).ask(Admin(nodes.token, AdminDeed.DRAIN, "", "n-0", "soon"))
    assert refused.code == RefusalCode.BAD_OPTION
    assert not nodes.a.server.lobby.hosting.draining


async def test_by_the_end_of_the_round_a_match_stays_until_then_or_the_next_drain(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_a_round(monkeypatch)
    ada = await nodes.a.join("Ada")
    await (await nodes.a.come("Grace")).ask(Admin(nodes.token, AdminDeed.DRAIN, "", "n-0", DRAIN_AFTER_ROUND))
    await ada.ticks(20)
    assert len(nodes.a.server.match_index) == 1
    await (await nodes.a.come("Grace")).ask(Admin(nodes.token, AdminDeed.DRAIN, "", "n-0"))
    await ada.next(Elsewhere)


async def test_where_the_rules_are_others_a_match_begins_again_when_its_round_is_over(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = play_a_round(monkeypatch)
    nodes.b.server.lobby.hosting._rules = {"toy": "other"}
    ada, bob, eve = [await nodes.a.join(name) for name in ("Ada", "Bob", "Eve")]
    code = ada.welcome.match.id
    await bob.say(Leave())
    await bob.next(Home)
    await ada.ticks(10)
    guest = await nodes.a.come("Grace")
    await guest.ask(Admin(nodes.token, AdminDeed.DRAIN, "", "n-0"))
    await ada.ticks(20)
    before = nodes.a.match.match.world.tick
    assert nodes.a.match.id == code  # the round goes on, and so it is still here
    goes_on[0] = False
    for lost in (ada, eve):
        assert (await lost.next(Elsewhere)).url == f"/ws?match={code}"
        back = await nodes.b.resume(lost.welcome.token)
        assert (back.welcome.player, back.welcome.nickname) == (lost.welcome.player, lost.welcome.nickname)
        assert back.welcome.tick < before
    assert sorted(nodes.match_of(nodes.b, code).match.players) == [ada.welcome.player, eve.welcome.player]
    assert (await nodes.directory.owner(code)) == Claim(code, "n-1", 2)


async def test_a_match_that_begins_again_keeps_its_bots_and_its_chat(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_a_round(monkeypatch)[0] = False
    nodes.b.server.lobby.hosting._rules = {"toy": "other"}
    host = await nodes.a.come("Ada")
    code = (await host.enter(wish(bots=2))).match.id
    await host.say(Chat("hello"))
    await host.next_line()
    await nodes.move_all()
    sent = await host.next(Elsewhere)
    back = await nodes.b.resume(host.welcome.token)
    there = nodes.match_of(nodes.b, code)
    assert (sent.url, there.state.roster.bot_count) == (f"/ws?match={code}", 2)
    assert back.welcome.host == host.welcome.player
    assert (await back.next_line()).text == "hello"


async def test_a_match_whose_mode_is_gone_where_it_goes_begins_there_in_the_first_one(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_a_round(monkeypatch)[0] = False
    calm, wild = Mode("calm", "Calm"), Mode("wild", "Wild")
    monkeypatch.setattr(Toy, "modes", (calm, wild))
    host = await nodes.a.come("Ada")
    code = (await host.enter(wish(mode="wild"))).match.id
    nodes.b.server.lobby.hosting._rules = {"toy": "other"}
    monkeypatch.setattr(Toy, "modes", (calm,))
    assert await nodes.move_all() == 0
    await host.next(Elsewhere)
    back = await nodes.b.resume(host.welcome.token)
    assert (back.welcome.match.id, back.welcome.player) == (code, host.welcome.player)
    assert nodes.match_of(nodes.b, code).match.game.rules.mode == "calm"
    assert (await back.next_line()).text.startswith("The rules of this game have changed: there is no mode 'wild'")


async def test_a_match_whose_game_is_gone_everywhere_else_ends_and_its_people_read_why(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await nodes.a.join("Ada")
    hosting = nodes.b.server.lobby.hosting
    monkeypatch.setattr(hosting, "_options", attrs.evolve(hosting._options, games={}))
    hosting._rules = {}
    assert await nodes.move_all() == 0
    assert (await ada.next(Home)).text == GAME_IS_GONE


@pytest.mark.parametrize("near", [True, False])
async def test_a_match_of_the_host_stays_open_when_empty_on_its_own_machine_alone(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, near: bool
) -> None:
    code = await code_of(nodes)
    monkeypatch.setattr(nodes.b.server.lobby.others, "is_of_this_machine", lambda _name: near)
    assert await nodes.move(code)
    assert nodes.match_of(nodes.b, code).opening.stays is near


async def test_what_cannot_begin_again_by_the_rules_there_stays(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    play_a_round(monkeypatch)[0] = False
    nodes.b.server.lobby.hosting._rules = {"toy": "other"}
    ada = await nodes.a.join("Ada")
    monkeypatch.setattr(nodes.b.server.lobby.hosting, "take_in", lambda *_, **__: fail())
    assert await nodes.move_all() == 1
    await ada.ticks(3)


def fail() -> None:
    raise JournalError("no")
