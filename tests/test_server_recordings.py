"""Recordings of a whole server: kept on its disk, listed and sent over HTTP."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trio

from game_server.journal import RecordingReader
from game_server.protocol import Chat, Join
from tests.live_server import Guest, OpenServer, Served
from tests.transport.clients import Answer, HttpClient, head
from tests.waiting import happened_on_disk


async def get(served: Served, path: str, method: str = "GET", **headers: str) -> Answer:
    client = HttpClient(await served.dial())
    lines = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    await client.send(head(f"{method} {path} HTTP/1.1", lines))
    return await client.answer(method)


async def listed(served: Served, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((await get(served, f"/recordings{query}")).body)
    return found


async def played(served: Served, seconds: float = 12, line: str = "") -> Guest:
    """Somebody who plays for a while, and goes."""
    ada = await served.join("Ada", served.match.id)
    if line:
        await ada.say(Chat(line))
    await ada.idle(seconds)
    await ada.quit()
    await trio.sleep(3)
    return ada


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "recordings"


async def test_a_match_is_listed_and_sent_when_everybody_has_gone(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(bots=1, options={"data": folder.parent})
    await played(served)
    [row] = await listed(served)
    assert (row["players"], row["bots"], row["winners"], row["match"]) == (["Ada"], 1, None, served.match.id)
    assert 11 < row["seconds"] < 14
    answer = await get(served, f"/recordings/{row['id']}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    reader = RecordingReader(io.BytesIO(answer.body))
    assert reader.whole
    assert reader.header.id == row["id"]
    assert len(answer.body) == row["bytes"]


async def test_a_range_of_a_recording_is_its_bytes(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(options={"data": folder.parent})
    await played(served)
    [row] = await listed(served)
    whole = (await get(served, f"/recordings/{row['id']}")).body
    answer = await get(served, f"/recordings/{row['id']}", range="bytes=100-299")
    assert (answer.status, answer.body) == (206, whole[100:300])
    again = await get(served, f"/recordings/{row['id']}", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    asked = await get(served, f"/recordings/{row['id']}", "HEAD")
    assert (asked.status, asked.headers["content-length"], asked.body) == (200, str(len(whole)), b"")


@pytest.mark.parametrize("id", ["", "../secret", "../../secret.txt", "%2e%2e%2fsecret", "0123456789abcd", "x" * 300])
async def test_an_id_that_is_none_is_not_found(open_server: OpenServer, folder: Path, id: str) -> None:
    served = await open_server(options={"data": folder.parent})
    await trio.Path(folder.parent / "secret").write_text("not for you")
    assert (await get(served, f"/recordings/{id}")).status == 404


async def test_a_private_match_needs_its_code(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(private=True, options={"data": folder.parent})
    code = served.match.id
    await played(served)
    assert await listed(served) == []
    [row] = await listed(served, f"?match={code.lower()}")
    path = f"/recordings/{row['id']}"
    assert (await get(served, path)).status == 404
    assert (await get(served, f"{path}?match=XXXXXX")).status == 404
    answer = await get(served, f"{path}?match={quote(code)}")
    assert answer.status == 200
    assert answer.headers["cache-control"].startswith("private")


async def test_codes_of_private_matches_are_not_guessed_over_http(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(private=True, options={"data": folder.parent, "trusted_networks": ()})
    code = served.match.id
    await played(served)
    [row] = await listed(served, f"?match={code}")
    statuses = [(await get(served, f"/recordings?match=XXXX{number:02}")).status for number in range(40)]
    assert set(statuses) == {200, 429}
    assert statuses.index(429) > 3
    assert (await get(served, f"/recordings?match={code}")).status == 429
    assert (await get(served, f"/recordings/{row['id']}?match={code}")).status == 429
    assert (await get(served, "/recordings")).status == 200


async def test_a_match_with_a_password_is_for_who_has_the_file(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(bots=1, password="swordfish", options={"data": folder.parent})
    code = served.match.id
    vera = await served.come("Vera")
    await vera.enter(Join(code, "swordfish"))
    await vera.idle(12)
    await vera.quit()
    await trio.sleep(3)
    assert await listed(served, f"?match={code}") == []
    [file] = await trio.Path(folder).glob("*")
    assert (await get(served, f"/recordings/{file.stem}?match={code}")).status == 404


async def test_what_was_said_is_in_a_recording_that_the_next_server_lists(
    open_server: OpenServer, folder: Path
) -> None:
    served = await open_server(bots=1, options={"data": folder.parent})
    await played(served, line="well played")
    first = await listed(served)
    served.stop.set()
    await happened_on_disk(served.stopped)
    served = await open_server(options={"data": folder.parent})
    assert await listed(served) == first
    answer = await get(served, f"/recordings/{first[0]['id']}")
    reader = RecordingReader(io.BytesIO(answer.body))
    assert any(b"well played" in message for chunk in reader.index.chunks for message in reader.messages(chunk))


async def test_a_server_that_stops_keeps_what_it_has_recorded(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(bots=1, options={"data": folder.parent})
    ada = await served.join("Ada")
    await ada.idle(12)
    served.stop.set()
    await ada.close_code()
    await happened_on_disk(served.stopped)
    [file] = await trio.Path(folder).glob("*")
    assert RecordingReader(io.BytesIO(await file.read_bytes())).whole


async def test_a_file_that_somebody_has_deleted_is_not_found(open_server: OpenServer, folder: Path) -> None:
    served = await open_server(bots=1, options={"data": folder.parent})
    await played(served)
    [row] = await listed(served)
    await trio.Path(folder / f"{row['id']}.gsrec").unlink()
    assert (await get(served, f"/recordings/{row['id']}")).status == 404
    assert await listed(served) == []


@pytest.mark.parametrize("chosen", ["no data", "no recordings"])
async def test_without_recordings_the_list_is_empty(open_server: OpenServer, folder: Path, chosen: str) -> None:
    options = {"data": folder.parent, "recordings": False} if chosen == "no recordings" else {}
    served = await open_server(bots=1, options=options)
    await played(served)
    assert await listed(served) == []
    assert (await get(served, "/recordings/0123456789abcd")).status == 404
    assert (await get(served, "/recordings", "POST")).status == 405
