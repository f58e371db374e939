"""A match as people meet it: nicknames, bots that fill seats, chat, and who is told what."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from typing import Any, Final

import attrs
import trio

from game_server.errors import JoinRefused
from game_server.lobby.names import clean, clean_chat, folded, nickname_from
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import encode
from game_server.protocol.limits import CHAT_BURST, CHAT_PER_SECOND, MAX_CLIENT_NAME
from game_server.protocol.messages import (
    BOT,
    CHAT_EVENT,
    JOINED_EVENT,
    LEFT,
    LEFT_EVENT,
    PERSON,
    WRITES_TOO_FAST,
    Chat,
    Hello,
    MatchInfo,
    Notice,
    RosterEntry,
    Welcome,
)
from game_server.protocol.rate import TokenBucket
from game_server.simulation.drive import drive
from game_server.simulation.game import SKILLS, Game
from game_server.simulation.garbage import Garbage
from game_server.simulation.match import Match, Outlet, Player, Wire
from game_server.simulation.world import World

logger = logging.getLogger("game_server.lobby")

CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits that are not taken for one another."""
CODE_LENGTH: Final = 6

BOT_NAMES: Final = (
    "Argon", "Basalt", "Cobalt", "Dune", "Ember", "Flint", "Garnet", "Hazel", "Indigo", "Juniper", "Krypton",
    "Lumen", "Mistral", "Nimbus", "Onyx", "Pyrite", "Quartz", "Rune", "Sable", "Tundra", "Umber", "Vesper", "Willow",
    "Xenon", "Yarrow", "Zephyr",
)  # fmt: skip
FAILED: Final = "the match failed and was closed; a new one is about to open"


@attrs.frozen
class MatchOptions:
    """What a host chooses for a match.

    ``bots`` is how many seats bots hold; they give one up when a person finds no other. ``bot_skill`` is one of
    `SKILLS`, or ``mixed`` for each in turn. ``seed`` decides the map and all chance; None draws one.
    """

    name: str
    game: type[Game]
    tick_rate: int = 30
    max_players: int = 16
    bots: int = 0
    bot_skill: str = "mixed"
    seed: int | None = None
    hashed: bool = False


@attrs.define
class Person:
    """Somebody in the match, person or bot."""

    nickname: str
    kind: int
    chat: TokenBucket | None = None


