"""What a process has exchanged over all links, those that are open and those that have ended."""

from __future__ import annotations

import math

import attrs

from game_server.transport import Link, Traffic


def link(*, code: int = 1000, by_peer: bool = False) -> Link:
    """A link that has ended, over which much has gone."""
    made = Link("192.0.2.1:7", inbox_capacity=1, hello_deadline=math.inf)
    made.messages_in, made.messages_out, made.bytes_in, made.bytes_out, made.skipped = 1, 20, 300, 4000, 50_000
    made.end(code, "", by_peer=by_peer)
    return made


def counts(traffic: Traffic) -> tuple[int, ...]:
    return traffic.messages_in, traffic.messages_out, traffic.bytes_in, traffic.bytes_out, traffic.skipped


def test_the_total_is_of_links_that_are_open_and_of_those_that_have_ended() -> None:
    traffic, ended, open_ = Traffic(), link(), link()
    assert (counts(traffic), traffic.refused) == ((0, 0, 0, 0, 0), 0)
    traffic.links |= {ended, open_}
    traffic.ended(ended)
    assert traffic.links == {open_}
    for _ in range(2):  # asking counts nothing
        assert counts(traffic.totals()) == (2, 40, 600, 8000, 100_000)
    assert counts(traffic) == (1, 20, 300, 4000, 50_000)


def test_links_that_have_ended_are_counted_by_code_and_by_who_chose_it() -> None:
    traffic = Traffic()
    for ended in (link(), link(), link(by_peer=True), link(code=4005)):
        traffic.ended(ended)
    assert traffic.closes == {(1000, False): 2, (1000, True): 1, (4005, False): 1}


def test_what_is_counted_elsewhere_stays_in_the_total() -> None:
    traffic = Traffic(messages_in=5, refused=3)
    assert (traffic.totals().messages_in, traffic.totals().refused) == (5, 3)
    assert attrs.evolve(traffic).messages_in == 5
