"""What is so in a match: who is in it, what they have decided, and how it is shown to whoever asks."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

import attrs

from game_server.errors import RequestRefused
from game_server.lobby.match.deferred_messages import Letters
from game_server.lobby.match.match_options import MatchOptions, Terms
from game_server.lobby.match.moderation import Moderation
from game_server.lobby.match.queue import Queue
from game_server.lobby.match.roster import Member, Roster
from game_server.lobby.match.seats import Seats
from game_server.lobby.match.votes import Votes
from game_server.lobby.person import Person
from game_server.lobby.text.chat import Conversation, Voice
from game_server.protocol import (
    LOCKED,
    MAX_PHASE,
    PRIVATE,
    WITH_PASSWORD,
    EventCode,
    LineKind,
    MatchInfo,
    MatchRow,
    MatchSettings,
    RefusalCode,
    Spectating,
    Welcome,
)
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import Outlet
from game_server.simulation.match.spectators import Spectator
from game_server.simulation.world.game import Rules
from game_server.simulation.world.world import World


@attrs.define(eq=False)
class Watcher:
    """Somebody who watches, and by way of what."""

    outlet: Outlet
    spectator: Spectator


class MatchState:
    """What everything that happens in a match looks at and changes.

    Args:
        options: what whoever opened it chose.
        terms: what holds for every match.
        id: its code.

    Attributes:
        match: the ticking part; another one after each `begin`.
        setup: what the game tells of its map.
        name: what it is called now.
        letters: what people said while a tick drained.
        over: nobody is in it any more, and nobody comes in.
        rounds_left: how many are to be played, the one that runs included; 0 for no end.
    """

    def __init__(self, options: MatchOptions, terms: Terms, id: str) -> None:
        self.options = options
        self.terms = terms
        self.id = id
        self.name = options.name
        self.roster = Roster()
        self.seats = Seats(options.max_players, terms.hold)
        self.queue: Queue[Person] = Queue()
        self.watchers: dict[Person, Watcher] = {}
        self.moderation = Moderation()
        self.votes = Votes()
        apart = options.spectating == Spectating.SILENT
        self.conversation = Conversation(LineKind.MATCH, terms.words, terms.now, apart=apart)
        self.letters = Letters(self.roster)
        self.over = False
        self.rounds_left = options.rounds
        self._counts_before: Counter[str] = Counter()
        self.seed = secrets.randbits(32) if options.seed is None else options.seed
        self.begin(options.rules)

    def begin(self, rules: Rules) -> None:
        """Put a match by ``rules`` with nobody in it, in a world of `seed`, in the place of the one before."""
        options = self.options
        world = World(seed=self.seed, max_players=options.max_players, tick_rate=options.tick_rate)
        self.match = Match(
            options.game(world, rules), on_message=self.letters.came, hashed=options.hashed, name=self.id
        )
        self.setup: dict[str, Any] = self.match.game.setup()

    def replace(self, rules: Rules) -> None:
        """`begin` once more; what was counted and measured goes on."""
        self._counts_before.update(self.match.counts())
        profile = self.match.profile
        self.begin(rules)
        self.match.profile = profile

    @property
    def people(self) -> int:
        """Who have a seat, those whose connection is lost included."""
        return len(self.seats)

    @property
    def has_seat(self) -> bool:
        """Whether there is a seat for one more person, taken by nobody or by a bot."""
        return not self.over and self.seats.has_room

    @property
    def is_open(self) -> bool:
        """Whether it is for anybody who asks for any match."""
        return not (self.over or self.options.private or self.options.password or self.moderation.locked)

    @property
    def is_watchable(self) -> bool:
        """Whether one more may watch who asks for any match."""
        return self.is_open and self.has_room_to_watch

    @property
    def has_room_to_watch(self) -> bool:
        """Whether one more of those who are in it may watch."""
        return len(self.watchers) < self.terms.max_spectators and self.options.spectating != Spectating.FORBIDDEN

    @property
    def flags(self) -> int:
        """`PRIVATE`, `LOCKED`, `WITH_PASSWORD`."""
        return (
            self.options.private * PRIVATE
            | self.moderation.locked * LOCKED
            | bool(self.options.password) * WITH_PASSWORD
        )

    def row(self) -> MatchRow:
        """As the lobby lists it. The rules may raise."""
        phase: object = self.match.game.phase()
        if not isinstance(phase, str) or len(phase) > MAX_PHASE:
            raise TypeError(f"a phase is a str of at most {MAX_PHASE} characters, not {phase!r}")
        return self.row_in(phase)

    def row_in(self, phase: str) -> MatchRow:
        """As the lobby lists it in ``phase``."""
        game = self.match.game
        return MatchRow(
            self.id,
            self.name,
            game.name,
            game.rules.mode,
            phase,
            self.people,
            self.roster.bot_count,
            self.options.max_players,
            len(self.watchers),
            self.flags,
        )

    def counts(self) -> dict[str, int]:
        """`Match.counts` since the first map."""
        counts = self.match.counts()
        return {name: count + self._counts_before[name] for name, count in counts.items()}

    def status(self) -> dict[str, Any]:
        """For ``/api/matches`` and the host's screen."""
        profile, row = self.match.profile, self.row()
        return {
            **row._asdict(),
            "players": len(self.roster),
            "tick": self.match.world.tick,
            "tick_rate": self.options.tick_rate,
            "counts": self.counts(),
            "ticks_dropped": profile.dropped,
            "tick_lateness_ms": attrs.asdict(profile.lateness),
            "tick_duration_ms": attrs.asdict(profile.duration),
            "tick_phases_ms": {name: attrs.asdict(spent) for name, spent in profile.phase_durations.items()},
        }

    def member(self, player: int) -> Member:
        """Whoever has the seat ``player``.

        Raises:
            RequestRefused: `NO_SUCH_PLAYER`.
        """
        member = self.roster.get(player)
        if member is None:
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"nobody here is player {player}")
        return member

    def appoint(self, player: int) -> None:
        """``player`` is the host from now on; `NO_PLAYER` for nobody."""
        self.moderation.host = player
        self.match.announce((EventCode.HOST, player))

    def tell_votes(self) -> None:
        """How the votes stand now."""
        self.match.announce((EventCode.VOTES, *self.votes.tally(), len(self.seats)))

    def introduce(self, voice: Voice) -> None:
        """``voice`` is heard from now on, and hears what was said before."""
        self.conversation.enter(voice)
        self.conversation.recall(voice)

    def welcome(self, player: int, nickname: str, token: str) -> Welcome:
        """All that it takes to play or watch: for whoever has the seat ``player``, or `NO_PLAYER`."""
        options, rules = self.options, self.match.game.rules
        return Welcome(
            player=player,
            nickname=nickname,
            match=MatchInfo(self.id, self.name, options.game.name, options.max_players),
            tick_rate=options.tick_rate,
            tick=self.match.world.tick,
            timeout=self.terms.timeout,
            schema=self.match.replication.schema.to_wire(),
            setup=self.setup,
            roster=self.roster.entries(),
            token=token,
            host=self.moderation.host,
            settings=MatchSettings(
                rules.mode,
                int(rules.friendly_fire),
                self.rounds_left,
                int(options.takeover),
                int(options.spectating),
                options.delay,
                options.rotation,
                self.flags,
            ),
        )


def voice_of(person: Person) -> Voice:
    """Of somebody who is in a match."""
    assert person.voice
    return person.voice
