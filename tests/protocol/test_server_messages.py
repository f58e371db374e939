from __future__ import annotations

from typing import Any

import pytest

from game_server.protocol import server_messages as server
from game_server.protocol.codec import decode_server, encode
from game_server.protocol.codes import NO_PLAYER
from tests.protocol.samples import (
    NOT_BYTES,
    NOT_LIST,
    NOT_MAP,
    NOT_NUMBER,
    ROW,
    SERVER_SAMPLES,
    Case,
    bad_int,
    bad_text,
    changed,
    good_ends,
    refused_by_its_name,
    refused_for_its_arity,
)


@pytest.mark.parametrize("name", SERVER_SAMPLES)
def test_a_message_has_all_its_fields_and_no_more(name: str) -> None:
    assert refused_for_its_arity(decode_server, SERVER_SAMPLES[name], name)


ROW_CASES: list[tuple[int, str, list[Any]]] = [
    (0, "row.id", bad_text(32)),
    (1, "row.name", bad_text(200)),
    (2, "row.game", bad_text(32)),
    (3, "row.mode", bad_text(32)),
    (4, "row.phase", bad_text(32)),
    (5, "row.people", bad_int(0, 65535)),
    (6, "row.bots", bad_int(0, 65535)),
    (7, "row.max_players", bad_int(1, 65535)),
    (8, "row.spectators", bad_int(0, 65535)),
    (9, "row.flags", bad_int(0, 255)),
]

