"""Another map or mode: the same people in the same seats of a fresh world."""

from __future__ import annotations

import attrs

from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.match_state import MatchState, voice_of
from game_server.protocol import BOT, NO_PLAYER, encode


def begin_anew(state: MatchState, bots: BotSeats, *, mode: str, seed: int) -> None:
    """Take everybody over into a world of ``seed`` with the rules of ``mode``, and say welcome again."""
    old = state.match
    old.conclude()
    for player in old.players:
        old.detach(player)
    state.seed = seed
    state.replace(attrs.evolve(old.game.rules, mode=mode))
    _seat(state, bots)
    for watcher in state.watchers.values():
        watcher.spectator = state.match.watch(watcher.outlet, watcher.spectator.follow)
    for member in state.roster:
        if member.person:
            member.person.send(state.welcome(member.player, member.nickname, member.token))
    for person, watcher in state.watchers.items():
        watcher.outlet.send(encode(state.welcome(NO_PLAYER, voice_of(person).nickname, "")))


def _seat(state: MatchState, bots: BotSeats) -> None:
    match, roster = state.match, state.roster
    # A match gives out its lowest seat: all up to the highest are taken, and those that nobody has given back.
    for player in range(1 + max((member.player for member in roster), default=-1)):
        member = roster.get(player)
        brain = bots.brain_for(state.setup) if member and member.kind == BOT else None
        match.seat(outlet=member.person.link if member and member.person else None, brain_for=brain)
    for player in [player for player in match.players if roster.get(player) is None]:
        match.unseat(player)
