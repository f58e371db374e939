"""Events of the arena (docs/PROTOCOL.md section 7)."""

from __future__ import annotations

import attrs

from game_server.simulation import Event


@attrs.frozen
class Kill(Event):
    """``killer`` destroyed ``victim``."""

    code = 16
    name = "kill"
    concerns = ("killer", "victim")
    killer: int
    victim: int


@attrs.frozen
class Hit(Event):
    """A bolt of ``attacker`` hit ``victim`` at ``x, y`` (whole world units); ``damage`` is 0 under protection."""

    code = 17
    name = "hit"
    concerns = ("attacker", "victim")
    attacker: int
    victim: int
    damage: int
    x: int
    y: int


@attrs.frozen
class PickupTaken(Event):
    """``player`` took a thing of ``kind``."""

    code = 18
    name = "pickup"
    concerns = ("player",)
    player: int
    kind: int


@attrs.frozen
class Respawn(Event):
    """``player`` is back after a death."""

    code = 19
    name = "respawn"
    concerns = ("player",)
    player: int
