"""Who has the seats of a match, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from game_server.lobby.match.moderation import Known
from game_server.lobby.person import Person
from game_server.lobby.text.chat import Voice
from game_server.lobby.text.nicknames import TakenNames, nickname_from
from game_server.protocol import BOT, PERSON, RosterEntry

BOT_NAMES: Final = (
    "Argon", "Basalt", "Cobalt", "Dune", "Ember", "Flint", "Garnet", "Hazel", "Indigo", "Juniper", "Krypton",
    "Lumen", "Mistral", "Nimbus", "Onyx", "Pyrite", "Quartz", "Rune", "Sable", "Tundra", "Umber", "Vesper", "Willow",
    "Xenon", "Yarrow", "Zephyr",
)  # fmt: skip


@attrs.define(eq=False)
class Member:
    """Whoever has a seat.

    Attributes:
        player: which.
        nickname: unique in the match.
        bot: whether the seat is a bot's own.
        person: who is connected; None for a bot, and while the connection is lost.
        wish: the nickname that whoever sat down wished for.
        address: where from.
        back_as: wish and address of whoever came back last; of those who sat down until then.
        token: to come back with.
        key: of the client that came last; a `Roster` looks members up by it.
        taken_over: whether a bot plays for a person.
    """

    player: int
    nickname: str
    bot: bool = True
    person: Person | None = None
    wish: str = ""
    address: str = ""
    back_as: Known = ("", "")
    token: str = attrs.field(default="", repr=False)
    key: str = attrs.field(default="", repr=False)
    taken_over: bool = False

    @property
    def kind(self) -> int:
        """`BOT` when a bot plays."""
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
        """As `welcome` has it."""
        return RosterEntry(self.player, self.nickname, self.kind, int(self.bot or self.person is not None))


class Roster:
    """Members by player, and the nicknames of everybody in the match, spectators included.

    Attributes:
        bot_count: members who are bots.
    """

    def __init__(self) -> None:
        self._members: dict[int, Member] = {}
        self._by_key: dict[str, Member] = {}
        self._names = TakenNames()
        self.bot_count = 0

    def __len__(self) -> int:
        """Seats that somebody has."""
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        """Those who were first there first."""
        return iter(self._members.values())

    def get(self, player: int) -> Member | None:
        """Whoever has the seat ``player``."""
        return self._members.get(player)

    def of_client(self, key: str) -> Member | None:
        """The member who came last over the client that has ``key``."""
        return self._by_key.get(key) if key else None

    def know_client(self, member: Member, key: str) -> None:
        """Note that ``member`` came over the client that has ``key``, or over one without a key when it is empty."""
        self._forget_client(member)
        member.key = key
        if key:
            self._by_key[key] = member

    def add(self, member: Member) -> Member:
        """``member`` has a seat; the nickname must have been given by `name`."""
        self._members[member.player] = member
        self.bot_count += member.bot
        return member

    def remove(self, player: int) -> Member:
        """The seat ``player`` is free, and so is the nickname."""
        member = self._members.pop(player)
        self._forget_client(member)
        self.bot_count -= member.bot
        self.unname(member.nickname)
        return member

    def name(self, wish: str) -> str:
        """A nickname like ``wish`` that nobody else has, until `unname`."""
        nickname = nickname_from(wish, self._names)
        self._names.add(nickname)
        return nickname

    def unname(self, nickname: str) -> None:
        """``nickname`` is free again."""
        self._names.discard(nickname)

    def _forget_client(self, member: Member) -> None:
        if self._by_key.get(member.key) is member:
            del self._by_key[member.key]

    def bots(self) -> list[Member]:
        """Those whose own the seat is."""
        return [member for member in self if member.bot]

    def entries(self) -> tuple[RosterEntry, ...]:
        """As `welcome` has them, by player."""
        return tuple(member.entry() for _, member in sorted(self._members.items()))
