"""The golden vectors are what the rules compute; tests/web_client holds the browser to them."""

from __future__ import annotations

from tests.vectors.arena_movement import FILE, document


def test_the_committed_vectors_are_what_movement_computes() -> None:
    assert FILE.read_text() == document(), "movement has changed; if on purpose, run tools/make_vectors"
