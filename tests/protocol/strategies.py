"""Every message that docs/PROTOCOL.md allows, for hypothesis to draw."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from game_server.protocol import client_messages as client
from game_server.protocol import limits
from game_server.protocol import server_messages as server
from game_server.protocol.codes import NO_PLAYER, AdminDeed, ModerateDeed, VoteChoice
from game_server.protocol.schema import OWN_STRUCT_CODES, EventSchema, FieldSchema, Schema, TableSchema


def text(most: int) -> st.SearchStrategy[str]:
    """Anything that UTF-8 can carry, up to ``most`` characters."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=most)


ticks = st.integers(0, limits.MAX_TICK)
players = st.integers(0, limits.MAX_PLAYERS - 1)
anybody = st.integers(0, NO_PLAYER)
flags = st.integers(0, 1)
codes = st.integers(0, 255)
counts = st.integers(0, limits.MAX_PLAYERS)
match_ids = text(limits.MAX_MATCH_ID)
modes = text(limits.MAX_MODE)
passwords = text(limits.MAX_PASSWORD)
tokens = text(limits.MAX_TOKEN)
told = text(300)
times = st.integers(0, 2**53) | st.floats(0, 2.0**53)
names = text(limits.MAX_NICKNAME)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | text(8) | st.binary(max_size=8)

hellos = st.builds(client.Hello, text(limits.MAX_NICKNAME_WISH), text(limits.MAX_CLIENT_NAME), text(limits.MAX_KEY))
inputs = st.builds(
    client.Input,
    ticks,
    st.integers(0, limits.MAX_BUTTONS),
    st.integers(0, limits.MAX_AIM),
    st.integers(0, limits.MAX_BEHIND),
)
chats = st.builds(client.Chat, text(300), text(limits.MAX_NICKNAME_WISH))
pings = st.builds(client.Ping, times)
resyncs = st.builds(client.Resync, ticks)

joins = st.builds(client.Join, match_ids, passwords, flags)
browses = st.builds(client.Browse, flags)
option_values = st.integers(-(2**31), 2**31 - 1) | text(limits.MAX_OPTION)
chosen = st.dictionaries(text(limits.MAX_OPTION), option_values, max_size=limits.MAX_OPTIONS)
creates = st.builds(
    client.Create,
    name=text(limits.MAX_MATCH_NAME_WISH),
    game=text(limits.MAX_GAME),
    mode=modes,
    max_players=st.integers(1, limits.MAX_CREATED_PLAYERS),
    bots=st.integers(0, limits.MAX_CREATED_PLAYERS),
    rounds=st.integers(0, limits.MAX_ROUNDS),
    private=flags,
    password=passwords,
    options=chosen,
    takeover=flags,
    spectating=st.integers(0, 2),
    delay=st.integers(0, limits.MAX_SPECTATOR_DELAY),
    rotation=st.integers(0, 3),
    recorded=flags,
)
watches = st.builds(client.Watch, match_ids, passwords)
resumes = st.builds(client.Resume, tokens)
leaves = st.just(client.Leave())
moderates = st.builds(
    client.Moderate, st.sampled_from(ModerateDeed).map(int), anybody, text(limits.MAX_MATCH_NAME_WISH)
)
votes = st.builds(client.Vote, st.sampled_from(VoteChoice).map(int))
admins = st.builds(
    client.Admin,
    tokens,
    st.sampled_from(AdminDeed).map(int),
    match_ids,
    text(limits.MAX_NICKNAME_WISH),
    text(limits.MAX_CHAT),
    st.integers(0, limits.MAX_STOP_SECONDS),
)
follows = st.builds(client.Follow, anybody)
commands = st.builds(
    client.Act,
    st.integers(0, limits.MAX_COMMANDS - 1),
    st.lists(st.integers(-(2**31), 2**31 - 1) | text(limits.MAX_COMMAND_TEXT), max_size=8).map(tuple),
)

