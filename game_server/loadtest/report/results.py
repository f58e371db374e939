"""What a run came to: every figure by its name, and whether the figures can be trusted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import attrs

from game_server.loadtest.metrics.conditions import Condition, ConditionResult
from game_server.loadtest.metrics.definitions import COUNTS, SPREADS
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_metrics import LowerBound
from game_server.loadtest.metrics.server_scraper import SERVER_COUNTS, SERVER_LEVELS, SERVER_SPREADS, ServerScraper

PASSED: Final = 0
FAILED: Final = 1
TESTER_WAS_THE_LIMIT: Final = 3
"""Exit codes of a run; 2 is a usage error, as of any command."""

CPU_LIMIT: Final = 0.85
"""Share of its core above which a process of the tester measures itself."""
LAG_LIMIT_MS: Final = 33.0
"""Lateness of the tester, at p99, that is a whole tick."""
_SILENT: Final = 2.5
"""Seconds without an answer after which a server has fallen silent; it is asked every second."""
_NOBODY_ASKED: Final = "nobody asked the server"
_WRONG: Final = ("failed", "never_came", "disconnects", "lost_seats", "desyncs", "faults")
"""Counts of which one is enough to fail a run."""
_ENOUGH_SECONDS: Final = 3
_ENOUGH_LOOKS: Final = 200

SPREAD_NAMES: Final[Collection[str]] = (*SPREADS, *SERVER_SPREADS)
NUMBER_NAMES: Final[Collection[str]] = (*COUNTS, *SERVER_COUNTS, *SERVER_LEVELS, "tester_cpu")


@attrs.frozen
class Results:
    """A run, looked at from its end.

    Attributes:
        server: None when nobody asked it.
        broken: what went wrong with the tester itself.
        interrupted: whether it was ended before its time.
    """

    recording: Recording
    server: ServerScraper | None
    seconds: float
    broken: Sequence[str] = ()
    interrupted: bool = False

    def look_up(self, metric: str, statistic: str) -> float | None:
        """The value of a figure; None when it was not measured, and `LowerBound` what the server can tell apart."""
        if metric in SERVER_SPREADS:
            return self._of_server(metric, statistic)
        if metric in SPREADS:
            return self._of_spread(metric, statistic)
        if metric in SERVER_COUNTS or metric in SERVER_LEVELS:
            return self.server.number(metric) if self.server else None
        return self.tester_cpu if metric == "tester_cpu" else self.recording.counts[metric]

    def judge(self, conditions: Sequence[Condition], *, wanted: bool = False) -> list[ConditionResult]:
        """What became of each, which is ``wanted`` to hold or not."""
        return [condition.judge(self._known, wanted=wanted) for condition in conditions]

    @property
    def silent_since(self) -> float | None:
        """The second from which on the server told nothing of itself any more; None when it did to the end."""
        since = self.server.unanswered if self.server else None
        return since if since is not None and self.seconds - since > _SILENT else None

    def _known(self, metric: str, statistic: str) -> float | None:
        """As `look_up`, but nothing of a server that fell silent: what it told before is no measure of the whole."""
        of_server = metric in SERVER_SPREADS or metric in SERVER_COUNTS or metric in SERVER_LEVELS
        return None if of_server and self.silent_since is not None else self.look_up(metric, statistic)

    @property
    def cpu(self) -> dict[str, float]:
        """The share of a core that each process of the tester took, on average.

        Without its first second, in which it starts, where that leaves any.
        """
        shares = {name: cpu[1:] or cpu for name, cpu in sorted(self.recording.cpu.items())}
        return {name: sum(cpu) / len(cpu) for name, cpu in shares.items()}

    @property
    def tester_cpu(self) -> float | None:
        """The largest of these; None for a short run."""
        long = [share for name, share in self.cpu.items() if len(self.recording.cpu[name]) > _ENOUGH_SECONDS]
        return max(long, default=None)

    @property
    def absent(self) -> dict[str, str]:
        """What was not measured that could have been, and why."""
        absent = {}
        if self.server is None or self.server.missing:
            absent["server"] = (self.server and self.server.missing) or _NOBODY_ASKED
        if self.recording.counts["snapshots"] and not self.recording.spreads["snapshot_age_ms"].count:
            networks = self.recording.kinds["networks"]
            if networks and not networks["none"]:
                absent["snapshot_age_ms"] = "every client is behind a network"
            else:
                absent["snapshot_age_ms"] = self.server.why_no_ages if self.server else _NOBODY_ASKED
        return absent

    @property
    def limit(self) -> str | None:
        """Why the tester was the limit and not the server; None when it was not."""
        if self.broken:
            return "; ".join(self.broken)
        short = self.recording.counts["tester_faults"]
        if short:
            return f"it had no files or ports left for {short:,} clients; raise ulimit -n, or use another machine"
        cpu = self.tester_cpu
        if cpu is not None and cpu > CPU_LIMIT:
            return f"a process of the tester took {cpu:.0%} of its core; spread it with --processes"
        lag = self.recording.spreads["tester_lag_ms"]
        late = lag.percentile(99)
        if late is not None and late > LAG_LIMIT_MS and lag.count >= _ENOUGH_LOOKS:
            return f"the tester was {late:.0f} ms late (p99); it needs more of this machine"
        return None

    def exit_code(self, failing: Sequence[ConditionResult]) -> int:
        """See the constants above. What the tester could not do comes first: it may be why the rest went wrong.

        Args:
            failing: conditions that are not to hold; one that is unknown fails the run, too.
        """
        counts = self.recording.counts
        if self.limit:
            return TESTER_WAS_THE_LIMIT
        if any(counts[name] for name in _WRONG) or not counts["connected"]:
            return FAILED
        return FAILED if any(judged.verdict != "passed" for judged in failing) else PASSED

    def _of_spread(self, metric: str, statistic: str) -> float | None:
        spread = self.recording.spreads[metric]
        if statistic == "count":
            return spread.count
        if statistic == "mean":
            return spread.mean
        return spread.percentile(_percent(statistic))

    def _of_server(self, metric: str, statistic: str) -> float | None:
        if self.server is None:
            return None
        buckets = self.server.spread(metric)
        if statistic == "count":
            return buckets.count
        if statistic == "mean":
            value = buckets.mean
        elif statistic == "max":
            value = buckets.most
        else:
            value = buckets.quantile(_percent(statistic) / 100)
        if value is None:
            return None
        return LowerBound(1000 * value) if isinstance(value, LowerBound) else 1000 * value


def _percent(statistic: str) -> float:
    return {"min": 0.0, "max": 100.0}[statistic] if statistic in ("min", "max") else float(statistic[1:])
