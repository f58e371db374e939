"""The people's side of a match in its journal: all that the lobby needs to go on with the match after a restart.

A checkpoint has it whole (`PeopleJournal.whole`), and between two checkpoints the journal has what has changed, as one
of these values:

- ``["member", player, values]``: somebody's seat; ``None`` for values when it became free;
- ``["lines", lines]``: what was said;
- ``["match", values]``: all else, which is small.

They are values that msgpack can pack. `restore` takes them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

import attrs

from game_server.cluster import ClaimNote
from game_server.errors import JournalError, ProtocolError
from game_server.journal import MatchJournal
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.fitted_options import fitted_members, fitted_options, line_about
from game_server.lobby.match.match_options import MatchOptions, Opening
from game_server.lobby.match.match_state import MatchState, StoredWorld
from game_server.lobby.match.roster import Member
from game_server.lobby.match.rotation import Rotation
from game_server.lobby.match.stored_values import text, whole_number
from game_server.lobby.sessions import Session
from game_server.protocol import (
    MAX_NICKNAME,
    MAX_SHOWN_MATCH_NAME,
    MAX_TICK,
    Line,
    LineKind,
    Said,
    Spectating,
    VoteChoice,
    decode_server,
    encode,
)
from game_server.simulation import Game, Newcomer, Rules

MEMBER, LINES, MATCH, CLAIM = "member", "lines", "match", "claim"


class PeopleJournal:
    """Keeps what changes in a match in its ``journal``.

    Args:
        state: of the match.
        bots: of the match.
        rotation: of the match.
        opening: how it was opened.

    Attributes:
        journal: takes the changes; None for nothing.
        claim: by which this node has the match.
    """

    def __init__(self, state: MatchState, bots: BotSeats, rotation: Rotation, opening: Opening) -> None:
        self.journal: MatchJournal | None = None
        self.claim = ClaimNote()
        self._opening = opening
        self._state = state
        self._bots = bots
        self._rotation = rotation
        self._mark: tuple[Any, ...] = ()
        """Of the match as it was written last: another one if anything has changed."""

    def keep(self, journal: MatchJournal) -> None:
        """Write what changes from now on to ``journal``, which has everything as it is now."""
        self.journal = journal
        self._state.chat.remembered = self._said
        self._state.roster.touched.clear()
        self._mark = self._now()

    def whole(self) -> dict[str, Any]:
        """Everything, for a checkpoint."""
        state = self._state
        return {
            "options": _plain_options(state.options),
            "opening": attrs.astuple(self._opening),
            MATCH: self._match(),
            "members": [[member.player, _plain_member(member)] for member in state.roster],
            LINES: [_plain_line(line) for line in state.chat.history],
            CLAIM: self.claim.to_plain(),
        }

    def note(self, claim: ClaimNote) -> None:
        """Write down by which ``claim`` this node has the match from now on."""
        self.claim = claim
        if self.journal:
            self.journal.people_changed([CLAIM, claim.to_plain()])

    def look(self) -> None:
        """Write down what has changed since the last call."""
        if self.journal is None:
            return
        roster = self._state.roster
        for player in sorted(roster.touched):
            member = roster.get(player)
            self.journal.people_changed([MEMBER, player, member and _plain_member(member)])
        roster.touched.clear()
        if (mark := self._now()) != self._mark:
            self._mark = mark
            self.journal.people_changed([MATCH, self._match()])

    def _said(self, lines: Iterable[Line]) -> None:
        """Write down ``lines``, which everybody is about to be sent."""
        if self.journal:
            self.journal.people_changed([LINES, [_plain_line(line) for line in lines]])

    def _now(self) -> tuple[Any, ...]:
        """What `_match` is made from, at a tenth of its cost: this is asked several times a second of every match."""
        state, moderation = self._state, self._state.moderation
        return (
            state.name, self._bots.wanted, self._rotation.progress, tuple(state.votes.items()),
            moderation.host, moderation.locked, moderation.decisions,
        )  # fmt: skip

    def _match(self) -> dict[str, Any]:
        state = self._state
        return {
            "name": state.name,
            "wanted": self._bots.wanted,
            "votes": sorted((player, int(choice)) for player, choice in state.votes.items()),
            "rounds": list(self._rotation.progress),
            "moderation": state.moderation.to_plain(),
        }


@attrs.frozen
class StoredMatch:
    """A match to go on with."""

    world: StoredWorld
    people: StoredPeople


@attrs.frozen
class StoredPeople:
    """The people's side of a match, as a journal has it.

    Raises:
        JournalError: by `read`; it is not what `PeopleJournal` writes.
    """

    options: MatchOptions
    opening: Opening
    match: Mapping[str, Any]
    members: Mapping[int, Mapping[str, Any]]
    lines: tuple[Line, ...]
    claim: ClaimNote = ClaimNote()

    @classmethod
    def read(
        cls,
        whole: Any,
        changes: Iterable[Any],
        games: Mapping[str, type[Game]],
        options: MatchOptions | None = None,
        *,
        changed: bool = False,
    ) -> StoredPeople:
        """Read what `PeopleJournal.whole` has made, and apply ``changes`` in their order.

        Args:
            options: take the place of those that were written.
            changed: the rules may be others since then. Where the game does not have what was chosen any more, it has
                its defaults, and people read so in the chat.
        """
        gone: tuple[str, ...] = ()
        try:
            if options is None:
                options = _read_options(whole["options"], games)
                if changed:
                    options, gone = fitted_options(options)
                options.check()
            members = dict(whole["members"])
            lines, match, claim = [*whole[LINES]], whole[MATCH], whole.get(CLAIM, [0, None])
            for kind, *rest in changes:
                if kind == MEMBER:
                    player, values = rest
                    members.pop(player, None)
                    if values is not None:
                        members[player] = values
                elif kind == LINES:
                    lines += rest[0]
                elif kind == MATCH:
                    [match] = rest
                elif kind == CLAIM:
                    [claim] = rest
            if gone:
                members = fitted_members(members, options.max_players)
                match = {**match, "wanted": min(match["wanted"], options.max_players), "votes": []}
            opening = Opening(*whole["opening"])
            _check_types(opening)
            for player, values in members.items():
                _check_member(player, values, options.max_players)
            said = Said(tuple(Line(LineKind(kind), *rest) for kind, *rest in lines))
            decode_server(encode(said))  # which checks each value
            heard = (*said.lines, line_about(gone)) if gone else said.lines
            return cls(options, opening, match, members, heard, ClaimNote.from_plain(claim))
        except (KeyError, TypeError, ValueError, ProtocolError) as error:
            raise JournalError(f"the people's side of the match cannot be read: {error!r}") from error

    def apply(self, state: MatchState, bots: BotSeats, rotation: Rotation, *, afresh: bool = False) -> None:
        """Put everything into a match that was made by these options, and whose world was restored.

        Seats of people are held from now on, and bots begin to play.

        Args:
            state: of the match.
            bots: of the match.
            rotation: of the match.
            afresh: the world is a fresh one, in which nobody has a seat.

        Raises:
            JournalError: it does not fit the match.
        """
        try:
            if afresh:
                self._take_seats(state)
            self._apply(state, bots, rotation, afresh=afresh)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise JournalError(f"the people's side does not fit the match: {error!r}") from error

    def _take_seats(self, state: MatchState) -> None:
        """Take all seats up to the highest: a match gives out its lowest one. Those that nobody has are given back."""
        for player in range(1 + max(self.members, default=-1)):
            state.match.seat(self.newcomer(player) if player in self.members else Newcomer())

    def newcomer(self, player: int) -> Newcomer:
        """Return who has the seat ``player``, as its rules get to know it."""
        values = self.members[player]
        return Newcomer(values["nickname"], bot=values["serial"] is None)

    def _apply(self, state: MatchState, bots: BotSeats, rotation: Rotation, *, afresh: bool) -> None:
        match, now = self.match, state.context.now()
        seats = state.options.max_players
        state.name = text(match["name"], MAX_SHOWN_MATCH_NAME)
        bots.wanted = whole_number(match["wanted"], seats)
        for player, choice in match["votes"]:
            state.votes.cast(whole_number(player, seats - 1), VoteChoice(choice))
        played, seen = match["rounds"]
        rotation.go_on(whole_number(played, MAX_TICK), 0 if afresh else whole_number(seen, MAX_TICK))
        state.moderation.restore(match["moderation"])
        state.chat.restore(self.lines)
        # A process may be killed after a seat was taken in the world, and before it is written down whose it is.
        for player in sorted(set(state.match.players) - set(self.members)):
            state.match.unseat(player)
        for player, values in self.members.items():
            if player not in state.match.players:
                continue
            member = Member(player, values["nickname"])
            member.wish, member.address, member.key = (values[name] for name in ("wish", "address", "key"))
            wish, address = values["back_as"]
            member.back_as = wish, address
            if (serial := values["serial"]) is None:
                state.match.detach(player, bots.brain_for(state.setup))
            else:
                member.session = Session(state.id, player, serial)
                member.token = state.context.sessions.issue(member.session)
                member.held_until = now + state.roster.hold
                member.taken_over = state.options.takeover
                state.match.detach(player, bots.brain_for(state.setup) if member.taken_over else None)
            state.roster.restore(member)


def _plain_member(member: Member) -> dict[str, Any]:
    return {
        "nickname": member.nickname,
        "wish": member.wish,
        "address": member.address,
        "key": member.key,
        "back_as": list(member.back_as),
        "serial": member.session and member.session.serial,
    }


def _check_member(player: Any, values: Mapping[str, Any], seats: int) -> None:
    """Check what `_plain_member` has made of somebody on one of ``seats``.

    Raises:
        KeyError, TypeError, ValueError: it has not made it.
    """
    whole_number(player, seats - 1)
    wish, address = values["back_as"]
    serial = values["serial"]
    for value in (values["wish"], values["address"], values["key"], wish, address, "" if serial is None else serial):
        text(value)
    text(values["nickname"], MAX_NICKNAME)
    if not values["nickname"]:
        raise ValueError(f"player {player} has no nickname")


def _plain_line(line: Line) -> list[Any]:
    return [int(line.kind), line.player, line.nickname, line.text]


def _plain_options(options: MatchOptions) -> dict[str, Any]:
    values = attrs.asdict(options, recurse=False)
    values["game"] = options.game.name
    values["rules"] = [options.rules.mode, dict(options.rules.chosen)]
    values["spectating"] = int(options.spectating)
    return values


def _read_options(values: Mapping[str, Any], games: Mapping[str, type[Game]]) -> MatchOptions:
    read = {
        **values,
        "game": games[values["game"]],
        "rules": Rules(*values["rules"]),
        "spectating": Spectating(values["spectating"]),
    }
    options = MatchOptions(**read)
    _check_types(options)
    mode, chosen = values["rules"]
    if type(mode) is not str or type(chosen) is not dict:
        raise TypeError(f"rules is {values['rules']!r}")
    return options


def _check_types(made: attrs.AttrsInstance) -> None:
    """Check that each value is of the type of its field.

    Raises:
        TypeError: one is not.
    """
    for name, kind in get_type_hints(type(made)).items():
        value = getattr(made, name)
        if name != "game" and not isinstance(value, kind):  # a game is found by its name
            raise TypeError(f"{name} is {value!r}")
