"""The state of a match: its world, its people, its host, and how clients are shown it."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

import attrs

from game_server.errors import RequestRefused
from game_server.lobby.match.after_round import Votes
from game_server.lobby.match.deferred_messages import DeferredMessages
from game_server.lobby.match.idleness import Idleness
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.lobby.match.moderation import Moderation
from game_server.lobby.match.queue import Queue
from game_server.lobby.match.roster import Member, Roster
from game_server.lobby.person import Person
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.protocol import (
    LOCKED,
    MAX_PHASE,
    PRIVATE,
    WITH_PASSWORD,
    CameraKind,
    EventCode,
    LineKind,
    MatchInfo,
    MatchRow,
    MatchSettings,
    RefusalCode,
    Spectating,
    Welcome,
)
from game_server.simulation import Match, Outlet, Rules, Spectator, World


@attrs.define(eq=False)
class Watcher:
    """How a person watches: the outlet, delayed or not, and what the match shows there."""

    outlet: Outlet
    spectator: Spectator


@attrs.frozen
class StoredWorld:
    """The world of a match that goes on from another process, as `Match.checkpoint` has packed it.

    Without a ``checkpoint`` it is a fresh one: the match begins again, by other rules of the same game.
    """

    seed: int
    rules: Rules
    checkpoint: bytes | None


class MatchState:
    """What the operations of a match read and change.

    Args:
        options: chosen by the person or host who opened it.
        context: what holds for every match.
        id: its code.
        stored: the world to go on with; None for a fresh one.

    Attributes:
        match: the ticking part; another one after each `begin`.
        setup: the game's description of its map, for clients.
        name: changes when the host renames the match.
        deferred: messages that came while a tick drained.
        idleness: how long each player has done nothing.
        over: nobody is in it any more, and nobody can come in.
        rounds_left: rounds still to be played, the current one included; 0 for no end.
    """

    def __init__(
        self, options: MatchOptions, context: MatchContext, id: str, stored: StoredWorld | None = None
    ) -> None:
        self.options = options
        self.context = context
        self.id = id
        self.name = options.name
        self.roster = Roster(options.max_players, context.stays.seat_hold)
        self.queue: Queue[Person] = Queue()
        self.watchers: dict[Person, Watcher] = {}
        self.moderation = Moderation()
        self.votes = Votes()
        apart = options.spectating == Spectating.SILENT
        self.chat = ChatChannel(LineKind.MATCH, context.words, context.now, apart=apart)
        self.deferred = DeferredMessages(self.roster)
        self.over = False
        self.rounds_left = options.rounds
        self._counts_before: Counter[str] = Counter()
        if stored:
            self.seed = stored.seed
            self.begin(stored.rules)
            if stored.checkpoint is not None:
                self.match.restore(stored.checkpoint)
        else:
            self.seed = secrets.randbits(32) if options.seed is None else options.seed
            self.begin(options.rules)
        self.idleness = Idleness(options.max_players, options.tick_rate, self.match.world.tick)

    def begin(self, rules: Rules) -> None:
        """Begin a match by ``rules``, with nobody in it, in a fresh world of `seed`."""
        options = self.options
        world = World(seed=self.seed, max_players=options.max_players, tick_rate=options.tick_rate)
        self.match = Match(
            options.game(world, rules), on_message=self.deferred.defer, hashed=options.hashed, name=self.id
        )
        self.match.waits_for_author = self.context.waits_for_author
        self.setup: dict[str, Any] = self.match.game.setup()

    def replace(self, rules: Rules) -> None:
        """`begin` again; counts and measurements go on."""
        before = self.match
        self._counts_before.update(before.counts())
        self.begin(rules)
        self.match.profile, self.match.desync_reported = before.profile, before.desync_reported

    @property
    def people(self) -> int:
        """People with a seat, those whose connection is lost included."""
        return self.roster.people_count

    @property
    def has_room_to_watch(self) -> bool:
        """Whether one more person may watch."""
        return (
            len(self.watchers) < self.context.stays.max_spectators and self.options.spectating != Spectating.FORBIDDEN
        )

    @property
    def flags(self) -> int:
        """`PRIVATE`, `LOCKED`, `WITH_PASSWORD`."""
        return (
            self.options.private * PRIVATE
            | self.moderation.locked * LOCKED
            | bool(self.options.password) * WITH_PASSWORD
        )

    def row(self) -> MatchRow:
        """The match as the lobby lists it. The rules may raise."""
        phase: object = self.match.game.phase()
        if not isinstance(phase, str) or len(phase) > MAX_PHASE:
            raise TypeError(f"a phase is a str of at most {MAX_PHASE} characters, not {phase!r}")
        return self.row_in(phase)

    def row_in(self, phase: str) -> MatchRow:
        """The match as the lobby lists it in ``phase``."""
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

    def status(self, row: MatchRow) -> dict[str, Any]:
        """The match, listed as ``row``, for ``/api/matches`` and the host's screen."""
        profile = self.match.profile
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
        """The member in the seat ``player``.

        Raises:
            RequestRefused: `NO_SUCH_PLAYER`.
        """
        member = self.roster.get(player)
        if member is None:
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"nobody here is player {player}")
        return member

    def appoint(self, player: int) -> None:
        """Make ``player`` the host; `NO_PLAYER` for nobody."""
        self.moderation.host = player
        self.match.announce((EventCode.HOST, player))

    def announce_votes(self) -> None:
        """Announce how the votes stand."""
        self.match.announce((EventCode.VOTES, *self.votes.tally(), self.people))

    def introduce(self, voice: Voice) -> None:
        """Let ``voice`` speak and hear from now on, and send it what was said before."""
        self.chat.enter(voice)
        self.chat.recall(voice)

    def welcome(self, player: int, nickname: str, token: str) -> Welcome:
        """All that a client needs to play as ``player`` or, for `NO_PLAYER`, to watch."""
        options, rules = self.options, self.match.game.rules
        return Welcome(
            player=player,
            nickname=nickname,
            match=MatchInfo(
                self.id,
                self.name,
                options.game.name,
                options.max_players,
                CameraKind[options.game.camera.upper()],
                int(options.game.minimap),
            ),
            tick_rate=options.tick_rate,
            tick=self.match.world.tick,
            timeout=self.context.timeout,
            schema=self.match.replication.schema.to_wire(),
            setup=self.setup,
            roster=self.roster.entries(),
            token=token,
            host=self.moderation.host,
            settings=MatchSettings(
                rules.mode,
                {name: int(value) if isinstance(value, bool) else value for name, value in rules.chosen.items()},
                self.rounds_left,
                int(options.takeover),
                int(options.spectating),
                options.delay,
                options.rotation,
                self.flags,
            ),
        )


def voice_of(person: Person) -> Voice:
    """The voice of ``person``, who is in a match."""
    assert person.voice
    return person.voice
