"""Those who watch a match: who may, how late they see it, and whom they follow."""

from __future__ import annotations

from collections.abc import Callable

from game_server.errors import RequestRefused
from game_server.lobby.match.match_state import MatchState, Watcher, voice_of
from game_server.lobby.match.spectator_delay import Delay
from game_server.lobby.person import Person
from game_server.lobby.text.chat import Voice
from game_server.protocol import NO_PLAYER, RefusalCode, Spectating


class Watching:
    """Shows a match to those who have no seat.

    Args:
        state: of the match.
        entered: called with a person who watches from now on, `NO_PLAYER`, and the voice.
    """

    def __init__(self, state: MatchState, entered: Callable[[Person, int, Voice], None]) -> None:
        self._state = state
        self._entered = entered

    def check(self) -> None:
        """Whether anybody may watch.

        Raises:
            RequestRefused: `NO_SPECTATORS`.
        """
        if self._state.options.spectating == Spectating.FORBIDDEN:
            raise RequestRefused(RefusalCode.NO_SPECTATORS, "this match may not be watched")

    def begin(self, person: Person) -> None:
        """Show the match to ``person``.

        Raises:
            RequestRefused: `MATCH_FULL`; nothing has changed.
        """
        state = self._state
        older = next(filter(person.is_client_of, state.watchers), None)
        if older:
            self.end(older)
            older.replaced()
        if len(state.watchers) >= state.terms.max_spectators:
            raise RequestRefused(RefusalCode.MATCH_FULL, f"{len(state.watchers)} watch already; no more may")
        ticks = state.options.delay * state.options.tick_rate
        outlet = Delay(person.link, ticks) if ticks else person.link
        state.watchers[person] = Watcher(outlet, state.match.watch(outlet))
        voice = Voice(
            state.roster.name(person.name), person.link.try_send, person.rate, watches=True,
            hear=outlet.try_send if ticks else None, muted=state.moderation.is_muted(person.name, person.address),
        )  # fmt: skip
        self._entered(person, NO_PLAYER, voice)
        person.send(state.welcome(NO_PLAYER, voice.nickname, ""))
        state.introduce(voice)
        if state.options.delay:
            state.conversation.tell(f"You see the match {state.options.delay} s late.", to=voice)

    def end(self, person: Person) -> None:
        """Show it to ``person`` no longer."""
        state, voice = self._state, voice_of(person)
        state.match.unwatch(state.watchers.pop(person).spectator)
        state.conversation.leave(voice)
        state.roster.unname(voice.nickname)

    def resync(self, person: Person) -> None:
        """``person`` asks for a keyframe."""
        self._state.match.resync(self._state.watchers[person].spectator)

    def follow(self, person: Person, player: int) -> None:
        """Show ``person`` what ``player`` sees; everything for `NO_PLAYER`.

        Raises:
            RequestRefused: `NO_SUCH_PLAYER`.
        """
        if player != NO_PLAYER:
            self._state.member(player)
        self._state.watchers[person].spectator.follow = player