class HostedMatch:
    """A `Match` and those who are in it.

    Args:
        options: what the host chose.
        timeout: seconds of silence that `welcome` announces.
        now: a steady clock in seconds, for the rate of chat.

    Attributes:
        id: six letters and digits, what a link names the match by.
        match: the ticking part.
        roster: who is in, by player.
        people: persons among them.
        expected: persons for whom a seat is kept who have not taken it yet.
    """

    def __init__(self, options: MatchOptions, *, timeout: float, now: Callable[[], float]) -> None:
        self.options = options
        self.id = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        self.seed = secrets.randbits(32) if options.seed is None else options.seed
        world = World(seed=self.seed, max_players=options.max_players, tick_rate=options.tick_rate)
        self.match = Match(options.game(world), on_chat=self._chat, hashed=options.hashed)
        self.roster: dict[int, Person] = {}
        self.people = 0
        self.expected = 0
        self._names: set[str] = set()
        self._running = trio.CancelScope()
        self._over = False
        self._setup = self.match.game.setup()
        self._timeout = timeout
        self._now = now
        self._bot_random = random.Random(self.seed)
        self._bots_made = 0
        self._fill()

    @property
    def has_seat(self) -> bool:
        """Whether there is a seat for one more person, taken by nobody or by a bot."""
        return self.people + self.expected < self.options.max_players

    async def run(self, wire: Wire | None = None, *, phase: float = 0.0, garbage: Garbage | None = None) -> None:
        """Tick until cancelled, or until the rules raise; every connection is then closed with 1011.

        Args:
            wire, phase, garbage: as for `drive`.
        """
        try:
            with self._running:
                await drive(self.match, wire, phase=phase, garbage=garbage)
        except Exception as error:
            self._fail(error)

    def join(self, hello: Hello, outlet: Outlet) -> Player:
        """Seat whoever said ``hello``, send the welcome, and tell the others.

        Raises:
            JoinRefused: every seat is held by a person, or the match has failed.
        """
        if self._over:
            raise JoinRefused(CloseCode.INTERNAL_ERROR, FAILED)
        try:
            if len(self.roster) >= self.options.max_players:
                self._give_up_a_bot()
            player = self.match.seat(outlet=outlet)
        except JoinRefused:
            raise
        except Exception as error:
            self._fail(error)
            raise JoinRefused(CloseCode.INTERNAL_ERROR, FAILED) from error
        nickname = self._enter(player.number, hello.nickname, PERSON)
        outlet.send(encode(self._welcome(player.number)))
        client = clean(hello.client, MAX_CLIENT_NAME) or "client unnamed"
        logger.info("%s joined as player %d (%s)", nickname, player.number, client)
        return player

    def leave(self, number: int, reason: int = LEFT) -> None:
        """Take the seat ``number`` back and tell the others why; a bot takes it if bots are short."""
        if self._over:
            return
        logger.info("%s left", self.roster[number].nickname)
        try:
            self._unseat(number, reason)
            self._fill()
        except Exception as error:
            self._fail(error)

    def close(self, code: int, reason: str) -> None:
        """Close every connection with ``code`` and ``reason``."""
        for player in self.match.players.values():
            if player.outlet:
                player.outlet.close(code, reason)

    def status(self) -> dict[str, Any]:
        """What the list of matches says of this one."""
        profile = self.match.profile
        return {
            "id": self.id,
            "name": self.options.name,
            "game": self.options.game.name,
            "phase": self.match.game.phase(),
            "players": len(self.roster),
            "people": self.people,
            "bots": len(self.roster) - self.people,
            "max_players": self.options.max_players,
            "tick": self.match.world.tick,
            "tick_rate": self.options.tick_rate,
            "counts": self.match.counts(),
            "ticks_dropped": profile.dropped,
            "tick_lateness_ms": attrs.asdict(profile.lateness),
            "tick_duration_ms": attrs.asdict(profile.duration),
            "tick_phases_ms": {name: attrs.asdict(spent) for name, spent in profile.phase_durations.items()},
        }

    def _fail(self, error: Exception) -> None:
        """The barrier between matches: whatever the rules raise ends this one alone."""
        tick = self.match.world.tick
        logger.error("match %s failed at tick %d and was closed", self.id, tick, exc_info=error)
        self._over = True
        self._running.cancel()
        self.close(CloseCode.INTERNAL_ERROR, FAILED)

    def _welcome(self, number: int) -> Welcome:
        options, world = self.options, self.match.world
        return Welcome(
            player=number,
            nickname=self.roster[number].nickname,
            match=MatchInfo(self.id, options.name, options.game.name, options.max_players),
            tick_rate=options.tick_rate,
            tick=world.tick,
            timeout=self._timeout,
            schema=self.match.replication.schema.to_wire(),
            setup=self._setup,
            roster=tuple(RosterEntry(n, person.nickname, person.kind) for n, person in sorted(self.roster.items())),
        )

    def _chat(self, number: int, message: Chat) -> None:
        person, outlet = self.roster[number], self.match.players[number].outlet
        text = clean_chat(message.text)
        if not text:
            return
        if person.chat and not person.chat.take(1, self._now()):
            if outlet:
                outlet.send(encode(Notice(WRITES_TOO_FAST, "You write too fast; that line was not sent.")))
            return
        self.match.announce((CHAT_EVENT, number, text))

    def _fill(self) -> None:
        bots = len(self.roster) - self.people
        for _ in range(min(self.options.bots - bots, self.options.max_players - len(self.roster))):
            self._add_bot()

    def _add_bot(self) -> None:
        options = self.options
        skill = SKILLS[self._bots_made % len(SKILLS)] if options.bot_skill == "mixed" else options.bot_skill
        wish = BOT_NAMES[self._bots_made % len(BOT_NAMES)]
        seed = self._bot_random.getrandbits(32)
        self._bots_made += 1
        player = self.match.seat(
            brain_for=lambda number: options.game.brain(self._setup, number, options.tick_rate, skill, seed)
        )
        self._enter(player.number, wish, BOT)

    def _give_up_a_bot(self) -> None:
        bots = [number for number, person in self.roster.items() if person.kind == BOT]
        if not bots:
            raise JoinRefused(
                CloseCode.MATCH_FULL, f"all {self.options.max_players} seats are taken by people; try again later"
            )
        self._unseat(bots[-1], LEFT)

    def _enter(self, number: int, wish: str, kind: int) -> str:
        """Write whoever has the seat ``number`` into the roster, tell the others, and return the nickname."""
        nickname = nickname_from(wish, self._names)
        chat = TokenBucket(CHAT_BURST, CHAT_PER_SECOND, self._now()) if kind == PERSON else None
        self.roster[number] = Person(nickname, kind, chat)
        self._names.add(folded(nickname))
        self.people += kind == PERSON
        self.match.announce((JOINED_EVENT, number, nickname, kind), but=number)
        return nickname

    def _unseat(self, number: int, reason: int) -> None:
        self.match.unseat(number)
        person = self.roster.pop(number)
        self._names.discard(folded(person.nickname))
        self.people -= person.kind == PERSON
        self.match.announce((LEFT_EVENT, number, reason))