OPTION = server.OptionOffer(255, "x" * 32, "x" * 80, "x" * 32, -(2**31), 2**31 - 1, (server.ChoiceOffer("", "x" * 80),))
GAME = server.GameOffer("x" * 32, "x" * 80, 65535, 65535, (server.ModeOffer("x" * 32, "x" * 80),), (OPTION,), 3)
CASES: list[Case] = [
    ("welcome", (1,), "welcome.player", bad_int(0, 65535)),
    ("welcome", (2,), "welcome.nickname", bad_text(20)),
    ("welcome", (3,), "welcome.match", [*NOT_LIST, [], ["", "", "", 1, 1]]),
    ("welcome", (3, 0), "match.id", bad_text(32)),
    ("welcome", (3, 1), "match.name", bad_text(200)),
    ("welcome", (3, 2), "match.game", bad_text(32)),
    ("welcome", (3, 3), "match.max_players", bad_int(1, 65535)),
    ("welcome", (3, 4), "match.camera", bad_int(0, 255)),
    ("welcome", (3, 5), "match.minimap", bad_int(0, 1)),
    ("welcome", (4,), "welcome.tick_rate", bad_int(1, 240)),
    ("welcome", (5,), "welcome.tick", bad_int(0, 2**32 - 1)),
    ("welcome", (6,), "welcome.timeout", [*NOT_NUMBER, 86401]),
    ("welcome", (7,), "welcome.schema", NOT_LIST),
    ("welcome", (8,), "welcome.setup", [None, True, 0, "", b"", []]),
    ("welcome", (9,), "welcome.roster", NOT_LIST),
    ("welcome", (9, 0), "roster entry", [*NOT_LIST, [], [1, "", 0], [1, "", 0, 1, 0]]),
    ("welcome", (9, 0, 0), "roster.player", bad_int(0, 65534)),
    ("welcome", (9, 0, 1), "roster.nickname", bad_text(20)),
    ("welcome", (9, 0, 2), "roster.kind", bad_int(0, 255)),
    ("welcome", (9, 0, 3), "roster.present", bad_int(0, 1)),
    ("welcome", (10,), "welcome.token", bad_text(128)),
    ("welcome", (11,), "welcome.host", bad_int(0, 65535)),
    ("welcome", (12,), "welcome.settings", [*NOT_LIST, [], ["", 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("welcome", (12, 0), "settings.mode", bad_text(32)),
    ("welcome", (12, 1), "settings.options", NOT_MAP),
    ("welcome", (12, 2), "settings.rounds", bad_int(0, 100)),
    ("welcome", (12, 3), "settings.takeover", bad_int(0, 1)),
    ("welcome", (12, 4), "settings.spectating", bad_int(0, 2)),
    ("welcome", (12, 5), "settings.delay", bad_int(0, 60)),
    ("welcome", (12, 6), "settings.rotation", bad_int(0, 3)),
    ("welcome", (12, 7), "settings.flags", bad_int(0, 255)),
    ("snapshot", (1,), "snapshot.tick", bad_int(0, 2**32 - 1)),
    ("snapshot", (2,), "snapshot.kind", bad_int(0, 1)),
    ("snapshot", (3,), "snapshot.ack", bad_int(0, 2**32 - 1)),
    ("snapshot", (4,), "snapshot.depth", bad_int(0, 32)),
    ("snapshot", (5,), "snapshot.hash", [v for v in bad_int(0, 2**32 - 1) if v is not None]),
    ("snapshot", (6,), "snapshot.own", NOT_BYTES),
    ("snapshot", (7,), "snapshot.tables", [*NOT_LIST, [1], [1, b"", 2]]),
    ("snapshot", (7, 0), "snapshot table", bad_int(0, 255)),
    ("snapshot", (7, 1), "snapshot records", NOT_BYTES),
    ("events", (1,), "events.tick", bad_int(0, 2**32 - 1)),
    ("events", (2,), "events.events", NOT_LIST),
    ("events", (2, 0), "an event", [*NOT_LIST, [], ["0"], [True], [1.0]]),
    ("pong", (1,), "pong.client_time", NOT_NUMBER),
    ("pong", (2,), "pong.match_time", NOT_NUMBER),
    ("notice", (1,), "notice.code", bad_int(0, 255)),
    ("notice", (2,), "notice.text", bad_text(1024)),
    ("home", (1,), "home.code", bad_int(0, 255)),
    ("home", (2,), "home.text", bad_text(1024)),
    ("home", (3,), "home.nickname", bad_text(20)),
    ("home", (4,), "home.games", NOT_LIST),
    ("home", (4, 0), "row of a game", [*NOT_LIST, [], ["arena"], ["arena", "Arena", 1, 16, [], [], 0, 0]]),
    ("home", (4, 0, 0), "games.game", bad_text(32)),
    ("home", (4, 0, 1), "games.title", bad_text(80)),
    ("home", (4, 0, 2), "games.least", bad_int(1, 65535)),
    ("home", (4, 0, 3), "games.most", bad_int(1, 65535)),
    ("home", (4, 0, 4), "games.modes", NOT_LIST),
    ("home", (4, 0, 4, 0), "row of a mode", [*NOT_LIST, [], ["teams"], ["teams", "Teams", 0]]),
    ("home", (4, 0, 4, 0, 0), "games.mode.name", bad_text(32)),
    ("home", (4, 0, 4, 0, 1), "games.mode.title", bad_text(80)),
    ("home", (4, 0, 5), "games.options", NOT_LIST),
    ("home", (4, 0, 5, 0), "row of an option", [*NOT_LIST, [], ["map"]]),
    ("home", (4, 0, 5, 0, 0), "games.option.kind", bad_int(0, 255)),
    ("home", (4, 0, 5, 0, 1), "games.option.name", bad_text(32)),
    ("home", (4, 0, 5, 0, 2), "games.option.label", bad_text(80)),
    ("home", (4, 0, 5, 0, 3), "games.option.default", [None, True, 0.5, b"", [], {}, "x" * 33, 2**31]),
    ("home", (4, 0, 5, 0, 4), "games.option.low", bad_int(-(2**31), 2**31 - 1)),
    ("home", (4, 0, 5, 0, 5), "games.option.high", bad_int(-(2**31), 2**31 - 1)),
    ("home", (4, 0, 5, 0, 6), "games.option.choices", NOT_LIST),
    ("home", (4, 0, 6), "games.rotation", bad_int(0, 3)),
    ("home", (4, 0, 5, 0, 6, 0), "row of a choice", [*NOT_LIST, [], ["wood"]]),
    ("home", (4, 0, 5, 0, 6, 0, 0), "choice.value", bad_text(32)),
    ("home", (4, 0, 5, 0, 6, 0, 1), "choice.title", bad_text(80)),
    ("lobby", (1,), "lobby.whole", bad_int(0, 1)),
    ("lobby", (2,), "lobby.people", bad_int(0, 2**32 - 1)),
    ("lobby", (3,), "lobby.matches", NOT_LIST),
    ("lobby", (3, 0), "row of a match", [*NOT_LIST, [], ROW[:-1], [*ROW, 0]]),
    *(("lobby", (3, 0, index), name, values) for index, name, values in ROW_CASES),
    ("lobby", (4,), "lobby.gone", NOT_LIST),
    ("lobby", (4, 0), "lobby.gone", bad_text(32)),
    ("said", (1,), "said.lines", NOT_LIST),
    ("said", (1, 0), "line", [*NOT_LIST, [], [0, 1, ""], [0, 1, "", "", 0]]),
    ("said", (1, 0, 0), "line.kind", bad_int(0, 255)),
    ("said", (1, 0, 1), "line.player", bad_int(0, 65535)),
    ("said", (1, 0, 2), "line.nickname", bad_text(20)),
    ("said", (1, 0, 3), "line.text", bad_text(1024)),
    ("refused", (1,), "refused.request", bad_int(0, 255)),
    ("refused", (2,), "refused.code", bad_int(0, 255)),
    ("refused", (3,), "refused.text", bad_text(1024)),
    ("refused", (4,), "refused.wait", bad_int(0, 86400)),
    ("queued", (1,), "queued.match", bad_text(32)),
    ("queued", (2,), "queued.place", bad_int(0, 65535)),
    ("queued", (3,), "queued.length", bad_int(0, 65535)),
    ("queued", (4,), "queued.name", bad_text(200)),
    ("answer", (1,), "answer.text", bad_text(1024)),
    ("answer", (2,), "answer.matches", NOT_LIST),
    *(("answer", (2, 0, index), name, values) for index, name, values in ROW_CASES),
    ("answer", (3,), "answer.nodes", NOT_LIST),
    ("answer", (3, 0), "answer.node", bad_text(64)),
    ("elsewhere", (1,), "elsewhere.url", bad_text(512)),
    ("elsewhere", (2,), "elsewhere.ticket", bad_text(128)),
]


@pytest.mark.parametrize(
    ("message", "path", "name", "values"), CASES, ids=[f"{message} {name}" for message, _, name, _ in CASES]
)
def test_a_field_of_the_wrong_type_or_range_is_refused_by_its_name(
    message: str, path: tuple[int, ...], name: str, values: list[Any]
) -> None:
    for value in values:
        assert refused_by_its_name(decode_server, SERVER_SAMPLES[message], path, name, value), value


@pytest.mark.parametrize(("message", "path", "values"), [(case[0], case[1], case[3]) for case in CASES])
def test_the_ends_of_the_range_of_each_field_are_within_it(
    message: str, path: tuple[int, ...], values: list[Any]
) -> None:
    for value in good_ends(values):
        decode_server(changed(SERVER_SAMPLES[message], path, value))


def test_every_field_of_every_message_is_tried() -> None:
    fields = {(name, index) for name, sample in SERVER_SAMPLES.items() for index in range(1, len(sample))}
    assert {(message, path[0]) for message, path, *_ in CASES} == fields


@pytest.mark.parametrize(
    "message",
    [
        server.Welcome(
            NO_PLAYER, "x" * 20, server.MatchInfo("x" * 32, "x" * 200, "x" * 32, 65535, 255, 1), 240, 2**32 - 1, 0.5,
            [[], [], []], {}, (), "x" * 128, NO_PLAYER,
            server.MatchSettings("x" * 32, {"x" * 32: -(2**31)}, 100, 1, 2, 60, 3, 255),
        ),
        server.Welcome(
            0, "x", server.MatchInfo("", "", "", 1, 0, 0), 1, 0, 86400, [[], [], []], {"a": [b""]},
            (server.RosterEntry(0, "x", 1, 0), server.RosterEntry(65534, "", 255, 1)), "", 0,
            server.MatchSettings("", {}, 0, 0, 0, 0, 0, 0),
        ),
        server.Snapshot(2**32 - 1, 1, 2**32 - 1, 32, 2**32 - 1, bytes(100), ((0, b""), (255, b""))),
        server.Snapshot(0, 0, 0, 0, None, b"", ()),
        server.Events(0, ()),
        server.Pong(2**53, 0.0),
        server.Notice(255, "x" * 1024),
        server.Home(255, "x" * 1024, "x" * 20, (GAME, server.GameOffer("", "", 1, 1, (), (), 0))),
        server.Home(0, "", "", ()),
        server.Lobby(0, 0, (), ()),
        server.Lobby(
            1,
            2**32 - 1,
            (
                server.MatchRow("x" * 32, "x" * 200, "x" * 32, "x" * 32, "x" * 32, 65535, 65535, 65535, 65535, 255),
                server.MatchRow("", "", "", "", "", 0, 0, 1, 0, 0),
            ),
            ("", "x" * 32),
        ),
        server.Said(()),
        server.Said((server.Line(0, 0, "", ""), server.Line(255, NO_PLAYER, "x" * 20, "x" * 1024))),
        server.Refused(255, 255, "x" * 1024, 86400),
        server.Queued("x" * 32, 0, 0, "x" * 200),
        server.Queued("", 65535, 65535, ""),
        server.Answer("x" * 1024, ()),
        server.Elsewhere("x" * 512, "x" * 128),
        server.Elsewhere("", ""),
    ],
    ids=lambda message: type(message).__name__,
)  # fmt: skip
def test_the_ends_of_every_range_are_within_it(message: server.ServerMessage) -> None:
    assert decode_server(encode(message)) == message
