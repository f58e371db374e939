"""What ``game-server bots`` was asked for, checked, and turned into plans."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.bots.client import Purpose
from game_server.bots.plan import Plan
from game_server.bots.scenario import BUILT_IN, Phase, Scenario, built_in, timeline
from game_server.bots.scenario_file import read_scenario
from game_server.bots.shares import Shares
from game_server.bots.target import Target
from game_server.errors import ConfigError

_USUAL_RATE: Final = 50.0
_COMING_SHARE: Final = 0.25
"""Of the run, in which all have come when nothing is said of the rate."""


@attrs.frozen
class Order:
    """The options."""

    url: str
    target: Target
    players: int
    swarm: int
    duration: float
    scenario: str = "hold"
    rate: float | None = None
    spread: int = 0
    processes: int = 1
    seed: int = 1
    network: Shares = Shares()
    reconnect: bool = False
    watch: bool = False
    browse: bool = False

    @property
    def clients(self) -> int:
        """Of both kinds."""
        return self.players + self.swarm

    def check(self) -> None:
        """Refuse what cannot be done.

        Raises:
            ConfigError: it cannot.
        """
        if not self.clients:
            raise ConfigError("--count 0 without --swarm sends nobody")
        if self.watch and self.browse:
            raise ConfigError("--watch and --browse exclude one another: who browses stays in the lobby")
        if self.swarm and self.target.tls:
            raise ConfigError("the swarm speaks plain TCP, not TLS: send --count players, or go past the proxy")
        if self.spread and self.target.match:
            raise ConfigError("--spread and ?match= exclude one another: either some matches or that one")
        if self.spread and (self.watch or self.browse):
            raise ConfigError("--spread is for those who play")
        if self.processes > 1 and self.processes > max(self.players, self.swarm):
            raise ConfigError(f"--processes {self.processes} is more than there are clients")
        self.plans((self.target.match,))

    def plans(self, places: tuple[str, ...]) -> list[Plan]:
        """What to do, for each kind of clients.

        Raises:
            ConfigError: the scenario cannot be read, or does not fit into the time.
        """
        main = self._scenario()
        plans = []
        if self.swarm:
            plans.append(self._plan("swarm", places, main))
        if self.players:
            plans.append(self._plan("players", places, self._throughout(timeline(main).end) if self.swarm else main))
        return plans

    def about(self) -> dict[str, Any]:
        """What a report says of the run."""
        return {
            "target": self.url,
            "scenario": self._scenario().name,
            "players": self.players,
            "swarm": self.swarm,
            "processes": self.processes,
            "spread": self.spread,
            "network": str(self.network),
            "seed": self.seed,
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        }

    def _plan(self, kind: Any, places: tuple[str, ...], scenario: Scenario) -> Plan:
        purpose = Purpose.WATCH if self.watch else Purpose.PLAY
        if self.browse or scenario.where == "lobby":
            purpose = Purpose.BROWSE
        return Plan(kind, self.target, places, scenario, self.seed, self.network, purpose, self.reconnect)

    def _scenario(self) -> Scenario:
        if self.scenario in BUILT_IN:
            return built_in(self.scenario, self.swarm or self.players, self.duration, self._rate(self.swarm))
        path = Path(self.scenario)
        if not path.suffix and not path.exists():
            raise ConfigError(f"no scenario {self.scenario!r}: there are {', '.join(BUILT_IN)}, or name a TOML file")
        return read_scenario(path)

    def _throughout(self, seconds: float) -> Scenario:
        rate = max(_USUAL_RATE, self.players / (_COMING_SHARE * seconds))
        return Scenario(
            "hold", (Phase("ramp", to=self.players, rate=rate), Phase("hold", seconds - self.players / rate))
        )

    def _rate(self, clients: int) -> float:
        if self.rate is not None:
            return self.rate
        return max(_USUAL_RATE, (clients or self.players) / (_COMING_SHARE * self.duration))