client_messages: st.SearchStrategy[client.ClientMessage] = st.one_of(
    hellos, inputs, chats, pings, resyncs, joins, browses, creates, watches, resumes, leaves, moderates, votes, admins,
    follows, commands,
)  # fmt: skip


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
    server.Welcome,
    player=anybody,
    nickname=names,
    match=st.builds(
        server.MatchInfo, match_ids, text(40), text(limits.MAX_GAME), st.integers(1, limits.MAX_PLAYERS), codes, flags
    ),
    tick_rate=st.integers(1, 240),
    tick=ticks,
    timeout=st.floats(0, 86400) | st.integers(0, 86400),
    schema=schemas().map(Schema.to_wire),
    setup=setups,
    roster=st.lists(st.builds(server.RosterEntry, players, names, st.integers(0, 1), flags), max_size=4).map(tuple),
    token=tokens,
    host=anybody,
    settings=st.builds(
        server.MatchSettings,
        modes,
        chosen,
        st.integers(0, limits.MAX_ROUNDS),
        flags,
        st.integers(0, 2),
        st.integers(0, limits.MAX_SPECTATOR_DELAY),
        st.integers(0, 3),
        codes,
    ),
)
snapshots = st.builds(
    server.Snapshot,
    tick=ticks,
    kind=st.integers(0, 1),
    ack=ticks,
    depth=st.integers(0, limits.INPUT_WINDOW),
    hash=st.none() | st.integers(0, 2**32 - 1),
    own=st.binary(max_size=40),
    tables=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=4).map(tuple),
)
events = st.builds(
    server.Events,
    ticks,
    st.lists(
        st.lists(scalars, max_size=4).flatmap(lambda tail: st.tuples(st.integers(0, 255), *map(st.just, tail)))
    ).map(tuple),
)
pongs = st.builds(server.Pong, times, times)
notices = st.builds(server.Notice, codes, told)
titles = text(limits.MAX_TITLE)
seat_numbers = st.integers(1, limits.MAX_PLAYERS)
choices = st.lists(st.builds(server.ChoiceOffer, text(limits.MAX_OPTION), titles), max_size=2).map(tuple)
bounds = st.integers(-(2**31), 2**31 - 1)
option_offers = st.builds(
    server.OptionOffer, codes, text(limits.MAX_OPTION), titles, option_values, bounds, bounds, choices
)
games = st.builds(
    server.GameOffer,
    text(limits.MAX_GAME),
    titles,
    seat_numbers,
    seat_numbers,
    st.lists(st.builds(server.ModeOffer, modes, titles), max_size=3).map(tuple),
    st.lists(option_offers, max_size=2).map(tuple),
    st.integers(0, 3),
)
homes = st.builds(server.Home, codes, told, names, st.lists(games, max_size=3).map(tuple))
rows: st.SearchStrategy[tuple[server.MatchRow, ...]] = st.lists(
    st.builds(
        server.MatchRow,
        match_ids,
        text(limits.MAX_MATCH_NAME),
        text(limits.MAX_GAME),
        modes,
        text(limits.MAX_PHASE),
        counts,
        counts,
        st.integers(1, limits.MAX_PLAYERS),
        counts,
        codes,
    ),
    max_size=3,
).map(tuple)
lobbies = st.builds(server.Lobby, flags, counts, rows, st.lists(match_ids, max_size=3).map(tuple))
saids = st.builds(server.Said, st.lists(st.builds(server.Line, codes, anybody, names, told), max_size=3).map(tuple))
refusals = st.builds(server.Refused, codes, codes, told, st.integers(0, 86400))
queueds = st.builds(server.Queued, match_ids, counts, counts, text(limits.MAX_SHOWN_MATCH_NAME))
answers = st.builds(server.Answer, told, rows, st.lists(text(limits.MAX_NODE), max_size=3).map(tuple))
elsewheres = st.builds(server.Elsewhere, text(limits.MAX_URL), text(limits.MAX_TOKEN))

server_messages: st.SearchStrategy[server.ServerMessage] = st.one_of(
    welcomes, snapshots, events, pongs, notices, homes, lobbies, saids, refusals, queueds, answers, elsewheres
)
