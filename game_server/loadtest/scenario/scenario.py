"""Scenarios, and the timeline of clients that follows from one."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Literal

import attrs

from game_server.errors import ConfigError

Kind = Literal["ramp", "hold", "churn", "storm", "spike"]
Where = Literal["match", "lobby"]

MOST_CLIENTS: Final = 100_000
LONGEST: Final = 86_400.0
MOST_LIVES: Final = 1_000_000
"""Clients that come in one run at most; each takes about half a kilobyte of memory in every process."""


@attrs.frozen
class Phase:
    """A part of a scenario.

    - ``ramp``: go to ``to`` clients, at ``rate`` a second.
    - ``hold``: nothing changes for ``seconds``.
    - ``churn``: for ``seconds``, ``rate`` times a second, the oldest client leaves and another comes.
    - ``storm``: a ``share`` of all clients lose their connections and come back at once; then ``hold`` for ``seconds``.
    - ``spike``: go to ``to`` clients at once, for ``seconds``, and back to as many as before.
    """

    kind: Kind
    seconds: float = 0.0
    to: int = 0
    rate: float = 0.0
    share: float = 1.0


USED: Final[dict[str, tuple[str, ...]]] = {
    "ramp": ("to", "rate"),
    "hold": ("seconds",),
    "churn": ("seconds", "rate"),
    "storm": ("seconds", "share"),
    "spike": ("to", "seconds"),
}
"""The keys of each kind of phase; ``share`` may be left out."""


@attrs.frozen
class Scenario:
    """A sequence of phases.

    Attributes:
        where: whether clients play in a match, or stay in the lobby and follow its list.
    """

    name: str
    phases: tuple[Phase, ...]
    where: Where = "match"


@attrs.define
class Life:
    """When one client comes and leaves, in seconds from the start, and when its connection is cut in between."""

    number: int
    comes: float
    goes: float = math.inf
    cuts: list[float] = attrs.Factory(list)


@attrs.frozen
class Timeline:
    """The lives of all clients, in the order in which they come, and the end, when the last leave."""

    lives: tuple[Life, ...]
    end: float

    def connected(self, time: float) -> int:
        """Return how many clients should be in at ``time``; one that comes at that time is in."""
        return sum(life.comes <= time < life.goes for life in self.lives)

    @property
    def peak(self) -> int:
        """The most clients that should be in at once."""
        steps = sorted([(life.goes, -1) for life in self.lives] + [(life.comes, 1) for life in self.lives])
        now = most = 0
        for _, step in steps:
            now += step
            most = max(most, now)
        return most


def timeline(scenario: Scenario) -> Timeline:
    """Return when clients come and leave; the oldest always leaves first.

    Raises:
        ConfigError: more than `MOST_LIVES` would come.
    """
    lives = count_lives(scenario.phases)
    if lives > MOST_LIVES:
        raise ConfigError(
            f"scenario {scenario.name!r}: {lives:,} clients would come; at most {MOST_LIVES:,} may,"
            " so reduce its times or rates"
        )
    run = _Run()
    for phase in scenario.phases:
        run.play(phase)
    for life in run.here:
        life.goes = run.now
    return Timeline(tuple(run.lives), run.now)


def count_lives(phases: tuple[Phase, ...]) -> int:
    """Return how many clients come in all."""
    lives = here = 0
    for phase in phases:
        if phase.kind == "churn" and here:
            lives += math.floor(phase.seconds * phase.rate)
        elif phase.kind == "ramp":
            lives += max(0, phase.to - here)
            here = phase.to
        elif phase.kind == "spike":
            lives += abs(phase.to - here)
    return lives


class _Run:
    def __init__(self) -> None:
        self.now = 0.0
        self.lives: list[Life] = []
        self.here: deque[Life] = deque()

    def play(self, phase: Phase) -> None:
        start, before = self.now, len(self.here)
        if phase.kind == "ramp":
            steps = abs(phase.to - before)
            for step in range(steps):
                self._change(1 if phase.to > before else -1, start + step / phase.rate)
            self.now = start + steps / phase.rate
        elif phase.kind == "churn":
            for step in range(math.floor(phase.seconds * phase.rate)):
                if self.here:
                    self._change(-1, start + step / phase.rate)
                    self._change(1, start + step / phase.rate)
        elif phase.kind == "storm":
            for life in list(self.here)[: round(len(self.here) * phase.share)]:
                life.cuts.append(start)
        elif phase.kind == "spike":
            self._change(phase.to - before, start)
            self._change(before - phase.to, start + phase.seconds)
        if phase.kind != "ramp":
            self.now = start + phase.seconds

    def _change(self, by: int, time: float) -> None:
        for _ in range(by):
            life = Life(len(self.lives), time)
            self.lives.append(life)
            self.here.append(life)
        for _ in range(-by):
            self.here.popleft().goes = time


BUILT_IN: Final = ("hold", "ramp", "churn", "storm", "spike", "lobby")
"""Names of scenarios that need no file."""


def built_in(name: str, clients: int, seconds: float, rate: float) -> Scenario:
    """Return one of `BUILT_IN`, for ``clients`` and ``seconds``.

    Args:
        rate: clients a second that come at the beginning.

    Raises:
        ConfigError: the time is too short for all to come.
    """
    arriving = clients / rate
    rest = seconds - arriving
    if name != "ramp" and rest <= 0:
        raise ConfigError(
            f"{clients} clients at {rate:g} a second take {arriving:g} s to come, but the run lasts"
            f" {seconds:g} s; use a longer --duration or a higher --rate"
        )
    come = Phase("ramp", to=clients, rate=rate)
    phases: tuple[Phase, ...] = (come, Phase("hold", rest))
    if name == "ramp":
        phases = (Phase("ramp", to=clients, rate=clients / (0.8 * seconds)), Phase("hold", 0.2 * seconds))
    elif name == "churn":
        phases = (come, Phase("churn", rest, rate=max(clients / 10, 1.0)))
    elif name == "storm":
        phases = (come, Phase("hold", rest / 2), Phase("storm", rest / 2))
    elif name == "spike":
        usual = max(1, clients // 4)
        third = (seconds - usual / rate) / 3
        come = attrs.evolve(come, to=usual)
        phases = (come, Phase("hold", third), Phase("spike", third, clients), Phase("hold", third))
    return Scenario(name, phases, "lobby" if name == "lobby" else "match")
