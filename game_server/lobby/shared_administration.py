"""Administration of all nodes at once: what the host of the process asks one of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

import trio

from game_server.cluster import MOVE_ANSWER, Answers, Neighbours, NodeCalls
from game_server.errors import GameServerError, RequestRefused
from game_server.lobby.administration import Administration, counted
from game_server.lobby.match_index import no_such_match
from game_server.lobby.person import Person
from game_server.lobby.refusal_messages import refusal
from game_server.protocol import (
    DRAIN_AFTER_ROUND,
    DRAIN_OFF,
    MAX_SERVER_TEXT,
    Admin,
    AdminDeed,
    Answer,
    MatchRow,
    RefusalCode,
)

logger = logging.getLogger("game_server.lobby")

_QUEUE: Final = 64
"""Commands that wait for their turn; only who has the token can give them."""
_AT_ONCE: Final = 8
"""Commands that are carried out at the same time; each may wait for other nodes."""
_NOT_THERE: Final = "the node that has it does not answer; try again"
_NO_DIRECTORY: Final = "the directory, which knows where it is, does not answer; try again"
_OF_PERSONS: Final = (AdminDeed.KICK, AdminDeed.BAN)


class SharedAdministration:
    """Carries out commands wherever what they are about is. `run` it once.

    Args:
        administration: of this node.
        calls: to the other nodes.
        neighbours: the other nodes.
        machine: the names of all nodes of this machine, this one included.
    """

    def __init__(
        self,
        administration: Administration,
        calls: NodeCalls,
        neighbours: Neighbours,
        machine: Sequence[str],
    ) -> None:
        self._own = administration
        self._calls = calls
        self._neighbours = neighbours
        self._machine = machine
        self._given, self._to_do = trio.open_memory_channel[tuple[Person, Admin]](_QUEUE)
        administration.pass_on = self._later
        calls.answer("admin", self._do)
        calls.answer("called", self._count)
        calls.answer("bans", lambda: sorted(administration.banned))
        calls.answer("countdown", lambda: administration.countdown)
        calls.answer("ban", administration.banned.update)
        calls.answer("say", administration.announce)

    async def run(self) -> None:
        """Carry out commands until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._learn)
            self._calls.after_gap(lambda: nursery.start_soon(self._learn))
            for _ in range(_AT_ONCE):
                nursery.start_soon(self._carry_out_all)

    async def _carry_out_all(self) -> None:
        async for person, asked in self._to_do:
            await self._carry_out(person, asked)

    def _later(self, person: Person, asked: Admin) -> None:
        try:
            self._given.send_nowait((person, asked))
        except trio.WouldBlock:
            raise RequestRefused(RefusalCode.WAIT, "too many commands are being carried out", 1) from None

    async def _carry_out(self, person: Person, asked: Admin) -> None:
        try:
            person.send(await self._answer(person.address, asked))
        except RequestRefused as refused:
            person.send(refusal(asked, refused))
        except (trio.TooSlowError, GameServerError) as error:
            logger.warning("an admin command could not be carried out: %r", error)
            person.send(refusal(asked, RequestRefused(RefusalCode.BUSY, _NOT_THERE, 1)))

    @property
    def _everybody(self) -> list[str]:
        return sorted({*self._machine, *self._neighbours.summaries})

    async def _answer(self, address: str, asked: Admin) -> Answer:
        fields = (asked.deed, asked.match, asked.subject, asked.text, asked.seconds)
        match asked.deed:
            case AdminDeed.MATCHES:
                return await self._matches(address, fields)
            case AdminDeed.STOP | AdminDeed.CANCEL:
                await self._learn_countdown()  # this node may be the only one that does not know what is cancelled
                answers = await self._ask_others("admin", address, *fields)
                text, _ = self._do(address, *fields)  # last, as a node that stops at once answers nobody after that
                text = _answered(text, answers)
            case AdminDeed.RESTART:
                text, _ = self._do(address, *fields)
            case AdminDeed.SAY if not (asked.match or asked.subject):
                text = self._own.check_line(asked.text)
                text = _answered("sent to everybody", await self._calls.ask_all(self._everybody, "say", text))
            case AdminDeed.SAY | AdminDeed.KICK | AdminDeed.BAN if asked.subject or asked.deed in _OF_PERSONS:
                node = await self._node_with(asked.subject, asked.match)
                text, _ = await self._calls.ask(node, "admin", address, *fields)
                if asked.deed == AdminDeed.BAN:
                    bans = await self._calls.ask(node, "bans")
                    text = _answered(text, await self._calls.ask_all(self._everybody, "ban", bans))
            case AdminDeed.MOVE:
                to = self._node_called(asked.subject)
                node = await self._calls_for(asked.match)
                text = await self._calls.ask(node, "move", asked.match, to, within=MOVE_ANSWER)
            case AdminDeed.DRAIN:
                text = await self._drain(asked)
            case _:
                node = await self._calls_for(asked.match)
                text, _ = await self._calls.ask(node, "admin", address, *fields)
        return Answer(text)

    async def _drain(self, asked: Admin) -> str:
        nodes = [self._node_called(asked.subject)] if asked.subject else self._machine
        if asked.text == DRAIN_OFF:
            answers = await self._calls.ask_all(nodes, "drain off")
        elif asked.text in ("", DRAIN_AFTER_ROUND):
            after_round = asked.text == DRAIN_AFTER_ROUND
            answers = await self._calls.ask_all(nodes, "drain", after_round, asked.seconds, nodes)
        else:
            text = f"a drain is {DRAIN_AFTER_ROUND!r}, {DRAIN_OFF!r} or '', not {asked.text!r}"
            raise RequestRefused(RefusalCode.BAD_OPTION, text)
        if answers.refused and not answers.values:
            raise next(iter(answers.refused.values()))
        said = answers.values | {node: refused.reason for node, refused in answers.refused.items()}
        return _answered("; ".join(text for _, text in sorted(said.items())), answers)

    async def _matches(self, address: str, fields: tuple[Any, ...]) -> Answer:
        answers = await self._calls.ask_all(self._everybody, "admin", address, *fields)
        # By code: a match that moves while the nodes answer is in two answers.
        matches: dict[str, tuple[MatchRow, str]] = {}
        people = 0
        for node, (connected, found) in sorted(answers.values.items()):
            people += int(connected)
            matches |= {row.id: (row, node) for row in (MatchRow(*values) for values in found)}
        text = f"{counted(len(matches), 'match', 'matches')}, {counted(max(0, people - 1), 'person', 'people')}"
        listed = matches.values()
        return Answer(_answered(text, answers), tuple(row for row, _ in listed), tuple(node for _, node in listed))

    def _node_called(self, name: str) -> str:
        """The node called ``name``.

        Raises:
            RequestRefused: `BAD_OPTION`; there is none.
        """
        if name not in self._everybody:
            text = f"there is no node {name!r}; there are {', '.join(self._everybody)}"
            raise RequestRefused(RefusalCode.BAD_OPTION, text[:MAX_SERVER_TEXT])
        return name

    async def _calls_for(self, code: str) -> str:
        """The node that has the match with ``code``, this one if nobody has it.

        Raises:
            RequestRefused: `BUSY`; another node may have it, but the directory cannot be asked.
        """
        if self._own.has(code):
            return self._calls.name
        name = await self._neighbours.find(code.strip().upper(), for_certain=True)
        if name is None and self._neighbours.directory_is_gone:
            raise RequestRefused(RefusalCode.BUSY, _NO_DIRECTORY, 1)
        return name or self._calls.name

    async def _node_with(self, subject: str, match: str) -> str:
        """The node with the only person called ``subject``.

        Raises:
            RequestRefused: `NO_SUCH_PLAYER`; `NO_SUCH_MATCH`; `BUSY`: they may be on a node that does not answer.
        """
        nodes = [await self._calls_for(match)] if match else self._everybody
        answers = await self._calls.ask_all(nodes, "called", subject, match)
        found = {node: count for node, count in answers.values.items() if count}
        if sum(found.values()) > 1:
            text = f"{sum(found.values())} people are called {subject!r}; say in which match"
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, text)
        if not found and answers.silent:
            raise RequestRefused(RefusalCode.BUSY, f"no answer from {', '.join(answers.silent)}; try again", 1)
        if not found:
            if match and not answers.values:
                raise no_such_match(match)
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"nobody is called {subject!r}")
        return next(iter(found))

    # What another node asks of this one

    def _do(self, address: str, deed: int, match: str, subject: str, text: str, seconds: int) -> tuple[Any, Any]:
        asked = Admin("", deed, match, subject, text, seconds)
        if deed == AdminDeed.MATCHES:
            return self._own.people, [tuple(row) for row in self._own.rows()]
        return self._own.do(address, asked).text, ()

    def _count(self, subject: str, match: str) -> int:
        return self._own.count(subject, match)

    async def _learn(self) -> None:
        """Learn who is banned, and whether the server stops, from nodes that have run for longer or heard more."""
        for banned in (await self._ask_others("bans")).values.values():
            self._own.banned.update(banned)
        await self._learn_countdown()

    async def _learn_countdown(self) -> None:
        if self._own.countdown is None:
            for countdown in (await self._ask_others("countdown")).values.values():
                if countdown:
                    self._own.count_down(*countdown)

    async def _ask_others(self, kind: str, *arguments: Any) -> Answers:
        """What the other nodes of this machine answer."""
        others = [name for name in self._machine if name != self._calls.name]
        return await self._calls.ask_all(others, kind, *arguments)


def _answered(text: str, answers: Answers) -> str:
    """``text``, which says what was done, and who may not have done it: that is no reason to do it again.

    Raises:
        RequestRefused: `BUSY`; nobody has done anything.
    """
    if not answers.silent:
        return text
    silent = f"no answer from {', '.join(answers.silent)}"
    if not text:
        raise RequestRefused(RefusalCode.BUSY, f"{silent}; try again"[:MAX_SERVER_TEXT], 1)
    return f"{text}; {silent}"[:MAX_SERVER_TEXT]
