"""The options of a load test, checked, and turned into plans."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import attrs

import game_server
from game_server.client import Purpose, Target
from game_server.errors import ConfigError
from game_server.games import game_named
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.plan import Kind, Plan
from game_server.loadtest.scenario.scenario import BUILT_IN, Phase, Scenario, Timeline, built_in, timeline
from game_server.loadtest.scenario.scenario_file import read_scenario
from game_server.loadtest.scenario.spread import seats_each

USUAL_PLAYERS: Final = 8
USUAL_SECONDS: Final = 30.0
_USUAL_RATE: Final = 50.0
_COMING_SHARE: Final = 0.25
"""Share of the run in which all clients come by default."""
_NEAR: Final = 0.05
"""Seconds by which a --duration may differ from that of a scenario file."""


@attrs.frozen
class LoadTestOptions:
    """The options of ``game-server bots``; None for what was not given."""

    url: str
    target: Target
    count: int | None = None
    swarm: int = 0
    duration: float | None = None
    scenario: str = "hold"
    rate: float | None = None
    spread: int = 0
    processes: int = 1
    seed: int = 1
    network: Shares = Shares()
    reconnect: bool = False
    watch: bool = False
    browse: bool = False
    game: str = ""

    @property
    def opens(self) -> str:
        """The name of the game of matches that are missing for --spread; empty for the server's first.

        Raises:
            ConfigError: it cannot be imported.
        """
        return game_named(self.game).name if self.game else ""

    @property
    def kind(self) -> Kind:
        """The kind of clients that follow the scenario: the swarm if there is one, otherwise the players."""
        return "swarm" if self.swarm else "players"

    @property
    def asked(self) -> int:
        """Number of clients of that kind in a built-in scenario."""
        return self.swarm or (USUAL_PLAYERS if self.count is None else self.count)

    @property
    def seconds(self) -> float:
        """Duration of a built-in scenario."""
        return USUAL_SECONDS if self.duration is None else self.duration

    @cached_property
    def main(self) -> Scenario:
        """The scenario.

        Raises:
            ConfigError: its file cannot be read, or the time is too short for it.
        """
        if self.scenario in BUILT_IN:
            return built_in(self.scenario, self.asked, self.seconds, self._rate)
        path = Path(self.scenario)
        if not path.suffix and not path.exists():
            raise ConfigError(f"no scenario {self.scenario!r}: there are {', '.join(BUILT_IN)}, or name a TOML file")
        return read_scenario(path)

    @cached_property
    def line(self) -> Timeline:
        """The timeline of that scenario.

        Raises:
            ConfigError: its file cannot be read, the time is too short for it, or it has too many clients.
        """
        return timeline(self.main)

    @property
    def numbers(self) -> dict[Kind, int]:
        """The most clients of each kind that are in at once."""
        if not self.swarm:
            return {"players": self.line.peak, "swarm": 0}
        return {"players": self.count or 0, "swarm": self.line.peak}

    @property
    def seats(self) -> int:
        """Seats that each match of a --spread needs.

        Raises:
            ConfigError: it is more than a match has.
        """
        return seats_each(self.spread, *self.numbers.values())

    def check(self) -> None:
        """Check that the options fit together.

        Raises:
            ConfigError: they do not.
        """
        self.check_kinds()
        if self.scenario == "ramp" and self.rate is not None:
            raise ConfigError("--scenario ramp spreads arrivals over four fifths of the time: leave out --rate")
        if self.scenario not in BUILT_IN:
            self._check_file()
        self.check_lobby(self.main.where == "lobby")
        most = max(self.numbers.values())
        if self.processes > 1 and self.processes > most:
            raise ConfigError(f"--processes {self.processes} is more than there are clients")
        if self.spread:
            _ = self.seats
        self.plans((self.target.match,))

    def check_kinds(self) -> None:
        """Check the options that do not depend on the scenario.

        Raises:
            ConfigError: they do not fit together.
        """
        if self.count == 0 and not self.swarm:
            raise ConfigError("--count 0 without --swarm sends no clients")
        if self.watch and self.browse:
            raise ConfigError("--watch and --browse exclude one another: to browse is to stay in the lobby")
        if (self.watch or self.browse) and self.swarm and not self.count:
            raise ConfigError(
                f"{'--watch' if self.watch else '--browse'} is for players, but there is only a --swarm: add --count"
                " players, or let the swarm stay in the lobby with --scenario lobby"
            )
        if self.swarm and self.target.tls:
            raise ConfigError(
                "the swarm does not speak TLS: use --count players, or the server's own port behind the proxy"
            )
        if self.spread and self.target.match:
            raise ConfigError("--spread and ?match= exclude one another: give several matches, or one")
        if self.spread and (self.watch or self.browse):
            raise ConfigError("--spread is for clients that play")

    def check_lobby(self, in_lobby: bool) -> None:
        """Check that no option needs a match, if the scenario is in the lobby.

        Raises:
            ConfigError: one does.
        """
        if in_lobby and self.spread:
            raise ConfigError("--spread is for clients that play, but in this scenario all stay in the lobby")
        if in_lobby and self.watch:
            raise ConfigError("--watch is for matches, but in this scenario all clients stay in the lobby")

    def plans(self, places: tuple[str, ...]) -> list[Plan]:
        """Return a plan for each kind of clients.

        Raises:
            ConfigError: the scenario cannot be read, or does not fit into the time.
        """
        plans = [self.plan(self.kind, places, self.main)]
        if self.swarm and self.count:
            plans.append(self.plan("players", places, self._throughout(self.count)))
        return plans

    def plan(self, kind: Kind, places: tuple[str, ...], scenario: Scenario) -> Plan:
        """Return the plan of one kind of clients in ``scenario``."""
        purpose = Purpose.PLAY
        if kind == "players" and self.watch:
            purpose = Purpose.WATCH
        if (kind == "players" and self.browse) or scenario.where == "lobby":
            purpose = Purpose.BROWSE
        return Plan(kind, self.target, places, scenario, self.seed, self.network, purpose, self.reconnect, self.game)

    def about(self) -> dict[str, Any]:
        """Return what a report says about the run."""
        return {
            **self.about_any(),
            "scenario": self.main.name,
            "players": self.numbers["players"],
            "swarm": self.numbers["swarm"],
        }

    def about_any(self) -> dict[str, Any]:
        """Return what a report says about any run or search; a search has no fixed number of clients."""
        return {
            "target": self.url,
            "version": game_server.__version__,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "processes": self.processes,
            "spread": self.spread,
            "network": str(self.network),
            "seed": self.seed,
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        }

    def _check_file(self) -> None:
        peak, end = self.line.peak, self.line.end
        option, number = ("--swarm", self.swarm) if self.swarm else ("--count", self.count)
        if number is not None and number != peak:
            raise ConfigError(
                f"{option} {number} contradicts {self.scenario}, which brings {peak} clients: say {option} {peak}"
                + ("" if self.swarm else ", or leave it out")
            )
        if self.duration is not None and abs(self.duration - end) > _NEAR:
            raise ConfigError(
                f"--duration {self.duration:g} contradicts {self.scenario}, which takes {end:g} s: leave out --duration"
            )
        if self.rate is not None:
            raise ConfigError(f"--rate {self.rate:g} contradicts {self.scenario}, which has its own: leave out --rate")

    def _throughout(self, players: int) -> Scenario:
        seconds = self.line.end
        rate = max(_USUAL_RATE, players / (_COMING_SHARE * seconds))
        stay = (Phase("ramp", to=players, rate=rate), Phase("hold", seconds - players / rate))
        return Scenario("hold", stay, self.main.where)

    @property
    def _rate(self) -> float:
        if self.rate is not None:
            return self.rate
        return max(_USUAL_RATE, self.asked / (_COMING_SHARE * self.seconds))
