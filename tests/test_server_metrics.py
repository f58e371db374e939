"""``GET /metrics`` of a whole server: who may read it, what it counts, and that the document has all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families
from wsproto.events import CloseConnection

import game_server
from game_server.errors import ConfigError
from game_server.loadtest.metrics.server_metrics import Interval, Scrape
from game_server.lobby import MatchLimits
from game_server.lobby.match.match_options import Opening
from game_server.protocol import Browse, CloseCode, Input, Join, Lobby, RefusalCode, Refused, encode
from game_server.server import Server
from game_server.telemetry import OTHER, TickSeries, machine_clock
from game_server.throttling import Budgets
from tests.live_server import OpenServer, Served, toy_options
from tests.transport.clients import Answer, HttpClient

DOCUMENT = Path(game_server.__file__).parents[1] / "docs" / "OPERATING.md"
RATE = 30
STALE = 1.5
"""Seconds after which the text is generated again."""


async def answer_of(served: Served, **headers: str) -> Answer:
    http = HttpClient(await served.dial())
    return await http.get("/metrics", **headers)


async def scrape(served: Served) -> Scrape:
    await trio.sleep(STALE)
    return Scrape.read((await answer_of(served)).body.decode())


# Who may read it


async def test_a_process_of_this_machine_may_read_the_metrics(open_server: OpenServer) -> None:
    answer = await answer_of(await open_server())
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


async def test_switched_off_there_is_no_such_page(open_server: OpenServer) -> None:
    assert (await answer_of(await open_server(options={"metrics": False}))).status == 404


PROXIED = {"trusted_proxies": ("127.0.0.1",)}
FRIEND = {"metrics_from": ("203.0.113.0/24",)}


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        # A proxy on this machine that nobody has declared passes on what anybody asks.
        ({}, {"X_Forwarded_For": "203.0.113.9"}, 403),
        ({}, {"X_Forwarded_For": "127.0.0.1"}, 403),
        ({}, {"Forwarded": "for=203.0.113.9"}, 403),
        ({}, {"X_Real_IP": "127.0.0.1"}, 403),
        ({}, {"Via": "1.1 proxy"}, 403),
        (FRIEND, {"X_Forwarded_For": "203.0.113.9"}, 403),
        # Of a trusted one the address that it forwards counts.
        (PROXIED, {"X_Forwarded_For": "203.0.113.9"}, 403),
        (PROXIED | FRIEND, {"X_Forwarded_For": "203.0.113.9"}, 200),
        (PROXIED | FRIEND, {"X_Forwarded_For": "203.0.113.9, 198.51.100.1"}, 403),
        (PROXIED | FRIEND, {"X_Forwarded_For": "nonsense"}, 403),
        (PROXIED | FRIEND, {}, 200),
        (PROXIED | {"metrics_from": ("127.0.0.0/8",)}, {"X_Forwarded_For": "nonsense"}, 403),
        (PROXIED | {"metrics_from": ("127.0.0.0/8",)}, {"X_Forwarded_For": "127.0.0.5"}, 200),
    ],
)
async def test_behind_a_proxy_the_forwarded_address_counts_and_nobody_is_of_this_machine(
    open_server: OpenServer, options: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert (await answer_of(await open_server(options=options), **headers)).status == status


async def test_a_network_that_is_none_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="metrics network 'prometheus' is not an address"):
        await Server(attrs.evolve(toy_options(), metrics_from=("prometheus",))).run(trio.Event())


# What it counts


async def test_people_and_seats_are_counted_by_where_they_are(open_server: OpenServer) -> None:
    served = await open_server(bots=1, max_players=8)
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await served.come("Edsger")
    await served.watch("Vera")
    await served.connect()
    await grace.vanish()
    found = await scrape(served)
    states = {"hello": 1, "lobby": 1, "seated": 1, "spectating": 1}
    assert {state: found.value("game_server_connections", state=state) for state in states} == states
    seats = {"free": 5, "taken": 1, "held": 1, "bots": 1}
    assert {state: found.value("game_server_seats", state=state) for state in seats} == seats
    assert found.value("game_server_matches") == 1
    assert found.value("game_server_closes_total", code=str(int(CloseCode.ABNORMAL))) == 1
    assert ada.welcome.player == 1


async def test_messages_bytes_inputs_and_ticks_are_counted(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join()
    before = await scrape(served)
    tick = served.match.match.world.tick
    await ada.say(Input(tick + 10, 0, 0, 0), Input(tick + 11, 0, 0, 0), Input(tick + 11, 0, 0, 0), Input(0, 0, 0, 0))
    between = Interval(before, await scrape(served))
    fates = {"used": 2, "late": 1, "duplicate": 1, "early": 0}
    assert {fate: between.increase("game_server_inputs_total", fate=fate) for fate in fates} == fates
    assert between.increase("game_server_messages_total", direction="in") == 4
    assert between.increase("game_server_bytes_total", direction="in") == sum(
        6 + len(encode(Input(t, 0, 0, 0))) for t in (tick + 10, tick + 11, tick + 11, 0)
    )
    ticks = between.histogram("game_server_tick_duration_seconds", match=served.match.id).count
    assert ticks >= 30
    for phase in ("drain", "rules", "encode", "write"):
        assert between.histogram("game_server_tick_phase_seconds", phase=phase).count == ticks
    assert abs(between.increase("game_server_messages_total", direction="out") - ticks) <= 1
    assert between.increase("game_server_bytes_total", direction="out") > ticks


async def test_tick_zero_is_on_the_clock_of_the_machine(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_clock, "monotonic", lambda: trio.current_time() + 1_000)
    served = await open_server()
    await served.join()
    found = await scrape(served)
    match = served.match.match
    due = found.value("game_server_tick_zero_seconds", match=served.match.id) + match.match_time() / RATE
    assert due == pytest.approx(trio.current_time() + 1_000, abs=1e-3)


async def test_a_match_without_a_label_of_its_own_has_a_tick_zero(open_server: OpenServer) -> None:
    served = await open_server()
    served.server._metrics._ticks = TickSeries(0)
    await served.join()
    found = await scrape(served)
    assert found.value("game_server_tick_duration_seconds_count", match=OTHER) > 0
    assert found.by_label("game_server_tick_zero_seconds", "match").keys() == {served.match.id}


async def test_the_metrics_of_64_matches_are_a_tenth_of_a_megabyte(
    open_server: OpenServer,
) -> None:
    served = await open_server()
    one = len((await answer_of(served)).body)
    for _ in range(63):
        served.server.lobby.hosting._open(served.server.options.match, Opening())
    await trio.sleep(STALE)
    assert len((await answer_of(served)).body) < one + 100_000


async def test_a_match_that_stands_still_has_no_tick_zero(open_server: OpenServer) -> None:
    assert (await scrape(await open_server())).series.get("game_server_tick_zero_seconds", {}) == {}


async def test_refusals_and_what_browsers_of_the_list_are_sent_are_counted(open_server: OpenServer) -> None:
    served = await open_server()
    edsger = await served.come()
    await edsger.say(Browse(1))
    await edsger.next(Lobby)
    assert isinstance(await edsger.ask(Join("NOSUCH")), Refused)
    found = await scrape(served)
    assert found.value("game_server_browsing") == 1
    assert found.value("game_server_lobby_updates_total") >= 1
    assert found.value("game_server_refusals_total", code="no_such_match") == 1
    assert found.value("game_server_refusals_total") == 1
    assert len(found.series["game_server_refusals_total"]) == len(RefusalCode)


async def test_what_a_match_has_counted_outlives_it_and_its_label_does_not(open_server: OpenServer) -> None:
    served = await open_server(tick_rate=5, options={"matches": ()})
    ada = await served.join()
    code = served.match.id
    await ada.ticks(10)
    scrapes = [await scrape(served)]
    await ada.quit()
    for _ in range(4):
        await trio.sleep(20)
        scrapes.append(await scrape(served))
    assert scrapes[-1].value("game_server_matches") == 0
    assert scrapes[0].value("game_server_tick_duration_seconds_count", match=code) >= 10
    assert not any(("match", code) in labels for series in scrapes[-1].series.values() for labels in series)
    for name, series in scrapes[0].series.items():
        if name.endswith("_total"):
            for labels in series:
                values = [found.series[name][labels] for found in scrapes]
                assert all(earlier <= later for earlier, later in pairwise(values)), (name, labels)
    assert scrapes[-1].value("game_server_inputs_total", fate="repeated") >= 10


async def test_a_thousand_scrapes_read_the_server_once(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await open_server()
    read, readings = served.server._metrics.read, 0

    def counted(*arguments: Any) -> Any:
        nonlocal readings
        readings += 1
        return read(*arguments)

    monkeypatch.setattr(served.server._metrics, "read", counted)
    http = HttpClient(await served.dial())
    began = trio.current_time()
    for _ in range(1_000):
        assert (await http.get("/metrics")).status == 200
    assert readings <= 1 + (trio.current_time() - began)


async def test_the_code_that_lets_people_into_a_private_match_is_shown_to_nobody(open_server: OpenServer) -> None:
    served = await open_server(private=True)
    ada = await served.join(match=served.match.id)
    await ada.ticks(5)
    text = (await answer_of(served)).body.decode()
    assert served.match.id not in text
    assert Scrape.read(text).value("game_server_tick_duration_seconds_count", match="private-1") > 0
    assert "private-1" in str(Scrape.read(text).series["game_server_tick_zero_seconds"])


@pytest.mark.parametrize("code", [1000, 1011, 4009])
async def test_closes_are_counted_by_who_chose_the_code(open_server: OpenServer, code: int) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await ada.socket.send_event(CloseConnection(code=code))
    await ada.close_code()
    await ada.vanish()
    await trio.sleep(1)
    [link] = [link for link in served.server.links if not link.closed]
    link.close(code, "")
    await grace.close_code()
    await grace.vanish()
    await trio.sleep(1)
    found = await scrape(served)
    for by in ("server", "client"):
        assert found.value("game_server_closes_total", code=str(code), by=by) == 1


async def test_what_budgets_refuse_is_counted(open_server: OpenServer) -> None:
    served = await open_server(options={"budgets": Budgets(chat_per_address=3)})
    budgets = served.server.lobby.context.throttling
    for _ in range(17):
        budgets.chat.take(("192.0.2.7",), 0.0)
    found = await scrape(served)
    assert found.value("game_server_throttled_total", budget="chat") == 2
    assert len(found.series["game_server_throttled_total"]) == len(budgets.refused())


# The document


def documented() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, type and labels of each metric in the chapter."""
    chapter = re.search(r"^## Metrics\n(.*?)(?=^## |\Z)", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert chapter
    for name, type, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", chapter[1], re.MULTILINE):
        yield name, type, tuple(re.findall(r"`(\w+)`", labels))


async def test_the_document_lists_exactly_the_metrics_that_there_are(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join()
    families = text_string_to_metric_families((await answer_of(served)).body.decode())
    told = {
        (
            f"{family.name}_total" if family.type == "counter" else family.name,
            family.type,
            tuple(sorted({label for sample in family.samples for label in sample.labels} - {"le"})),
        )
        for family in families
    }
    assert sorted((name, type, tuple(sorted(labels))) for name, type, labels in documented()) == sorted(told)


async def test_alerts_speak_of_metrics_that_there_are(open_server: OpenServer) -> None:
    scraped = await scrape(await open_server())
    expressions = re.findall(r"^ +expr: (.+)$", DOCUMENT.read_text(), re.MULTILINE)
    assert len(expressions) >= 5
    for expression in expressions:
        for name in re.findall(r"\b(?:game_server|process)_\w+", expression):
            assert name in scraped.series, expression


async def test_of_a_fresh_server_nothing_is_counted_but_its_match_and_seats(open_server: OpenServer) -> None:
    served = await open_server()
    reading = served.server._metrics.read(
        served.server.lobby, served.server._traffic, served.server._garbage, served.server._throttling
    )
    counted = {
        (metric.name, labels): value
        for metric, series in reading.items()
        for labels, value in series.items()
        if isinstance(value, int | float) and value
    }
    assert counted == {
        ("game_server_info", (game_server.__version__, "1")): 1,
        ("game_server_matches", ()): 1,
        ("game_server_seats", ("free",)): 4,
    }


async def test_a_close_code_of_a_client_that_no_server_knows_is_counted_among_the_others(
    open_server: OpenServer,
) -> None:
    served = await open_server()
    for code in (4_777, 4_778):
        ada = await served.come("Ada")
        await ada.socket.send_event(CloseConnection(code=code))
        await ada.close_code()
    found = await scrape(served)
    assert found.value("game_server_closes_total", code="other", by="client") == 2


async def test_64_matches_the_oldest_first_have_a_tick_zero(open_server: OpenServer) -> None:
    served = await open_server(options={"limits": MatchLimits(max_matches=70)})
    hosting = served.server.lobby.hosting
    for _ in range(65):
        hosting._open(served.server.options.match, Opening())
    matches = list(served.server.match_index)
    for match in matches:
        match.match.tick_zero = lambda: 1.0
    found = await scrape(served)
    assert list(found.by_label("game_server_tick_zero_seconds", "match")) == [match.id for match in matches[:64]]
