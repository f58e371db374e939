"""Each adapter does to claims what `DirectoryState` does, whatever is asked for in whatever order."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from game_server.cluster import Claim, DirectoryState
from game_server.errors import CodeTaken
from tests.cluster.directories import TriedDirectory, in_redis, over_a_socket

CODES, NODES = st.sampled_from(["AAAAAA", "BBBBBB"]), st.sampled_from(["a", "b"])
CLAIMS = st.builds(Claim, CODES, NODES, st.integers(1, 4))
OPERATIONS = st.one_of(
    st.tuples(st.just("claim"), CODES, NODES, st.none() | st.integers(0, 4)),
    st.tuples(st.just("renew"), NODES, st.lists(CLAIMS, max_size=3, unique_by=lambda claim: claim.code)),
    st.tuples(st.just("transfer"), CLAIMS, NODES),
    st.tuples(st.just("release"), CLAIMS),
    st.tuples(st.just("lapse"), CODES),
    st.tuples(st.just("forget")),
)


class Model:
    """What is expected: the state, with time that stands still and leases that lapse when they are made to."""

    def __init__(self) -> None:
        self.state = DirectoryState()

    def do(self, name: str, *args: Any) -> Any:
        if name == "forget":
            self.state = DirectoryState()
        elif name == "lapse":
            if held := self.state._held.get(args[0]):
                held.until = -math.inf
        else:
            return getattr(self.state, name)(0.0, *args)
        return None


def outcome(error: CodeTaken) -> tuple[str, str, int]:
    return error.code, error.node, error.epoch


async def do(tried: TriedDirectory, name: str, *args: Any) -> Any:
    if name == "forget":
        return await tried.forget()
    if name == "lapse":
        if await tried.directory.owner(args[0]):
            await tried.lapse(args[0])
        return None
    return await getattr(tried.directory, name)(*args)


@pytest.mark.parametrize("adapter", [over_a_socket, in_redis])
def test_an_adapter_and_the_state_agree_on_every_claim(adapter: Any) -> None:
    async def compare(operations: list[tuple[Any, ...]]) -> None:
        model = Model()
        async with adapter() as tried:
            for name, *args in operations:
                try:
                    expected = model.do(name, *args)
                except CodeTaken as error:
                    expected = outcome(error)
                try:
                    answered = await do(tried, name, *args)
                except CodeTaken as error:
                    answered = outcome(error)
                assert answered == expected
                for code in ("AAAAAA", "BBBBBB"):
                    assert await tried.directory.owner(code) == model.state.owner(code)

    @settings(max_examples=60, phases=[Phase.generate])
    @given(st.lists(OPERATIONS, max_size=14))
    def check(operations: list[tuple[Any, ...]]) -> None:
        trio.run(compare, operations)

    check()
