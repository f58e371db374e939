"""The answers of /recordings, without a server: who may see which recording, and what a wrong code costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import trio

from game_server.journal import BY_CODE, OPEN, Recordings
from game_server.recordings_api import RecordingsApi, download
from game_server.throttling import Throttling
from game_server.transport import Download, Response

KEYS = ("192.0.2.1",)
CODE = "K7RW2P"
GUESSES = 5


@attrs.define
class Header:
    id: str
    match: str
    access: int


@attrs.define
class Row:
    """A recording, as the list has it."""

    header: Header
    size: int = 7

    def to_json(self) -> dict[str, Any]:
        return {"id": self.header.id, "match": self.header.match}


@attrs.define
class Kept:
    """The recordings of a server: one of a match that everybody may watch, and one of a private match."""

    folder: Path
    version: int = 1
    rows: list[Row] = attrs.Factory(lambda: [Row(Header("open", "PLAZA2", OPEN)), Row(Header("secret", CODE, BY_CODE))])
    lists_made: int = 0
    finished: bool = True
    forgotten: list[str] = attrs.Factory(list)

    def listed(self, match: str = "") -> list[Row]:
        self.lists_made += 1
        return [row for row in self.rows if (row.header.match == match if match else row.header.access == OPEN)]

    def find(self, id: str, code: str = "") -> Row | None:
        found = [
            row for row in self.rows if (row.header.id == id and row.header.access == OPEN) or row.header.match == code
        ]
        return next((row for row in found if row.header.id == id), None)

    def path(self, id: str) -> Path:
        return self.folder / id

    def forget(self, id: str) -> None:
        self.forgotten.append(id)

    def is_finished(self, id: str) -> bool:  # noqa: ARG002
        return self.finished


@attrs.define
class Asked:
    """An API, and what it was made of."""

    kept: Kept
    open: dict[str, bool] = attrs.Factory(dict)
    throttling: Throttling = attrs.Factory(Throttling)
    api: RecordingsApi = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        for row in self.kept.rows:
            self.kept.path(row.header.id).write_bytes(b"content")
        self.api = RecordingsApi(cast("Recordings", self.kept), self.open.get, self.throttling)

    def list(self, match: str = "") -> Response:
        return self.api._list("", {"match": match} if match else {}, KEYS)

    def file(self, id: str, match: str = "") -> Response | Download | None:
        return self.api._file(id, {"match": match} if match else {}, KEYS)

    @property
    def guesses(self) -> int:
        """Wrong codes that this address may still try."""
        budget = self.throttling.guesses
        return next(count for count in range(GUESSES + 1) if budget.wait(KEYS, trio.current_time(), count + 1))


@pytest.fixture
async def asked(tmp_path: Path, jumping_clock: None) -> Asked:  # noqa: ARG001
    return Asked(Kept(tmp_path))


def ids(response: Response) -> list[str]:
    return [row["id"] for row in json.loads(response.body)]


async def test_the_list_is_made_again_only_when_there_is_another_one(asked: Asked) -> None:
    assert asked.list() is asked.list()
    assert ids(asked.list()) == ["open"]
    assert asked.kept.lists_made == 1
    asked.kept.rows.append(Row(Header("another", "PLAZA3", OPEN)))
    asked.kept.version += 1
    assert ids(asked.list()) == ["open", "another"]


async def test_a_server_that_keeps_no_recordings_lists_and_finds_none(asked: Asked) -> None:
    api = RecordingsApi(None, asked.open.get, asked.throttling)
    assert api._list("", {}, KEYS) is api._list("", {}, KEYS)
    assert ids(api._list("", {}, KEYS)) == []
    assert api._file("open", {}, KEYS) is None
    assert not api.shows([{"id": "open"}])


async def test_who_knows_the_code_of_a_private_match_gets_its_recordings(asked: Asked) -> None:
    assert ids(asked.list(CODE.lower())) == ["secret"]
    found = asked.file("secret", CODE.lower())
    assert isinstance(found, Download)
    assert asked.file("secret") is None
    assert asked.guesses == GUESSES


@pytest.mark.parametrize(("id", "secret"), [("open", False), ("secret", True)])
async def test_a_file_says_whether_caches_may_keep_it(asked: Asked, id: str, secret: bool) -> None:
    found = asked.file(id, CODE)
    assert found == Download(asked.kept.path(id), 7, f"{id}-7", id, final=True, secret=secret)
    asked.kept.finished = False
    assert attrs.evolve(found, final=False) == asked.file(id, CODE)
    description = asked.api.found(id, CODE)
    assert description
    assert isinstance(description["path"], str), "it goes over the bus between processes"
    assert download(description).path == asked.kept.path(id)


async def test_a_file_that_is_gone_is_not_found_and_forgotten(asked: Asked) -> None:
    asked.kept.path("open").unlink()
    assert asked.file("open") is None
    assert asked.kept.forgotten == ["open"]


@pytest.mark.parametrize(
    ("id", "match", "costs"),
    [
        ("", "WRONG1", 1),
        ("open", "WRONG1", 0),
        ("secret", "WRONG1", 1),
        ("nonsense", "WRONG1", 1),
        ("nonsense", "", 0),
        ("", "PLAZA2", 0),
        ("", CODE, 0),
        ("", "GOING2", 0),
        ("", "HIDDEN", 0),
    ],
)
async def test_a_code_that_nothing_has_is_a_guess_and_no_other_one(
    asked: Asked, id: str, match: str, costs: int
) -> None:
    asked.open |= {"GOING2": True, "HIDDEN": False}
    asked.file(id, match) if id else asked.list(match)
    assert asked.guesses == GUESSES - costs


async def test_for_the_last_second_of_a_wait_a_guess_is_refused_too(asked: Asked) -> None:
    for number in range(GUESSES):
        asked.list(f"GUESS{number}")
    await trio.sleep(5.5)
    refused = asked.list("WRONG1")
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (429, "1")
    await trio.sleep(0.6)
    assert asked.list("WRONG1").status == 200


@pytest.mark.parametrize(
    ("id", "match", "refused"),
    [
        ("", "WRONG1", True),
        ("", CODE, True),
        ("", "HIDDEN", True),
        ("secret", CODE, True),
        ("open", "WRONG1", False),
        ("open", "", False),
        ("", "PLAZA2", False),
        ("", "GOING2", False),
        ("", "", False),
    ],
)
async def test_after_too_many_guesses_only_what_everybody_is_shown_is_answered(
    asked: Asked, id: str, match: str, refused: bool
) -> None:
    asked.open |= {"GOING2": True, "HIDDEN": False}
    for number in range(GUESSES):
        assert asked.list(f"GUESS{number}").status == 200
    answer = asked.file(id, match) if id else asked.list(match)
    assert (isinstance(answer, Response) and answer.status == 429) is refused
    assert asked.throttling.guesses.refused == refused
