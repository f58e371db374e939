"""Buckets, limits and defaults in README and docs: each sentence with a figure has that of the code."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from game_server.loadtest import options, server_probe
from game_server.loadtest.limit_search import CLOSE_ENOUGH
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.probe import COMING
from game_server.loadtest.report import results, summary
from game_server.loadtest.report.results import CPU_LIMIT, LAG_LIMIT_MS
from game_server.loadtest.scenario.scenario import MOST_LIVES
from game_server.loadtest.swarm import client_columns, delayed_io, entry, input_generator, sample_reader, swarm
from game_server.loadtest.swarm.entry import JOINING
from game_server.telemetry import BOUNDS
from game_server.throttling import Budgets, Throttling
from game_server.throttling.budget import AddressBudget
from game_server.transport import TransportOptions
from tests.live_server import toy_options

ROOT = Path(__file__).parents[1]
HOST = toy_options()

SENTENCES = {
    "README.md": [
        f"the seat and its score are kept for {HOST.stays.seat_hold:.0f} seconds",
    ],
    "docs/OPERATING.md": [
        f"limit the bots in matches that people create ({HOST.limits.max_bots_per_match}, "
        f"{HOST.limits.max_bots_per_address} and {HOST.limits.max_bots};",
        f"seconds of match time ({HOST.stays.idle_to_watching:.0f} by default; 0 for never)",
        f"a ping every `--ping-interval`, {HOST.ping_interval:.0f} s",
        f"Beyond {TransportOptions().max_connections:,} connections, further ones are refused with 503",
        f"Buckets end at {', '.join(f'{1000 * bound:,.4g}' for bound in BOUNDS[:-1])} and {1000 * BOUNDS[-1]:,.0f} ms",
    ],
    "docs/LOAD_TESTING.md": [
        f"The last bucket starts at {BOUNDS[-1]:.0f} s and has no end",
        f"uses more than {CPU_LIMIT:.0%} of a core, or is more than {LAG_LIMIT_MS:.0f} ms late".replace("%", " %"),
        f"has at most {JOINING} clients joining at the same time",
        f"limited to {MOST_LIVES:,} arrivals",
        f"# {options.USUAL_PLAYERS} players for {options.USUAL_SECONDS:.0f} s",
        f"`--duration` ({options.USUAL_SECONDS:.0f} s by default)",
        f"rate is {options._USUAL_RATE:.0f}, or more if that is needed for everybody to join within "
        f"{ {0.25: 'a quarter'}[options._COMING_SHARE]} of the duration",
        f"networks are {', '.join(f'`{name}`' for name in [*PRESETS][:-1])} and `{[*PRESETS][-1]}`",
        f"at most {delayed_io.HELD_BYTES // 1024} KB in flight in each direction",
        f"Each client sends {input_generator.STEPS_A_SECOND} inputs a second",
        f"divided into { {8: 'eight'}[client_columns.SLICES]} groups",
        f"one client in {sample_reader.SAMPLE_EVERY} (at most {sample_reader.SAMPLED} of these)",
        f"more than {1000 * swarm._TOO_LATE:.0f} ms late",
        f"{JOINING} more may join for each {1000 * entry.NEXT_DOOR:.0f} ms of its round trip",
        f"if the p99 is above {summary._LONG_ENTRY_WAIT_MS:.0f} ms, the report warns",
        f"| {results.PASSED} | passed: everybody got in",
        f"| {results.FAILED} | failed: a client did not get in",
        f"| {results.TESTER_WAS_THE_LIMIT} | the tester was the limit",
        f"to within {CLOSE_ENOUGH:.0%}".replace("%", " %"),
        f"They join at {COMING:.0f} a second, or at `--rate`",
        f"waits for at most {server_probe.LEAVE_WITHIN:.0f} s until all its seats are free again",
        f"(`timeout` in the `welcome`, {HOST.timeout:.0f} s)",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "sentence"), [(document, sentence) for document, all_of in SENTENCES.items() for sentence in all_of]
)
def test_a_sentence_has_the_figure_of_the_code(document: str, sentence: str) -> None:
    assert sentence in (ROOT / document).read_text(encoding="utf-8")


CHAPTER = (ROOT / "docs/OPERATING.md").read_text(encoding="utf-8").split("## What one address may cost")[1]
ROW = re.compile(r"^\| `--([a-z]+)-per-address` \| ([\d,]+) ?([a-z ]*?) \| ([\d,]*)( MiB)? ?\|", re.MULTILINE)
KEYS = ("192.0.2.1",)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_the_table_of_budgets_has_a_row_for_each_budget() -> None:
    assert [name + "_per_address" for name, *_ in ROW.findall(CHAPTER)] == [
        field.name for field in attrs.fields(Budgets)
    ]


@pytest.mark.parametrize(("name", "rate", "unit", "burst", "mebi"), [row for row in ROW.findall(CHAPTER) if row[3]])
def test_a_budget_has_the_burst_and_the_rate_of_the_table(
    name: str, rate: str, unit: str, burst: str, mebi: str
) -> None:
    budget: AddressBudget = getattr(Throttling(), name)
    at_once = number(burst) * (2**20 if mebi else 1)
    assert budget.wait(KEYS, 0.0, at_once) == 0 < budget.wait(KEYS, 0.0, at_once + 1)
    budget.charge(KEYS, 0.0, at_once)
    assert budget.wait(KEYS, 0.0) == pytest.approx((60 if "minute" in unit else 1) / number(rate))


def test_as_many_connections_are_open_as_the_table_says() -> None:
    connections, most = (
        Throttling().connections,
        next(row[1] for row in ROW.findall(CHAPTER) if row[0] == "connections"),
    )
    assert [connections.hold(KEYS) for _ in range(int(number(most)) + 1)].count(True) == number(most)
