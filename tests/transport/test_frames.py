from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.transport.frames import FrameCounter
from tests.transport.clients import frame

payloads = st.one_of(st.binary(max_size=130), st.integers(0, 70_000).map(bytes))
masks = st.one_of(st.none(), st.binary(min_size=4, max_size=4))
frames = st.builds(frame, payloads, opcode=st.sampled_from([0, 1, 2, 8, 9, 10]), fin=st.booleans(), mask=masks)


@given(st.lists(frames, max_size=12), st.lists(st.integers(1, 3000), min_size=1))
def test_every_frame_is_counted_once_however_the_bytes_are_cut(sent: list[bytes], cuts: list[int]) -> None:
    counter, wire, counted, turn = FrameCounter(), b"".join(sent), 0, 0
    while wire:
        size = cuts[turn % len(cuts)]
        counted += counter.feed(wire[:size])
        wire = wire[size:]
        turn += 1
    assert counted == len(sent)


def test_a_header_counts_before_its_payload_has_come() -> None:
    counter = FrameCounter()
    assert counter.feed(frame(bytes(1000))[:8]) == 1
    assert counter.feed(bytes(999)) == 0


@given(st.binary())
def test_any_bytes_can_be_counted(noise: bytes) -> None:
    assert 0 <= FrameCounter().feed(noise) <= len(noise)
