"""The work of one process of a load test, as plain data that travels to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import attrs

from game_server.client import Purpose, Target, Trust
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Phase, Scenario, Timeline, timeline

Kind = Literal["players", "swarm"]


@attrs.frozen
class Plan:
    """The clients of one kind: all of them, or the share of one process.

    Attributes:
        places: match codes, assigned to the clients in turn; an empty code is any match.
        game: a game that the players know beside those that are installed, as ``module:Class``; empty for none.
        part, parts: the process has every ``parts``-th client, from number ``part`` on.
    """

    kind: Kind
    target: Target
    places: tuple[str, ...]
    scenario: Scenario
    seed: int = 1
    network: Shares = Shares()
    purpose: Purpose = Purpose.PLAY
    reconnect: bool = False
    game: str = ""
    part: int = 0
    parts: int = 1

    @property
    def name(self) -> str:
        """The name of the process."""
        return f"{self.kind} {self.part + 1}"

    def whole(self) -> Timeline:
        """Return the timeline of all clients of this kind."""
        return timeline(self.scenario)

    def own(self) -> Timeline:
        """Return the timeline of the clients of this process."""
        whole = self.whole()
        return Timeline(tuple(life for life in whole.lives if life.number % self.parts == self.part), whole.end)

    def split(self, parts: int) -> list[Plan]:
        """Return a plan for each of ``parts`` processes."""
        return [attrs.evolve(self, part=part, parts=parts) for part in range(parts)]

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain data."""
        trust = self.target.trust
        return {
            "kind": self.kind,
            "target": attrs.asdict(self.target) | {"trust": [str(trust.ca or ""), trust.pin]},
            "places": self.places,
            "scenario": attrs.asdict(self.scenario),
            "seed": self.seed,
            "network": self.network.shares,
            "purpose": self.purpose.name,
            "reconnect": self.reconnect,
            "game": self.game,
            "part": self.part,
            "parts": self.parts,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """Read what `to_json` returned."""
        scenario, target = data["scenario"], data["target"]
        ca, pin = target["trust"]
        return cls(
            data["kind"],
            Target(**target | {"trust": Trust(Path(ca) if ca else None, pin)}),
            tuple(data["places"]),
            Scenario(scenario["name"], tuple(Phase(**phase) for phase in scenario["phases"]), scenario["where"]),
            data["seed"],
            Shares(tuple((name, share) for name, share in data["network"])),
            Purpose[data["purpose"]],
            data["reconnect"],
            data["game"],
            data["part"],
            data["parts"],
        )
