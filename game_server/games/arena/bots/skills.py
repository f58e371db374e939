"""Skills: how soon a bot sees, how well it aims, and how often it dodges."""

from __future__ import annotations

from typing import Final

import attrs

from game_server.errors import ConfigError


@attrs.frozen
class Skill:
    """One strength.

    Attributes:
        reaction: seconds from a thing's being on the screen to the bot's knowing of it.
        turn: turns a second that the aim moves at most.
        aim_error: 4096ths of a turn, the spread of where it aims around where it means to.
        lead: how much of a target's motion it allows for, 0 to 1.
        trigger: 4096ths of a turn from its mark within which it fires.
        burst: share of the time, 0 to 1, that it fires when it could.
        dodge: share of the bolts, 0 to 1, that it tries to get away from.
        dashes: whether it dashes out of the way and towards its goals.
        caution: hit points below which it looks for health rather than for a fight.
    """

    reaction: float
    turn: float
    aim_error: float
    lead: float
    trigger: int
    burst: float
    dodge: float
    dashes: bool
    caution: int


SKILLS: Final = {
    "gentle": Skill(
        reaction=0.7, turn=0.35, aim_error=300, lead=0.2, trigger=180, burst=0.25, dodge=0.0, dashes=False, caution=10
    ),
    "easy": Skill(
        reaction=0.45, turn=0.5, aim_error=130, lead=0.5, trigger=160, burst=0.5, dodge=0.0, dashes=False, caution=20
    ),
    "normal": Skill(
        reaction=0.28, turn=0.9, aim_error=85, lead=0.75, trigger=120, burst=0.75, dodge=0.35, dashes=False, caution=40
    ),
    "hard": Skill(
        reaction=0.16, turn=1.8, aim_error=32, lead=1.0, trigger=70, burst=1.0, dodge=0.8, dashes=True, caution=50
    ),
}


def skill_named(name: str) -> Skill:
    """The strength called ``name``.

    Raises:
        ConfigError: there is none of that name.
    """
    try:
        return SKILLS[name]
    except KeyError:
        raise ConfigError(f"no bot skill {name!r}; there is {', '.join(SKILLS)}") from None
