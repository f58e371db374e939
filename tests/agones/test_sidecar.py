"""Calls to the sidecar of Agones, of which a stand-in answers each as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from game_server.agones import Sidecar, sidecar
from game_server.agones.sidecar import GameServer
from game_server.client import HttpError, Target

TARGET = Target("localhost", 9358, tls=False)


@attrs.define
class Answered:
    """What was asked of the sidecar, and what it answers."""

    answers: dict[tuple[str, str], Any] = attrs.Factory(dict)
    asked: list[tuple[str, str, Any]] = attrs.Factory(list)
    limits: set[tuple[float, int]] = attrs.Factory(set)

    async def send(
        self, target: Target, method: str, path: str, body: bytes = b"", *, within: float, most: int
    ) -> bytes:
        assert target == TARGET
        self.asked.append((method, path, json.loads(body) if body else None))
        self.limits.add((within, most))
        answer = self.answers.get((method, path), {})
        if isinstance(answer, HttpError):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Answered:
    made = Answered()
    monkeypatch.setattr(sidecar, "http_send", made.send)
    return made


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda it: it.ask_for("Ready"), "/ready"),
        (lambda it: it.ask_for("Allocated"), "/allocate"),
        (lambda it: it.ask_for("Shutdown"), "/shutdown"),
        (lambda it: it.health(), "/health"),
    ],
)
async def test_a_state_and_a_ping_are_empty_objects_within_a_second(
    answered: Answered, call: Callable[[Sidecar], Any], path: str
) -> None:
    await call(Sidecar(TARGET))
    assert answered.asked == [("POST", path, {})]
    assert answered.limits == {(1.0, 1_000_000)}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": {"state": "Ready"}}, GameServer("Ready")),
        ({"status": {"state": "Ready"}, "object_meta": {"annotations": None}}, GameServer("Ready")),
        (
            {"status": {"state": "Allocated"}, "object_meta": {"annotations": {"agones.dev/last-allocated": "t1"}}},
            GameServer("Allocated", "t1"),
        ),
    ],
)
async def test_a_game_server_has_a_state_and_maybe_when_it_was_allocated(
    answered: Answered, answer: dict[str, Any], expected: GameServer
) -> None:
    answered.answers["GET", "/gameserver"] = answer
    assert await Sidecar(TARGET).game_server() == expected
    assert answered.asked == [("GET", "/gameserver", None)]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({}, "has no state"),
        ({"status": {"state": ""}}, "has no state"),
        ({"status": {"state": 5}}, "has no state"),
        ([1], "is not a JSON object"),
        (b"<html>", "is not a JSON object: b'<html>'"),
    ],
)
async def test_another_answer_is_an_error_that_shows_its_beginning(answered: Answered, answer: Any, says: str) -> None:
    answered.answers["GET", "/gameserver"] = answer
    with pytest.raises(HttpError, match=says):
        await Sidecar(TARGET).game_server()


COUNTER = "/v1beta1/counters/players"


async def test_a_count_is_a_string_as_64_bit_integers_are_in_json(answered: Answered) -> None:
    await Sidecar(TARGET).count("players", 7)
    assert answered.asked == [("PATCH", COUNTER, {"count": "7"})]


@pytest.mark.parametrize(
    ("capacity", "asked", "raises"),
    [("6", ["7", "6"], "refused"), ("7", ["7"], "refused"), ("100", ["7"], "refused"), ("x", ["7"], "no capacity")],
)
async def test_a_count_that_is_refused_is_set_to_the_capacity_if_that_is_less(
    answered: Answered, capacity: str, asked: list[str], raises: str
) -> None:
    answered.answers = {("PATCH", COUNTER): HttpError("refused"), ("GET", COUNTER): {"capacity": capacity}}
    with pytest.raises(HttpError, match=raises):
        await Sidecar(TARGET).count("players", 7)
    assert [body["count"] for method, _, body in answered.asked if method == "PATCH"] == asked
