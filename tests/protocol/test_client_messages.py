from __future__ import annotations

from typing import Any

import pytest

from game_server.protocol import client_messages as client
from game_server.protocol.codec import decode_client, encode
from game_server.protocol.codes import NO_PLAYER
from tests.protocol.samples import (
    CLIENT_SAMPLES,
    NO_VALUE,
    NOT_MAP,
    NOT_NUMBER,
    NOT_TEXT,
    NOT_VALUES,
    Case,
    bad_int,
    bad_text,
    changed,
    good_ends,
    refused_by_its_name,
    refused_for_its_arity,
)


@pytest.mark.parametrize("name", CLIENT_SAMPLES)
def test_a_message_has_all_its_fields_and_no_more(name: str) -> None:
    assert refused_for_its_arity(decode_client, CLIENT_SAMPLES[name], name)


CASES: list[Case] = [
    ("hello", (1,), "hello.nickname", bad_text(64)),
    ("hello", (2,), "hello.client", bad_text(64)),
    ("hello", (3,), "hello.key", bad_text(64)),
    ("input", (1,), "input.tick", bad_int(0, 2**32 - 1)),
    ("input", (2,), "input.buttons", bad_int(0, 65535)),
    ("input", (3,), "input.aim", bad_int(0, 65535)),
    ("input", (4,), "input.behind", bad_int(0, 4095)),
    ("chat", (1,), "chat.text", NOT_TEXT),
    ("chat", (2,), "chat.to", bad_text(64)),
    ("ping", (1,), "ping.client_time", NOT_NUMBER),
    ("resync", (1,), "resync.tick", bad_int(0, 2**32 - 1)),
    ("join", (1,), "join.match", bad_text(32)),
    ("join", (2,), "join.password", bad_text(64)),
    ("join", (3,), "join.wait", bad_int(0, 1)),
    ("browse", (1,), "browse.wanted", bad_int(0, 1)),
    ("create", (1,), "create.name", bad_text(64)),
    ("create", (2,), "create.game", bad_text(32)),
    ("create", (3,), "create.mode", bad_text(32)),
    ("create", (4,), "create.max_players", bad_int(1, 64)),
    ("create", (5,), "create.bots", bad_int(0, 64)),
    ("create", (6,), "create.rounds", bad_int(0, 100)),
    ("create", (7,), "create.private", bad_int(0, 1)),
    ("create", (8,), "create.password", bad_text(64)),
    ("create", (9,), "create.options", NOT_MAP),
    ("create", (10,), "create.takeover", bad_int(0, 1)),
    ("create", (11,), "create.spectating", bad_int(0, 2)),
    ("create", (12,), "create.delay", bad_int(0, 60)),
    ("create", (13,), "create.rotation", bad_int(0, 3)),
    ("create", (14,), "create.recorded", bad_int(0, 1)),
    ("watch", (1,), "watch.match", bad_text(32)),
    ("watch", (2,), "watch.password", bad_text(64)),
    ("resume", (1,), "resume.token", bad_text(128)),
    ("moderate", (1,), "moderate.deed", bad_int(0, 11)),
    ("moderate", (2,), "moderate.player", bad_int(0, 65535)),
    ("moderate", (3,), "moderate.text", bad_text(64)),
    ("vote", (1,), "vote.choice", bad_int(0, 2)),
    ("admin", (1,), "admin.token", bad_text(128)),
    ("admin", (2,), "admin.deed", bad_int(0, 9)),
    ("admin", (3,), "admin.match", bad_text(32)),
    ("admin", (4,), "admin.subject", bad_text(64)),
    ("admin", (5,), "admin.text", bad_text(200)),
    ("admin", (6,), "admin.seconds", bad_int(0, 3600)),
    ("follow", (1,), "follow.player", bad_int(0, 65535)),
    ("act", (1,), "act.number", bad_int(0, 63)),
    ("act", (2,), "act.values", NOT_VALUES),
    ("act", (2,), "a value of a command", NO_VALUE),
]


@pytest.mark.parametrize(("message", "path", "name", "values"), CASES, ids=[case[2] for case in CASES])
def test_a_field_of_the_wrong_type_or_range_is_refused_by_its_name(
    message: str, path: tuple[int, ...], name: str, values: list[Any]
) -> None:
    for value in values:
        assert refused_by_its_name(decode_client, CLIENT_SAMPLES[message], path, name, value), value


@pytest.mark.parametrize(("message", "path", "values"), [(case[0], case[1], case[3]) for case in CASES])
def test_the_ends_of_the_range_of_each_field_are_within_it(
    message: str, path: tuple[int, ...], values: list[Any]
) -> None:
    for value in good_ends(values):
        decode_client(changed(CLIENT_SAMPLES[message], path, value))


def test_every_field_of_every_message_is_tried() -> None:
    fields = {(name, (index,)) for name, sample in CLIENT_SAMPLES.items() for index in range(1, len(sample))}
    assert {(message, path) for message, path, *_ in CASES} == fields


@pytest.mark.parametrize(
    "message",
    [
        client.Hello("x" * 64, "\U0001f680" * 64, "x" * 64),
        client.Hello("", ""),
        client.Input(0, 0, 0, 0),
        client.Input(2**32 - 1, 65535, 4095, 4095),
        client.Chat("", ""),
        client.Chat("x" * 3_700, "\U0001f680" * 64),
        client.Ping(0),
        client.Ping(2**53),
        client.Ping(2.0**53),
        client.Resync(2**32 - 1),
        client.Join("", "", 0),
        client.Join("x" * 32, "x" * 64, 1),
        client.Browse(0),
        client.Create("", "", "", 1, 0, 0, 0, "", {}, 0, 0, 0, 0, 0),
        client.Create(
            "x" * 64,
            "x" * 32,
            "x" * 32,
            64,
            64,
            100,
            1,
            "x" * 64,
            {f"{n:032}": "x" * 32 for n in range(16)},
            1,
            2,
            60,
            3,
            1,
        ),
        client.Watch("x" * 32, "x" * 64),
        client.Resume("x" * 128),
        client.Moderate(0, 0, ""),
        client.Moderate(11, NO_PLAYER, "x" * 64),
        client.Vote(0),
        client.Vote(2),
        client.Admin("", 0, "", "", "", 0),
        client.Admin("x" * 128, 5, "x" * 32, "x" * 64, "x" * 200, 3600),
        client.Follow(0),
        client.Follow(NO_PLAYER),
        client.Act(0, ()),
        client.Act(63, (-(2**31), 2**31 - 1, "", "x" * 200)),
    ],
)
def test_the_ends_of_every_range_are_within_it(message: client.ClientMessage) -> None:
    assert decode_client(encode(message)) == message
