from __future__ import annotations

import gzip
import random

import pytest

from game_server.transport.http.responses import compressed, json_response, takes_gzip


@pytest.mark.parametrize(
    ("accepted", "gzipped"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip ; q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("identity;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("br", False),
        ("gzip;q=much", False),
        ("gzip;q=2", False),
        (",,;;,gzip;,", True),
    ],
)
def test_gzip_is_sent_to_those_alone_who_take_it(accepted: str | None, gzipped: bool) -> None:
    assert takes_gzip(accepted) is gzipped


def test_a_compressed_body_is_the_same_each_time_and_comes_back_whole() -> None:
    body = b"export const answer = 42;\n" * 40
    smaller = compressed(body)
    assert smaller is not None
    assert smaller == compressed(body)
    assert len(smaller) < len(body)
    assert gzip.decompress(smaller) == body


@pytest.mark.parametrize(("size", "smaller"), [(255, False), (256, True)])
def test_a_body_is_compressed_from_256_bytes_on(size: int, smaller: bool) -> None:
    assert (compressed(b"a" * size) is not None) is smaller


@pytest.mark.parametrize("body", [b"", b"a" * 200, random.Random(1).randbytes(4000)], ids=["none", "small", "noise"])
def test_a_body_that_would_hardly_get_smaller_stays_as_it_is(body: bytes) -> None:
    assert compressed(body) is None


def test_in_a_compressed_body_there_is_no_time_so_that_it_is_the_same_another_day() -> None:
    smaller = compressed(b"export const answer = 42;\n" * 40)
    assert smaller is not None
    assert smaller[4:8] == bytes(4)  # the field MTIME of RFC 1952


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_has_no_form_in_json_is_a_fault(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        json_response([value])
