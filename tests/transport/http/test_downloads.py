"""Files in ranges, and what caches may do with them."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from game_server.transport.http.downloads import Download
from game_server.transport.http.request import Request
from game_server.transport.http.responses import PIECE, FilePart, Response

SIZE = 1000


def download(path: Path = Path("file"), *, final: bool = True, secret: bool = False) -> Download:
    return Download(path, SIZE, "tag", "match.gsrec", final, secret)


def answer(found: Download | None = None, **headers: str) -> Response:
    lines = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return (found or download()).answer(Request("GET", "/recordings/x", lines))


def part(response: Response) -> tuple[int, int]:
    assert response.part
    return response.part.offset, response.part.length


@pytest.mark.parametrize(
    ("asked", "offset", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 100),
        ("bytes=900-", 900, 100),
        ("bytes=-20", 980, 20),
        ("bytes=-5000", 0, 1000),
        ("bytes=990-5000", 990, 10),
    ],
)
def test_one_range_is_answered_with_its_bytes(asked: str, offset: int, length: int) -> None:
    response = answer(range=asked)
    assert response.status is HTTPStatus.PARTIAL_CONTENT
    assert part(response) == (offset, length)
    headers = dict(response.all_headers())
    assert headers["Content-Range"] == f"bytes {offset}-{offset + length - 1}/{SIZE}"
    assert headers["Content-Length"] == str(length)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused_with_its_size(asked: str) -> None:
    response = answer(range=asked)
    assert response.status is HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert dict(response.headers)["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "items=0-5", "bytes=a-b", "bytes=-1-5"])
def test_what_is_no_single_range_gets_the_whole_file(asked: str) -> None:
    response = answer(range=asked)
    assert response.status is HTTPStatus.OK
    assert part(response) == (0, SIZE)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_no_range_header_leads_beyond_the_file(asked: str) -> None:
    response = answer(range=f"bytes={asked}")
    if response.part:
        offset, length = part(response)
        assert 0 <= offset
        assert 0 < length <= SIZE - offset


def test_a_client_that_has_the_file_is_sent_nothing() -> None:
    response = answer(if_none_match='"other", "tag"')
    assert (response.status, response.part) == (HTTPStatus.NOT_MODIFIED, None)


@pytest.mark.parametrize(("tag", "status"), [('"tag"', HTTPStatus.PARTIAL_CONTENT), ('"old"', HTTPStatus.OK)])
def test_a_range_of_another_version_is_not_sent(tag: str, status: HTTPStatus) -> None:
    assert answer(range="bytes=0-9", if_range=tag).status is status


@pytest.mark.parametrize(
    ("final", "secret", "cached"),
    [
        (True, False, "public, max-age=31536000, immutable"),
        (False, False, "public, no-cache"),
        (True, True, "private, max-age=31536000, immutable"),
    ],
)
def test_a_file_that_stays_as_it_is_may_be_kept(final: bool, secret: bool, cached: str) -> None:
    headers = dict(answer(download(final=final, secret=secret)).headers)
    assert headers["Cache-Control"] == cached
    assert headers["Content-Disposition"] == 'attachment; filename="match.gsrec"'


async def test_a_part_is_read_in_pieces(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1024
    await trio.Path(tmp_path / "file").write_bytes(data)
    pieces = [piece async for piece in FilePart(tmp_path / "file", 100, PIECE + 10).pieces()]
    assert [len(piece) for piece in pieces] == [PIECE, 10]
    assert b"".join(pieces) == data[100 : PIECE + 110]


async def test_a_file_that_has_become_shorter_is_an_error(tmp_path: Path) -> None:
    await trio.Path(tmp_path / "file").write_bytes(b"12345")
    with pytest.raises(OSError, match="ends 5 bytes early"):
        _ = [piece async for piece in FilePart(tmp_path / "file", 0, 10).pieces()]
