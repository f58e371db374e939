"""The bots of a match: how many, their names, and the brains that play for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from game_server.lobby.match.fair_bots import FairBrain
from game_server.lobby.match.match_options import FAIR, MatchOptions
from game_server.lobby.match.roster import Roster
from game_server.protocol import PERSON
from game_server.simulation import SKILLS, Brain

BOT_NAMES: Final = (
    "Argon", "Basalt", "Cobalt", "Dune", "Ember", "Flint", "Garnet", "Hazel", "Indigo", "Juniper", "Krypton",
    "Lumen", "Mistral", "Nimbus", "Onyx", "Pyrite", "Quartz", "Rune", "Sable", "Tundra", "Umber", "Vesper", "Willow",
    "Xenon", "Yarrow", "Zephyr",
)  # fmt: skip


class BotSeats:
    """Bots hold seats that people do not need.

    Args:
        options: of the match.
        roster: of the match.
        seed: of the bots' random choices.
        score_of: returns the points of a player.

    Attributes:
        wanted: seats for bots to hold, as far as people leave them free.
    """

    def __init__(self, options: MatchOptions, roster: Roster, seed: int, score_of: Callable[[int], int]) -> None:
        self.wanted = options.bots
        self._options = options
        self._roster = roster
        self._score_of = score_of
        self._random = random.Random(seed)
        self._named = 0
        self._made = 0

    @property
    def wants_more(self) -> bool:
        """Whether there are fewer than wanted."""
        return self._roster.bot_count < self.wanted

    def next_name(self) -> str:
        """The name that the next bot asks for."""
        self._named += 1
        return BOT_NAMES[(self._named - 1) % len(BOT_NAMES)]

    def brain_for(self, setup: dict[str, Any]) -> Callable[[int], Brain]:
        """Make what makes the brain of one bot, given its seat, on the map that ``setup`` describes."""
        options = self._options
        skill = SKILLS[self._made % len(SKILLS)] if options.bot_skill == "mixed" else options.bot_skill
        seed = self._random.getrandbits(32)
        self._made += 1
        if skill != FAIR:
            return lambda player: options.game.brain(setup, player, options.tick_rate, skill, seed)

        def fair(player: int) -> Brain:
            def brain_of(name: str) -> Brain:
                return options.game.brain(setup, player, options.tick_rate, name, seed)

            return FairBrain(brain_of, lambda: self._lead(player), options.tick_rate)

        return fair

    def _lead(self, player: int) -> int | None:
        """Points by which ``player`` is ahead of the weakest person who plays; None when nobody does."""
        people = [member.player for member in self._roster if member.kind == PERSON and member.person]
        if not people:
            return None
        return self._score_of(player) - min(self._score_of(person) for person in people)
