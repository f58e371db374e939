"""The course of a match from round to round: its end, or the same people in the same seats of another world."""

from __future__ import annotations

import secrets

import attrs

from game_server.lobby.match.after_round import AfterRound, RoundPlan
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.match_state import MatchState, voice_of
from game_server.protocol import BOT, MAPS, NO_PLAYER, encode
from game_server.simulation import Newcomer


class Rotation:
    """Follows the rounds that the rules have finished, and carries everybody over into another world.

    Args:
        state: of the match.
        bots: of the match.
    """

    def __init__(self, state: MatchState, bots: BotSeats) -> None:
        options = state.options
        self._state = state
        self._bots = bots
        self._plan = RoundPlan(options.rounds, options.rotation, tuple(mode.name for mode in options.game.modes))
        self._seen = 0
        """Rounds of this world that are counted."""
        self._next = AfterRound.CONTINUE
        self._watch_rounds()

    @property
    def progress(self) -> tuple[int, int]:
        """Rounds played towards the limit, and those of this world that are counted."""
        return self._plan.played, self._seen

    def go_on(self, played: int, seen: int) -> None:
        """Go on with the `progress` of another process."""
        self._plan.played, self._seen = played, seen
        self._state.rounds_left = self._plan.left

    def after_round(self) -> AfterRound:
        """Count what the rules have finished since the last call, and say how the match goes on."""
        state = self._state
        finished = state.match.game.rounds_finished
        if finished != self._seen:
            self._next = self._plan.finished(finished - self._seen, state.votes, state.people)
            self._seen = finished
            state.rounds_left = self._plan.left
            if any(state.votes.tally()):
                state.votes.clear()
                state.announce_votes()
            state.deferred.rouse()
        return self._next

    def new_world(self) -> None:
        """Take everybody over into the next map or mode, and send `welcome` again. The rules may raise."""
        state = self._state
        old = state.match
        old.conclude()
        for player in old.players:
            old.detach(player)
        if state.options.rotation & MAPS:
            state.seed = secrets.randbits(32)
        rules = old.game.rules
        state.replace(attrs.evolve(rules, mode=self._plan.mode_after(rules.mode)))
        self._watch_rounds()
        self._seat_members()
        for watcher in state.watchers.values():
            watcher.spectator = state.match.watch(
                watcher.outlet, watcher.spectator.follow, counts=watcher.spectator.counts
            )
        for member in state.roster:
            if member.person:
                member.person.send(state.welcome(member.player, member.nickname, member.token))
        for person, watcher in state.watchers.items():
            watcher.outlet.send(encode(state.welcome(NO_PLAYER, voice_of(person).nickname, "")))

    def _watch_rounds(self) -> None:
        """Begin to count in a fresh world, and show nobody what its rules do after the last round.

        They begin the next round in the step that ends the last one.
        """
        self._seen = 0
        self._next = AfterRound.CONTINUE
        self._state.match.shown = lambda: self.after_round() is AfterRound.CONTINUE

    def _seat_members(self) -> None:
        match, roster = self._state.match, self._state.roster
        # A match gives out its lowest seat: all up to the highest are taken, and those that nobody has are given back.
        for player in range(1 + max((member.player for member in roster), default=-1)):
            member = roster.get(player)
            brain = self._bots.brain_for(self._state.setup) if member and member.kind == BOT else None
            newcomer = member.newcomer if member else Newcomer()
            match.seat(newcomer, outlet=member.person.link if member and member.person else None, brain_for=brain)
        for player in [player for player in match.players if roster.get(player) is None]:
            match.unseat(player)
