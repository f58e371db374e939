"""The answers of /healthz, /api/matches, /metrics and /recordings that one of several processes gives for all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import trio

from game_server.journal import LISTED
from game_server.membership import Membership
from game_server.recordings_api import RecordingsApi, download
from game_server.telemetry import FRESH_FOR, merged
from game_server.throttling import Keys
from game_server.transport import Api, Download, Queried, Response, json_response

_SUMMED: Final = ("matches", "players", "people")
"""Of what each process says of its health."""

HEALTH_TIMEOUT: Final = 0.5
"""Seconds for a process to say how it is: a probe of Kubernetes waits for one, and asks how this process is."""


class Fresh:
    """An answer that is made at most once in `FRESH_FOR` seconds, for all who ask meanwhile.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], Awaitable[Any]]) -> None:
        self._make = make
        self._stale_at = float("-inf")
        self._making = trio.Lock()
        self._answer: Any = None

    async def get(self) -> Any:
        """The answer, at most `FRESH_FOR` seconds older than the questions to the other processes."""
        async with self._making:
            if trio.current_time() >= self._stale_at:
                self._answer = await self._make()
                self._stale_at = trio.current_time() + FRESH_FOR
        return self._answer


class NodesApi:
    """Asks all processes of this machine, and puts their answers together. One that does not answer is named.

    Args:
        membership: of this process.
        health: returns what it says of its health.
        matches: returns its matches that are not private.
        metrics: returns its metrics.
        recordings: its recordings.
    """

    def __init__(
        self,
        membership: Membership,
        health: Callable[[], dict[str, Any]],
        matches: Callable[[], list[dict[str, Any]]],
        metrics: Callable[[], bytes],
        recordings: RecordingsApi,
    ) -> None:
        self._membership = membership
        self._own_health = health
        self._recordings = recordings
        calls = membership.calls
        calls.answer("health", health)
        calls.answer("matches", matches)
        calls.answer("metrics", metrics)
        calls.answer("recordings", recordings.summaries)
        calls.answer("recording", recordings.found)
        self._health = Fresh(lambda: calls.ask_all(membership.nodes, "health", within=HEALTH_TIMEOUT))
        self._matches = Fresh(self._all_matches)
        self._metrics = Fresh(self._all_metrics)
        self._listed = Fresh(lambda: self._all_recordings(""))

    def paths(self) -> Api:
        """The paths, for the router, but for that of the metrics, which not everybody may read."""
        return {
            "/healthz": self.health,
            "/api/matches": self.matches,
            "/recordings": Queried(self.recordings),
            "/recordings/": Queried(self.recording),
        }

    async def health(self) -> dict[str, Any]:
        """``GET /healthz``: this process is up; sums over all, and what each says of itself."""
        answers = await self._health.get()
        sums = {name: sum(health[name] for health in answers.values.values()) for name in _SUMMED}
        return {**self._own_health(), **sums, "nodes": answers.values, "silent": list(answers.silent)}

    async def matches(self) -> Response:
        """``GET /api/matches``: those of all processes, each with the name of its ``node``."""
        response: Response = await self._matches.get()
        return response

    async def metrics(self) -> bytes:
        """``GET /metrics``: the series of all processes, each with the label ``node``."""
        text: bytes = await self._metrics.get()
        return text

    async def recordings(self, _rest: str, query: Mapping[str, str], charged_to: Keys) -> Response:
        """``GET /recordings``, as `RecordingsApi` has it."""
        match = query.get("match", "").upper()
        if not match:
            return json_response(await self._listed.get())
        listed = await self._all_recordings(match)
        shown = bool(listed) and any((await self._ask("recording", listed[0]["id"], "")).values.values())
        refused = self._recordings.refused_guess(match, charged_to, found=bool(listed), shown=shown)
        return refused or json_response(listed)

    async def recording(self, id: str, query: Mapping[str, str], charged_to: Keys) -> Response | Download | None:
        """``GET /recordings/ID``: the file, in whichever data directory it is."""
        code = query.get("match", "").upper()
        answers = await self._ask("recording", id, code)
        found = next((found for found in answers.values.values() if found), None)
        shown = found is not None and not found["secret"]
        if code and (refused := self._recordings.refused_guess(code, charged_to, found=found is not None, shown=shown)):
            return refused
        return download(found) if found else None

    async def _ask(self, kind: str, *arguments: Any) -> Any:
        return await self._membership.calls.ask_all(self._membership.nodes, kind, *arguments)

    async def _all_matches(self) -> Response:
        answers = await self._ask("matches")
        # By code: a match that moves while the nodes answer is in two answers.
        matches = {match["id"]: {**match, "node": node} for node, found in answers.values.items() for match in found}
        return json_response(list(matches.values()))

    async def _all_metrics(self) -> bytes:
        answers = await self._ask("metrics")
        return merged(answers.values[node] for node in sorted(answers.values))

    async def _all_recordings(self, match: str) -> list[dict[str, Any]]:
        answers = await self._ask("recordings", match)
        listed = [summary for found in answers.values.values() for summary in found]
        return sorted(listed, key=lambda summary: str(summary["id"]), reverse=True)[:LISTED]
