"""Every message that docs/PROTOCOL.md allows, for hypothesis to draw."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from game_server.protocol import limits
from game_server.protocol.messages import (
    Chat,
    ClientMessage,
    Events,
    Hello,
    Input,
    MatchInfo,
    Notice,
    Ping,
    Pong,
    Resync,
    RosterEntry,
    ServerMessage,
    Snapshot,
    Welcome,
)
from game_server.protocol.schema import OWN_STRUCT_CODES, EventSchema, FieldSchema, Schema, TableSchema


def text(most: int) -> st.SearchStrategy[str]:
    """Anything that UTF-8 can carry, up to ``most`` characters."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=most)


ticks = st.integers(0, limits.MAX_TICK)
players = st.integers(0, limits.MAX_PLAYERS - 1)
times = st.integers(0, 2**53) | st.floats(0, 2.0**53)
names = text(limits.MAX_NICKNAME)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | text(8) | st.binary(max_size=8)

hellos = st.builds(Hello, text(limits.MAX_NICKNAME_WISH), text(limits.MAX_MATCH_ID), text(limits.MAX_CLIENT_NAME))
inputs = st.builds(
    Input,
    ticks,
    st.integers(0, limits.MAX_BUTTONS),
    st.integers(0, limits.AIM_STEPS - 1),
    st.integers(0, limits.MAX_BEHIND),
)
chats = st.builds(Chat, text(300))
pings = st.builds(Ping, times)
resyncs = st.builds(Resync, ticks)

client_messages: st.SearchStrategy[ClientMessage] = hellos | inputs | chats | pings | resyncs


def _fields(draw_names: list[str]) -> st.SearchStrategy[tuple[FieldSchema, ...]]:
    scales = st.floats(-1e6, 1e6) | st.integers(-(2**31), 2**31)
    return st.tuples(
        *(st.builds(FieldSchema, st.just(n), st.sampled_from([1, 2, 4]), scales, scales) for n in draw_names)
    )


def _unique_names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(text(8), min_size=least, max_size=most, unique=True)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A schema as a game could declare it."""
    tables = tuple(
        TableSchema(number, name, draw(_unique_names(1, 16).flatmap(_fields)))
        for name, number in zip(
            draw(_unique_names(0, 3)),
            draw(st.lists(st.integers(0, 255), min_size=3, max_size=3, unique=True)),
            strict=False,
        )
    )
    own = tuple((name, draw(st.sampled_from(sorted(OWN_STRUCT_CODES)))) for name in draw(_unique_names(0, 4)))
    events = tuple(
        EventSchema(16 + index, name, tuple(draw(_unique_names(0, 3))))
        for index, name in enumerate(draw(_unique_names(0, 3)))
    )
    return Schema(tables, own, events)


setups: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    text(8), scalars | st.lists(scalars, max_size=3), max_size=4
)

welcomes = st.builds(
    Welcome,
    player=players,
    nickname=names,
    match=st.builds(
        MatchInfo, text(limits.MAX_MATCH_ID), text(40), text(limits.MAX_MATCH_ID), st.integers(1, limits.MAX_PLAYERS)
    ),
    tick_rate=st.integers(1, 240),
    tick=ticks,
    timeout=st.floats(0, 86400) | st.integers(0, 86400),
    schema=schemas().map(Schema.to_wire),
    setup=setups,
    roster=st.lists(st.builds(RosterEntry, players, names, st.integers(0, 1)), max_size=4).map(tuple),
)
snapshots = st.builds(
    Snapshot,
    tick=ticks,
    kind=st.integers(0, 1),
    ack=ticks,
    depth=st.integers(0, limits.INPUT_WINDOW),
    hash=st.none() | st.integers(0, 2**32 - 1),
    own=st.binary(max_size=40),
    tables=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=4).map(tuple),
)
events = st.builds(
    Events,
    ticks,
    st.lists(
        st.lists(scalars, max_size=4).flatmap(lambda tail: st.tuples(st.integers(0, 255), *map(st.just, tail)))
    ).map(tuple),
)
pongs = st.builds(Pong, times, times)
notices = st.builds(Notice, st.integers(0, 255), text(100))

server_messages: st.SearchStrategy[ServerMessage] = welcomes | snapshots | events | pongs | notices
