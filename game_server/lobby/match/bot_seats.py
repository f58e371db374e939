"""The bots of a match: how many there shall be, what they are called, and what plays for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from game_server.lobby.match.fair_bots import FairBrain
from game_server.lobby.match.match_options import FAIR, MatchOptions
from game_server.lobby.match.roster import BOT_NAMES, Roster
from game_server.protocol import PERSON
from game_server.simulation.world.game import SKILLS, Brain


class BotSeats:
    """Bots hold seats that people do not need.

    Args:
        options: of the match.
        roster: of the match.
        seed: of all the bots' chance.
        score_of: points of a player.

    Attributes:
        wanted: how many seats they shall hold, as long as people leave as many.
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
        """Whether there are fewer than there shall be."""
        return self._roster.bot_count < self.wanted

    def next_name(self) -> str:
        """What the next one would like to be called."""
        self._named += 1
        return BOT_NAMES[(self._named - 1) % len(BOT_NAMES)]

    def brain_for(self, setup: dict[str, Any]) -> Callable[[int], Brain]:
        """Makes the brain of one bot, for the seat it gets, on the map that ``setup`` tells of."""
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
