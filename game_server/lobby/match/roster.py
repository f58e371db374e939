"""The members of a match: who has which seat, under what nickname, and until when a lost seat is kept.

::

    free --add--> taken --lose--> held --resume--> taken
                    |  ^            |
                    |  '--resume    |     (a newer connection of the same session)
                    '--- remove ----'--> free

Seats of bots are always taken; to people they are as good as free.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs

from game_server.errors import GameServerError
from game_server.lobby.match.moderation import Known
from game_server.lobby.person import Person
from game_server.lobby.sessions import Session, no_such_session
from game_server.lobby.text.chat import Voice
from game_server.lobby.text.nicknames import TakenNames, nickname_from
from game_server.protocol import BOT, PERSON, RosterEntry
from game_server.simulation import Newcomer


class SeatError(GameServerError):
    """A seat was asked for what its state does not allow: a bug in the caller."""


def _forget_entry(member: Member, _attribute: object, value: Any) -> Any:
    member.forget_entry()
    return value


@attrs.define(eq=False)
class Member:
    """A bot or a person with a seat.

    Attributes:
        player: the number of the seat.
        nickname: unique in the match.
        session: the stay of a person; None for a bot.
        person: the connected person; None for a bot, and while the connection is lost.
        held_until: seconds of the match's clock at which a seat whose connection is lost becomes free.
        wish: the nickname that the person who sat down asked for.
        address: where that person connected from.
        back_as: wish and address of the person who came back last; of the one who sat down until then.
        token: the session token to come back with.
        key: of the client that came last; a `Roster` looks members up by it.
        taken_over: whether a bot plays for a person.
    """

    player: int
    nickname: str
    session: Session | None = None
    person: Person | None = attrs.field(default=None, on_setattr=_forget_entry)
    held_until: float = math.inf
    wish: str = ""
    address: str = ""
    back_as: Known = ("", "")
    token: str = attrs.field(default="", repr=False)
    key: str = attrs.field(default="", repr=False)
    taken_over: bool = attrs.field(default=False, on_setattr=_forget_entry)
    _entry: RosterEntry | None = attrs.field(init=False, default=None)

    @property
    def bot(self) -> bool:
        """Whether the seat is a bot's own."""
        return self.session is None

    @property
    def newcomer(self) -> Newcomer:
        """As the rules get to know the member."""
        return Newcomer(self.nickname, self.bot)

    @property
    def held(self) -> bool:
        """Whether the seat is kept for a person whose connection is lost."""
        return self.session is not None and self.person is None

    @property
    def kind(self) -> int:
        """`BOT` when a bot plays, also in a person's place; else `PERSON`."""
        return BOT if self.bot or self.taken_over else PERSON

    @property
    def known_as(self) -> set[Known]:
        """Wish and address of those whom a decision about this member concerns: who sat down, and who came back."""
        return {(self.wish, self.address), self.back_as}

    @property
    def voice(self) -> Voice | None:
        """Of the person, while connected."""
        return self.person.voice if self.person else None

    def entry(self) -> RosterEntry:
        """As `welcome` lists the member: kept, since each of thousands who join is sent those of all others."""
        if self._entry is None:
            self._entry = RosterEntry(self.player, self.nickname, self.kind, int(not self.held))
        return self._entry

    def forget_entry(self) -> None:
        """Have `entry` made again: the person or the bot has changed."""
        self._entry = None


