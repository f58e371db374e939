"""Messages between a supervisor and a worker."""

from __future__ import annotations

import socket
from contextlib import aclosing, suppress
from typing import Any

import pytest
import trio
import trio.testing

from game_server.supervisor.control import MAX_LINE, Control


def pair() -> tuple[Control, Control]:
    return tuple(Control(trio.SocketStream(trio.socket.from_stdlib_socket(end))) for end in socket.socketpair())  # type: ignore[return-value]


async def test_messages_arrive_whole_and_in_order_until_the_end() -> None:
    ours, theirs = pair()
    sent: list[dict[str, Any]] = [{"beat": True}, {"matches": ["x" * 200_000]}, {"stop": True}]

    async def send() -> None:
        for message in sent:
            await ours.send(message)
        await ours.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        with trio.fail_after(5):
            assert [message async for message in theirs.messages()] == sent
    await theirs.aclose()


async def test_a_line_without_an_end_ends_the_messages() -> None:
    ours, theirs = socket.socketpair()
    control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(theirs)))
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    async with trio.open_nursery() as nursery:

        async def flood() -> None:
            await stream.send_all(b"x" * (MAX_LINE + 1_000_000))

        nursery.start_soon(flood)
        with trio.fail_after(5):
            assert [message async for message in control.messages()] == []
        nursery.cancel_scope.cancel()
    await stream.aclose()
    await control.aclose()


async def test_what_is_cut_off_is_completed_before_the_next_message(autojump_clock: trio.testing.MockClock) -> None:  # noqa: ARG001
    ours, theirs = pair()
    large, small = {"matches": ["x" * 1_000_000]}, {"beat": True}
    for message in (large, small):  # the first in part, the second not at all
        with pytest.raises(trio.TooSlowError):
            await ours.send(message)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.send, {"beat": False})
        async with aclosing(theirs.messages()) as messages:
            assert [await anext(messages) for _ in range(2)] == [large, {"beat": False}]
    await ours.aclose()
    await theirs.aclose()


@pytest.mark.parametrize(("beyond", "heard"), [(0, 1), (1, 0)])
async def test_a_line_is_taken_up_to_four_megabytes(beyond: int, heard: int) -> None:
    ours, theirs = socket.socketpair()
    control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(theirs)))
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    line = b'{"x": "' + b"x" * (4_000_000 + beyond - 9) + b'"}'
    async with trio.open_nursery() as nursery:

        async def send() -> None:
            with suppress(trio.BrokenResourceError):
                await stream.send_all(line)
                await trio.testing.wait_all_tasks_blocked()
                await stream.send_all(b"\n")
                await stream.aclose()

        nursery.start_soon(send)
        with trio.fail_after(5):
            assert len([message async for message in control.messages()]) == heard
        nursery.cancel_scope.cancel()
    await stream.aclose()
    await control.aclose()


async def test_who_does_not_read_for_five_seconds_is_given_up(autojump_clock: trio.testing.MockClock) -> None:  # noqa: ARG001
    ours, theirs = pair()
    began = trio.current_time()
    with pytest.raises(trio.TooSlowError):
        await ours.send({"matches": ["x" * 1_000_000]})
    assert trio.current_time() - began == pytest.approx(5)
    for control in (ours, theirs):
        await control.aclose()


async def test_to_send_to_who_is_gone_fails() -> None:
    ours, theirs = pair()
    await theirs.aclose()
    with pytest.raises(trio.BrokenResourceError, match="the other side is gone"):
        await ours.send({"beat": True})
    assert [message async for message in ours.messages()] == []
    await ours.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await ours.send({"beat": True})
