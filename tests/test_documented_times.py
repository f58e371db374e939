"""Times and bounds in docs of several processes, journals, recordings and fleets: they are those of the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from game_server.agones import fleet_member, sidecar
from game_server.cluster import (
    calls,
    directory,
    local,
    memory,
    neighbours,
    ownership,
    redis,
    redis_scripts,
    shared_budgets,
    shared_counts,
    steps,
    tickets,
)
from game_server.journal import data_directory, journal_writer, journals, records, segments, tail
from game_server.journal.recording import format as file_format
from game_server.journal.recording import recorder, recordings, summary
from game_server.membership import draining, emptying, membership, moving, placing, spreading
from game_server.supervisor import backoff, control, supervisor, worker, worker_process

ROOT: Final = Path(__file__).parents[1]
WORDS: Final = {
    0.25: "a quarter of a second",
    0.5: "half a second",
    1.0: "a second",
    2.0: "twice",
    5.0: "five times",
    60.0: "a minute",
    3600.0: "an hour",
    86400.0: "a day",
}
"""Figures that documents write as words."""


def said(figure: float) -> str:
    """``figure`` in words; another one than the documents have is in none of them."""
    return WORDS.get(figure, f"[{figure}]")


def mib(count: int) -> str:
    """``count`` bytes in mebibytes."""
    return f"{count / 2**20:g} MiB"


def kib(count: int) -> str:
    """``count`` bytes in kibibytes."""
    return f"{count / 2**10:g} KiB"


SENTENCES: Final = {
    "docs/SCALING.md": [
        f"it is started again after {backoff.FIRST} s, and each time in a row after twice as long, up to "
        f"{backoff.LONGEST:g} s; {backoff.HEALTHY_AFTER:g} s of life end the row",
        f"a worker hangs: no heartbeat for {worker_process.SILENCE_TIMEOUT:g} s",
        f"one that has not stopped after {worker_process.STOP_TIMEOUT:g} s is killed",
        f"the stop that follows takes up to {worker_process.STOP_TIMEOUT:g}.",
        f"has not shown for {neighbours.FRESH} s that it works, or that did not take somebody over within the last "
        f"{placing.FAILED_FOR:g} s",
        f"A node that has not shown for {neighbours.FRESH} s that it works is not offered anything",
        f"A worker waits at most {said(emptying.LONGEST_ROUND)} for rounds to end",
        f"A match that no other worker takes is offered again for {draining.UNTAKEN_FOR:g} seconds",
        f"a match that no node takes is offered again every {draining.ASK_AGAIN:g} s. "
        f"After {draining.UNTAKEN_FOR:g} s,",
        f"It asks the others, which have {said(calls.ANSWER_TIMEOUT)} to answer",
        f"each charges within {said(2 * shared_budgets.SHARE_EVERY)} what the others charge",
        f"each counts what the others have reported, within {said(2 * shared_counts.SHARE_EVERY)}",
        f"If the other node does not answer within {ownership.MOVE_TIMEOUT:g} s",
        f"`move` says after {moving.MOVE_PATIENCE:g} s that the match is on its way",
        f"Redis ({redis._dotted(redis.OLDEST)} or newer",
        f"a ticket, which is good for {tickets.VALID_FOR:g} s",
        f"renewed every {directory.RENEW_EVERY:g} s; the lease lapses after {directory.LEASE:g} s, and is remembered "
        f"for {directory.REMEMBERED / 60:g} minutes more",
        f"what a node publishes each second: its matches, its people | {directory.ROW_TTL:g} s |",
        f"its matches are not listed after {directory.ROW_TTL:g} s",
        f"waiting for up to {directory.ROW_TTL:g} s",
        f"the last {directory.HISTORY} lines of the lobby's chat | {said(redis_scripts._HISTORY_TTL)} |",
        f"could be confused | {directory.HOLD_FOR:g} s, renewed",
        f"a match on its way to another node | {ownership.BLOB_TTL:g} s |",
        f"Each node has {ownership.STOCK} codes in hand",
        f"nodes claim again what they have, and publish, within {directory.RENEW_EVERY:g} s",
        f"| a message over the bus | {kib(directory.MAX_SAID)} |",
        f"an answer of more than {kib(calls._LONG)} is left with the directory for {calls._LONG_TTL:g} s",
        f"| what is left with the directory | {mib(directory.MAX_BLOB)} |",
        f"| calls that a node answers at a time | {calls.MOST_CALLS} |",
        f"| messages that wait for one who subscribes | {memory.QUEUE} |",
        f"| frames that wait for a worker, or for its supervisor | {local.MAX_WAITING} |",
        f"| a line between a worker and its supervisor | {control.MAX_LINE / 1e6:.9g} MB |",
        f"| matches of other machines that a node reads | {neighbours.MOST_MATCHES} |",
        f"| addresses of nodes that are remembered | {neighbours.MOST_URLS:,} |",
        f"| charges in one report | {shared_budgets.MOST_SHARED} |",
        f"| addresses in one report of what is open | {shared_counts.MOST_SHARED:,} |",
        f"| tickets that a process remembers as used | {tickets.MOST_USED:,} |",
        f"| matches that wait to be taken over by a node | {moving.MOST_OFFERS} |",
        f"| nodes that a match is offered to in a row | {moving.MOST_TARGETS} |",
        f"| people that another worker has to have less for newcomers to go there | {placing.UNEVEN} |",
    ],
    "docs/deploy/MILLION.md": [
        f"A lobby shows the {neighbours.MOST_MATCHES} matches of other machines that are fullest",
        f"Every {said(shared_budgets.SHARE_EVERY).removeprefix('a ')}, a node reports to all others",
        f"publishes once, renews its claims every {directory.RENEW_EVERY:g} s, looks twice in "
        f"{neighbours.LOOK_EVERY_OF_MANY} s",
    ],
    "docs/deploy/KUBERNETES.md": [
        f"by default {sidecar.DEFAULT_PORT})",
        f"the process works: every {fleet_member.PING_EVERY:g} s",
        f"for {said(fleet_member.EMPTY_FOR)}, nobody has had a seat",
        f"When it is empty for {said(fleet_member.EMPTY_FOR)}:",
        f"at most every {said(fleet_member.LOOK_EVERY).replace('half a', 'half')} |",
        f"Each call has {said(sidecar.CALL_WITHIN)}, and is repeated after {fleet_member.FIRST_WAIT} s, then at ever "
        f"longer intervals up to {fleet_member.PING_EVERY:g} s",
    ],
    "docs/JOURNALS.md": [
        f"another map or mode begins, and every {journal_writer.CHECKPOINT_SECONDS} seconds. It contains the world",
        f"Once {said(journals.CARRY_EVERY)}, a thread sorts what is new in the tail",
        f"every {journals.SYNC_EVERY * journals.CARRY_EVERY:g} seconds, it waits until the disk has written everything",
        f"a journal whose replay fails {said(journals.ATTEMPTS)}, or during whose replay a server died "
        f"{said(journals.DEATHS)}",
        f"room for {kib(journals.TAIL_BYTES)} of each match, and "
        f"{kib(journals.TAIL_BYTES_A_SEAT)} of each of its seats",
        f"| 4 | length of the body, at most {mib(records.MAX_RECORD)} |",
        f"Each is a block of {kib(tail.BLOCK_BYTES)}, or of more for a longer record",
        f"When a segment has {mib(segments.SEGMENT_BYTES)}, the next checkpoint begins a new one. "
        f"The newest {mib(segments.KEPT_BYTES)} of a match are kept",
    ],
    "docs/OPERATING.md": [
        f"only the newest {journals.KEPT_DESYNCS} of these journals are kept",
        f"`--data-limit` ({data_directory.DATA_LIMIT / 1e6:.12g} MB) limits the size of the data directory",
        f"a thread carries it to the disk once {said(journals.CARRY_EVERY)}",
    ],
    "docs/REPLAYS.md": [
        f"Recordings that last less than {recordings.LEAST_SECONDS:g} seconds, or in which nobody took part",
        f"after {recorder.MOST_WAITING} seconds, the recording leaves out ticks",
        f"a JSON array of at most {recordings.LISTED} recordings",
        f"names of the people who had a seat, at most {summary._MOST_NAMES} |",
        f"**Chunk**: about {recorder.KEYFRAME_SECONDS} seconds of a match",
        f"the payload, at most {mib(file_format.MAX_SECTION)} |",
        f"a byte for the version, which is {file_format.VERSION}.",
        f"`access` ({file_format.OPEN}: everybody may watch, {file_format.BY_CODE}: those who know the code, "
        f"{file_format.HOST_ONLY}: nobody is served the file)",
        f"| {file_format.PHASE} | the name of the phase that begins |",
        f"| {file_format.WINNERS} | an array of the names of those who won",
        f"| {file_format.CHAT} | the nickname of somebody who writes",
        f"| {file_format.EVENT} | code and fields of an event",
        f"| {file_format.SEATED} | player, nickname and kind",
    ],
}


@pytest.mark.parametrize(
    ("document", "sentence"), [(document, sentence) for document, all_of in SENTENCES.items() for sentence in all_of]
)
def test_a_sentence_has_the_time_or_the_bound_of_the_code(document: str, sentence: str) -> None:
    assert sentence in (ROOT / document).read_text(encoding="utf-8")


def relations() -> Iterator[tuple[str, bool]]:
    """What must hold between times, in words, and whether it does."""
    late = max(local.CALL_TIMEOUT, redis.CALL_TIMEOUT)
    yield "a lease stands for five renewals", directory.LEASE == 5 * directory.RENEW_EVERY
    yield "a row stands for five publications", directory.ROW_TTL == 5 * directory.PUBLISH_EVERY
    yield "no call has an effect later than ownership takes it to have", late == steps.CALL_LASTS
    yield "the outcome of a move is known before its blob is gone", ownership.MOVE_ANSWER < ownership.BLOB_TTL
    yield "an admin is answered before the node gives up", moving.MOVE_PATIENCE < ownership.MOVE_ANSWER
    yield "moves that fail three times are given up", draining.UNTAKEN_FOR == 3 * draining.ASK_AGAIN
    yield "what was noted of a match stands until older rows are gone", neighbours.NOTE_STANDS == directory.ROW_TTL
    yield "a list is at most 1.5 s old", neighbours.LOOK_EVERY + directory.PUBLISH_EVERY == 1.5
    yield "a list of many nodes is at most 2 s old", 1.5 < neighbours.LOOK_EVERY_OF_MANY + directory.PUBLISH_EVERY < 2
    yield "a node that works is never taken for one that does not", neighbours.FRESH > 2 * directory.PUBLISH_EVERY
    yield "a worker that hangs has missed five beats", worker_process.SILENCE_TIMEOUT == 5 * worker.BEAT_EVERY
    yield "a worker is looked at more often than it beats", worker_process.LOOK_EVERY < worker.BEAT_EVERY
    yield (
        "a worker may wait for rounds to end",
        (emptying.LONGEST_ROUND + worker_process.SPREAD_TIMEOUT == worker_process.MAKE_WAY_TIMEOUT),
    )
    yield (
        "a worker waits for the others before it is given up itself",
        (2 * directory.LEASE == membership.NUMBERS_WITHIN < worker_process.START_TIMEOUT == 60),
    )
    yield (
        "a process that was started is seen before its matches are spread",
        (spreading.SEEN_WITHIN == directory.ROW_TTL and spreading.LOOK_AGAIN < neighbours.LOOK_EVERY),
    )
    yield "a failed hand-over counts until the worker is killed", (placing.FAILED_FOR == worker_process.SILENCE_TIMEOUT)
    yield "people leave before their worker is given up", emptying.LEAVE_TIMEOUT < worker_process.STOP_TIMEOUT
    yield "a ping comes twice within the period of Agones", 2 * fleet_member.PING_EVERY < 5
    yield "a call to the sidecar takes a fifth of that period", sidecar.CALL_WITHIN == 1
    yield "what the fleet does not count is tried again each minute", fleet_member.UNCOUNTED_FOR == 60
    yield "the sidecar has three calls to learn of the end", fleet_member.SHUTDOWN_WITHIN == 3 * sidecar.CALL_WITHIN
    yield "a secret is as long as the digest that it makes", supervisor.MIN_SECRET == data_directory.KEY_BYTES == 32
    yield (
        "a disk may hang for 15 s in a match of 16",
        15 < ((journals.TAIL_BYTES + 16 * journals.TAIL_BYTES_A_SEAT) / (480 + 16 * 360 + 16 * 300 / 10)) < 25,
    )
    yield "a match is kept again when the disk was synchronised", journals.PASSES_WELL == journals.SYNC_EVERY


@pytest.mark.parametrize(("what", "holds"), list(relations()))
def test_times_fit_one_another(what: str, holds: bool) -> None:
    assert holds, what
