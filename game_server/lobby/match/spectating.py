"""Spectators of a match: permission, limit, delay, and whom they follow."""

from __future__ import annotations

from game_server.errors import RequestRefused
from game_server.lobby.match.match_state import MatchState, Watcher, voice_of
from game_server.lobby.match.spectator_delay import SpectatorDelay
from game_server.lobby.person import JoinedMatch, Person
from game_server.lobby.text.chat import Voice
from game_server.protocol import NO_PLAYER, RefusalCode, Spectating


class SpectatorViews:
    """Begins, changes and ends what spectators are shown.

    Args:
        state: of the match.
        place: the match, as the place that a spectator enters.
    """

    def __init__(self, state: MatchState, place: JoinedMatch) -> None:
        self._state = state
        self._place = place

    def check(self) -> None:
        """Check that the match allows spectators.

        Raises:
            RequestRefused: `NO_SPECTATORS`.
        """
        if self._state.options.spectating == Spectating.FORBIDDEN:
            raise RequestRefused(RefusalCode.NO_SPECTATORS, "this match does not allow spectators")

    def begin(self, person: Person) -> None:
        """Show the match to ``person``, in place of an older connection of the same client.

        Raises:
            RequestRefused: `MATCH_FULL`; nothing has changed.
        """
        state = self._state
        older = next(filter(person.is_client_of, state.watchers), None)
        if older:
            self.end(older)
            older.replaced()
        most = state.context.stays.max_spectators
        if len(state.watchers) >= most:
            raise RequestRefused(RefusalCode.MATCH_FULL, f"spectator limit ({most}) reached")
        ticks = state.options.delay * state.options.tick_rate
        outlet = SpectatorDelay(person.link, ticks, lambda: state.match.world.tick) if ticks else person.link
        state.watchers[person] = Watcher(outlet, state.match.watch(outlet, counts=bool(ticks)))
        nickname = state.roster.name(person.name)
        state.roster.reserve(nickname)
        voice = Voice(
            nickname, person.link.try_send, person.rate, watches=True,
            hear=outlet.try_send if ticks else None, muted=state.moderation.is_muted(person.name, person.address),
        )  # fmt: skip
        person.enter(self._place, voice)
        person.send(state.welcome(NO_PLAYER, voice.nickname, ""))
        state.introduce(voice)
        if state.options.delay:
            state.chat.announce(f"You see the match {state.options.delay} s late.", to=voice)

    def end(self, person: Person) -> None:
        """Stop showing the match to ``person``."""
        state, voice = self._state, voice_of(person)
        state.match.unwatch(state.watchers.pop(person).spectator)
        state.chat.leave(voice)
        state.roster.unname(voice.nickname)

    def resync(self, person: Person, tick: int) -> None:
        """Send ``person`` a keyframe next, whose snapshot of ``tick`` was wrong."""
        self._state.match.resync(self._state.watchers[person].spectator, tick)

    def follow(self, person: Person, player: int) -> None:
        """Show ``person`` what ``player`` sees; everything for `NO_PLAYER`.

        Raises:
            RequestRefused: `NO_SUCH_PLAYER`.
        """
        if player != NO_PLAYER:
            self._state.member(player)
        self._state.watchers[person].spectator.follow = player
