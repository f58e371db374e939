"""Metrics of a server, collected on request from its parts; numbers stand for the codes of private matches."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Final

import game_server
from game_server.lobby import HostedMatch, Lobby
from game_server.protocol import PROTOCOL_VERSION, CloseCode, RefusalCode
from game_server.telemetry import KINDS, PHASES, Garbage, Reading, TickSeries, ahead_of_trio, metrics
from game_server.throttling import Throttling
from game_server.transport import Traffic

MOST_ZEROS: Final = 64
"""Matches, the oldest first, whose tick 0 is reported: one sample each."""
_FATES: Final = {(fate,): fate for fate in ("used", "repeated", "late", "early", "duplicate")}
"""By labels, as all that follow."""
_REFUSALS: Final = {(code.name.lower(),): int(code) for code in RefusalCode}
_SIDES: Final = ("server", "client")
_CLOSES: Final = {(str(int(code)), by): (int(code), by == "client") for code in CloseCode for by in _SIDES}
_OTHER_CLOSES: Final = ("other", "client")


class MetricsCollector:
    """Collects the metrics of one server, and keeps the counts of matches that have ended."""

    def __init__(self) -> None:
        self._ticks = TickSeries()
        self._going: dict[str, HostedMatch] = {}
        self._ended: Counter[str] = Counter(dict.fromkeys((*_FATES.values(), "desyncs"), 0))
        self._ticks_dropped = 0
        self._aliases: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def ended(self, match: HostedMatch) -> None:
        """Keep the counts of ``match``, which has ended."""
        self._going.pop(match.id, None)
        self._ended.update(match.state.counts())
        self._ticks_dropped += match.match.profile.dropped
        self._ticks.ended(self._label(match), match.match.profile.histograms)
        self._aliases.pop(match.id, None)

    def read(self, lobby: Lobby, traffic: Traffic, garbage: Garbage, throttling: Throttling) -> Reading:
        """The value of every metric, now."""
        matches, total = list(lobby.match_index), traffic.totals()
        # A match that has just left the index may not have been reported as ended, but no counter may go down.
        self._going.update((match.id, match) for match in matches)
        counts = dict(self._ended)
        for match in self._going.values():
            for name, count in match.state.counts().items():
                counts[name] = counts.get(name, 0) + count
        labelled = {self._label(match): match for match in self._going.values()}
        profiles = {label: match.match.profile for label, match in labelled.items()}
        histograms = {label: profile.histograms for label, profile in profiles.items()}
        ticks = self._ticks.by_label(histograms)
        return {
            metrics.INFO: {(game_server.__version__, str(PROTOCOL_VERSION)): 1},
            metrics.MATCHES: {(): len(matches)},
            metrics.CONNECTIONS: _by_state(_connections(lobby, traffic)),
            metrics.BROWSING: {(): len(lobby.browsing)},
            metrics.SEATS: _by_state(_seats(matches)),
            metrics.MESSAGES: {("in",): total.messages_in, ("out",): total.messages_out},
            metrics.BYTES: {("in",): total.bytes_in, ("out",): total.bytes_out},
            metrics.SNAPSHOTS_SKIPPED: {(): total.skipped},
            metrics.CLOSES: _closes(traffic),
            metrics.CONNECTIONS_REFUSED: {(): traffic.refused},
            metrics.THROTTLED: {(budget,): count for budget, count in throttling.refused().items()},
            metrics.INPUTS: {labels: counts[fate] for labels, fate in _FATES.items()},
            metrics.DESYNCS: {(): counts["desyncs"]},
            metrics.REFUSALS: {labels: lobby.refusals.get(code, 0) for labels, code in _REFUSALS.items()},
            metrics.OVERLOADS: {(): lobby.hosting.limits.overload.times},
            metrics.LOBBY_UPDATES: {(): lobby.browsing.sent},
            metrics.JOURNALS_FAILED: {(): journals.failures if (journals := lobby.hosting.journals) else 0},
            metrics.RECORDINGS_FAILED: {(): recordings.failed if (recordings := lobby.context.recordings) else 0},
            metrics.TICKS_DROPPED: {(): self._ticks_dropped + sum(found.dropped for found in profiles.values())},
            metrics.TICK_LATENESS: {(label,): found.lateness for label, found in ticks.items()},
            metrics.TICK_DURATION: {(label,): found.duration for label, found in ticks.items()},
            metrics.TICK_PHASE: {
                (phase,): histogram
                for phase, histogram in zip(PHASES, self._ticks.phases(histograms.values()), strict=True)
            },
            metrics.TICK_ZERO: _tick_zeros(dict(islice(labelled.items(), MOST_ZEROS))),
            metrics.GC_PAUSE: {(kind,): pause for kind, pause in zip(KINDS, garbage.pauses, strict=True)},
        }

    def _label(self, match: HostedMatch) -> str:
        """The code of ``match``; for a private one, whose code lets people in, a number of its own."""
        if not match.options.private:
            return match.id
        if match.id not in self._aliases:
            self._aliases[match.id] = f"private-{next(self._numbers)}"
        return self._aliases[match.id]


def _tick_zeros(matches: Mapping[str, HostedMatch]) -> dict[tuple[str, ...], float]:
    """By label, of those that are driven, on the machine's clock."""
    zeros = {(label,): zero() for label, match in matches.items() if (zero := match.match.tick_zero)}
    ahead = ahead_of_trio() if zeros else 0.0
    return {labels: zero + ahead for labels, zero in zeros.items()}


def _by_state(counted: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(state,): count for state, count in counted.items()}


def _connections(lobby: Lobby, traffic: Traffic) -> dict[str, int]:
    spectating = sum(person.watches for person in lobby.people)
    idle = sum(person.stays_in is None for person in lobby.people)
    return {
        "hello": max(0, len(traffic.links) - len(lobby.people)),
        "lobby": idle,
        "seated": len(lobby.people) - idle - spectating,
        "spectating": spectating,
    }


def _seats(matches: list[HostedMatch]) -> dict[str, int]:
    bots = sum(match.state.roster.bot_count for match in matches)
    held = sum(member.held for match in matches for member in match.state.roster)
    taken = sum(match.people for match in matches) - held
    seats = sum(match.options.max_players for match in matches)
    return {"free": seats - bots - taken - held, "taken": taken, "held": held, "bots": bots}


def _closes(traffic: Traffic) -> dict[tuple[str, ...], float]:
    """By code and who chose it; unknown codes of peers share one label."""
    found, known = traffic.closes, frozenset(_CLOSES.values())
    closes: dict[tuple[str, ...], float] = {labels: found.get(how, 0) for labels, how in _CLOSES.items()}
    if others := sum(count for how, count in found.items() if how not in known):
        closes[_OTHER_CLOSES] = others
    return closes