class Roster:
    """Members by player, and the nicknames of everybody in the match, spectators included.

    Args:
        seats: how many there are.
        hold: seconds for which a seat is kept after its connection is lost.

    Attributes:
        bot_count: members that are bots.
        touched: seats whose member may be another than when it was cleared, or is another person.
    """

    def __init__(self, seats: int, hold: float) -> None:
        self.seats = seats
        self.hold = hold
        self.bot_count = 0
        self.touched: set[int] = set()
        self._members: dict[int, Member] = {}
        self._by_key: dict[str, Member] = {}
        self._names = TakenNames()

    def __len__(self) -> int:
        """Seats that are taken or held."""
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        """Members in the order in which they came."""
        return iter(self._members.values())

    @property
    def is_full(self) -> bool:
        """Whether neither a person nor a bot finds a free seat."""
        return len(self) >= self.seats

    @property
    def people_count(self) -> int:
        """Members that are people, those whose connection is lost included."""
        return len(self) - self.bot_count

    @property
    def has_room(self) -> bool:
        """Whether one more person finds a seat, a free one or a bot's."""
        return self.people_count < self.seats

    def people(self) -> list[Member]:
        """Members that are people, in the order in which they came."""
        return [member for member in self if not member.bot]

    def bots(self) -> list[Member]:
        """Members that are bots, in the order in which they came."""
        return [member for member in self if member.bot]

    def get(self, player: int) -> Member | None:
        """The member in the seat ``player``."""
        return self._members.get(player)

    def of_client(self, key: str) -> Member | None:
        """The member who came last over the client that has ``key``."""
        return self._by_key.get(key) if key else None

    def know_client(self, member: Member, key: str) -> None:
        """Note that ``member`` came over the client that has ``key``, or over one without a key when it is empty."""
        self._forget_client(member)
        self.touched.add(member.player)
        member.key = key
        if key:
            self._by_key[key] = member

    def add(self, member: Member) -> Member:
        """Give ``member`` a free seat and the nickname, which `name` has returned, or which a spectator has had here.

        Raises:
            SeatError: the seat is not free, or there is no such seat.
        """
        if member.player in self._members or not 0 <= member.player < self.seats:
            raise SeatError(f"seat {member.player} of {self.seats} cannot be taken: it is not free")
        self._members[member.player] = member
        self.reserve(member.nickname)
        self.bot_count += member.bot
        self.touched.add(member.player)
        return member

    def restore(self, member: Member) -> None:
        """Give ``member``, who had it in another process, the same seat, nickname and key.

        Raises:
            SeatError: the seat is not free, or there is no such seat.
        """
        self.add(member)
        self.know_client(member, member.key)

    def lose(self, player: int, now: float) -> Member:
        """Keep the seat of a person whose connection is lost until ``hold`` seconds after ``now``.

        Raises:
            SeatError: no connected person has the seat.
        """
        member = self._members.get(player)
        if member is None or member.person is None:
            raise SeatError(f"seat {player} cannot be lost: no connected person has it")
        member.person, member.held_until = None, now + self.hold
        return member

    def resuming(self, session: Session, now: float) -> Member:
        """The member whose seat ``session`` may have again: held, or connected and about to be replaced.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`; the seat is free, its time is over, or it is another session's.
        """
        member = self._members.get(session.player)
        if member is None or member.session != session or (member.held and member.held_until <= now):
            raise no_such_session()
        return member

    def due(self, now: float) -> list[int]:
        """The players whose seats have been held for long enough: to be removed."""
        return [member.player for member in self if member.held and member.held_until <= now]

    def remove(self, player: int) -> Member:
        """Free the seat ``player`` and its nickname.

        Raises:
            SeatError: it is free.
        """
        member = self._members.pop(player, None)
        if member is None:
            raise SeatError(f"seat {player} cannot be given up: it is free")
        self._forget_client(member)
        self.touched.add(player)
        self.bot_count -= member.bot
        self.unname(member.nickname)
        return member

    def name(self, wish: str) -> str:
        """Return a nickname like ``wish`` that nobody has."""
        return nickname_from(wish, self._names)

    def reserve(self, nickname: str) -> None:
        """Have nobody else get ``nickname`` until `unname`."""
        self._names.add(nickname)

    def unname(self, nickname: str) -> None:
        """Free ``nickname``."""
        self._names.discard(nickname)

    def entries(self) -> tuple[RosterEntry, ...]:
        """Members as `welcome` lists them, by player."""
        return tuple([member.entry() for _, member in sorted(self._members.items())])

    def _forget_client(self, member: Member) -> None:
        if self._by_key.get(member.key) is member:
            del self._by_key[member.key]
