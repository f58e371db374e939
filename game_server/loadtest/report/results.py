"""The results of a run: every figure by its name, the exit code, and whether the tester was the limit."""

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
"""Share of a core above which a process of the tester measures itself rather than the server."""
LAG_LIMIT_MS: Final = 33.0
"""p99 of the tester's lateness above which it was the limit: a whole tick at 30 ticks a second."""
_SILENT: Final = 2.5
"""Seconds without an answer after which the server counts as silent; it is scraped every second."""
_NOT_SCRAPED: Final = "the server was not scraped"
_WRONG: Final = ("failed", "never_came", "disconnects", "lost_seats", "desyncs", "faults")
"""Counts that fail a run when above 0."""
_ENOUGH_SECONDS: Final = 3
"""Seconds after which the share of a core that a process used says something."""
_ENOUGH_LAG_SAMPLES: Final = 200
"""Samples after which a p99 of lateness says something: at least two are above it."""

SPREAD_NAMES: Final[Collection[str]] = (*SPREADS, *SERVER_SPREADS)
NUMBER_NAMES: Final[Collection[str]] = (*COUNTS, *SERVER_COUNTS, *SERVER_LEVELS, "tester_cpu")


@attrs.frozen
class Results:
    """The results of a finished run.

    Attributes:
        server: None if the server was not scraped.
        broken: what went wrong with processes of the tester.
        interrupted: whether the run was ended early.
    """

    recording: Recording
    server: ServerScraper | None
    seconds: float
    broken: Sequence[str] = ()
    interrupted: bool = False

    def look_up(self, metric: str, statistic: str) -> float | None:
        """Return the value of a figure; None if it was not measured; a `LowerBound` if only that is known."""
        if metric in SERVER_SPREADS:
            return self._of_server(metric, statistic)
        if metric in SPREADS:
            return self._of_spread(metric, statistic)
        if metric in SERVER_COUNTS or metric in SERVER_LEVELS:
            return self.server.number(metric) if self.server else None
        return self.tester_cpu if metric == "tester_cpu" else self.recording.counts[metric]

    def evaluate(self, conditions: Sequence[Condition], *, wanted: bool = False) -> list[ConditionResult]:
        """Evaluate each condition; ``wanted`` says whether they should hold."""
        return [condition.evaluate(self._known, wanted=wanted) for condition in conditions]

    @property
    def silent_since(self) -> float | None:
        """The second from which on the server reported no metrics; None if it did to the end."""
        since = self.server.unanswered if self.server else None
        return since if since is not None and self.seconds - since > _SILENT else None

    def _known(self, metric: str, statistic: str) -> float | None:
        """As `look_up`, but None for a server that fell silent: its figures do not cover the whole run."""
        of_server = metric in SERVER_SPREADS or metric in SERVER_COUNTS or metric in SERVER_LEVELS
        return None if of_server and self.silent_since is not None else self.look_up(metric, statistic)

    @property
    def cpu(self) -> dict[str, float]:
        """The mean share of a core that each process of the tester used, without its first second: it starts then."""
        shares = {name: cpu[1:] or cpu for name, cpu in sorted(self.recording.cpu.items())}
        return {name: sum(cpu) / len(cpu) for name, cpu in shares.items()}

    @property
    def tester_cpu(self) -> float | None:
        """The largest of these; None if the run was too short to say."""
        long = [share for name, share in self.cpu.items() if len(self.recording.cpu[name]) > _ENOUGH_SECONDS]
        return max(long, default=None)

    @property
    def absent(self) -> dict[str, str]:
        """What was not measured, by name, and why."""
        absent = {}
        if self.server is None or self.server.missing:
            absent["server"] = (self.server and self.server.missing) or _NOT_SCRAPED
        if self.recording.counts["snapshots"] and not self.recording.spreads["snapshot_age_ms"].count:
            networks = self.recording.kinds["networks"]
            if networks and not networks["none"]:
                absent["snapshot_age_ms"] = "every client is behind a network"
            else:
                absent["snapshot_age_ms"] = self.server.why_no_ages if self.server else _NOT_SCRAPED
        return absent

    @property
    def limit(self) -> str | None:
        """Why the tester was the limit and not the server; None if it was not."""
        if self.broken:
            return "; ".join(self.broken)
        short = self.recording.counts["tester_faults"]
        if short:
            return f"it had no files or ports left for {short:,} clients; raise ulimit -n or use another machine"
        cpu = self.tester_cpu
        if cpu is not None and cpu > CPU_LIMIT:
            return f"a process of the tester used {cpu:.0%} of a core; give it more --processes"
        lag = self.recording.spreads["tester_lag_ms"]
        late = lag.percentile(99)
        if late is not None and late > LAG_LIMIT_MS and lag.count >= _ENOUGH_LAG_SAMPLES:
            return f"the tester was {late:.0f} ms late (p99); run fewer clients, or use another machine"
        return None

    def exit_code(self, failing: Sequence[ConditionResult]) -> int:
        """Return the exit code. A tester that was the limit comes first: it may be why the rest went wrong.

        Args:
            failing: results of conditions that should not hold; an unknown one fails the run, too.
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
