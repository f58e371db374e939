"""What the dearest messages cost the server, beside a ping; over real sockets in virtual time.

Counted are instructions of Python, from the bytes of a message in the socket to the bytes of its answers: unlike
seconds they are the same wherever the tests run. What a single instruction may set off in C is bounded by the lengths
and marks that the tests of names hold.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgpack
import pytest
import trio

from game_server.protocol import (
    MAX_CHAT,
    MAX_CLIENT_MESSAGE_BYTES,
    Act,
    Admin,
    Browse,
    Chat,
    ClientMessage,
    Follow,
    Join,
    Leave,
    Moderate,
    ModerateDeed,
    Ping,
    Pong,
    Resume,
    Resync,
    Vote,
    Watch,
    encode,
)
from game_server.throttling import Budgets
from tests.live_server import Guest, OpenServer, Served

PINGS: Final = 5.0
"""Most that a message may cost, however long it is."""

_LONG: Final = MAX_CLIENT_MESSAGE_BYTES - 80
"""Bytes of text that a message has room for, whatever else stands in it."""
_LINES: Final = {
    name: (piece * _LONG).encode()[:_LONG].decode("utf-8", "ignore")
    for name, piece in {
        "latin": "x",
        "ideographs": "\u6f22",
        "emoji": "\U0001f680",
        "marks": "a\u0335\u0335",
        "marks to sort": "\u0f73",
        "joiners": "\u0915\u200d",
        "joiners and marks": "\u0915\u0301\u0302\u200d",
        "nothing to be seen": "\x00",
        "words": "x! ",
        "all of that": "\u0915\u200d\u0915\x00\u0301\u0301\u3000\U0001f680\ufe0f\u0f73",
    }.items()
}
_REST: Final = 1.02
"""Seconds, in which the frames are allowed again that the message before was charged as, and the list has been sent."""
_DEAR: Final[dict[str, ClientMessage]] = {
    **{f"chat of {name}": Chat(line) for name, line in _LINES.items()},
    **{f"a whisper of {name}": Chat(line, "Grace") for name, line in _LINES.items()},
    **{f"a short line of {name}": Chat(line[:MAX_CHAT]) for name, line in _LINES.items()},
    "a whisper to a long name": Chat("x", "\ufdfa" * 64),
    "browse": Browse(1),
    "a wrong code": Join("\ufdfa" * 32, "\ufdfa" * 64, 1),
    "a wrong code to watch": Watch("NOSUCH", "x" * 64),
    "a wrong session": Resume("3.7." + "x" * 124),
    "a wrong admin token": Admin("x" * 128, 2, "x" * 32, "\ufdfa" * 64, "x" * 200, 3600),
    "moderate": Moderate(ModerateDeed.RENAME, 1, "\ufdfa" * 64),
    "vote": Vote(1),
    "follow": Follow(3),
    "act": Act(0, (3, "\ufdfa" * 9)),
    "resync": Resync(1),
    "leave": Leave(),
}
_BAD: Final = {
    "no msgpack": b"\xc1" * _LONG,
    "deeply nested": b"\x91" * _LONG,
    "long array": msgpack.packb([1] * _LONG),
    "chat that is no UTF-8": b"\x93\x03\xda" + _LONG.to_bytes(2, "big") + b"\xff" * _LONG + b"\xa0",
    "numbers for text": msgpack.packb([8, *[1] * 13]),
    "a map": msgpack.packb([3, dict.fromkeys(map(str, range(800))), ""]),
}


class Instructions:
    """Counts, while it is entered, those of the server and of what it calls; not those of the test's own client."""

    def __init__(self) -> None:
        self.count = 0
        self._ours: set[int] = set()
        self._before = sys.gettrace()

    def __enter__(self) -> Instructions:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "call":
            file = frame.f_code.co_filename
            if not ("/game_server/" in file or "trio_websocket" in file or id(frame.f_back) in self._ours):
                return None
            self._ours.add(id(frame))
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            self.count += 1
        elif event == "return":
            self._ours.discard(id(frame))
        return self._trace


async def spent_on(served: Served, guest: Guest, data: bytes) -> int:
    """Instructions for ``data`` and the ping after it, by whose answer it has been dealt with."""
    await trio.sleep(_REST)
    for person in served.server.lobby.people:
        for bucket in (person.rate, person.asks):  # full again: what is refused is cheap
            bucket._full_at = 0.0
    await guest.say(Ping(1))
    await guest.next(Pong)
    with Instructions() as spent:
        await guest.socket.send(data)
        await guest.say(Ping(2))
        while (await guest.next(Pong)).client_time != 2:
            pass
    return spent.count


async def pings(served: Served, guest: Guest, *messages: bytes) -> list[float]:
    """What ``messages`` cost ``guest``, in pings.

    A message that seems too dear is sent once more: on a busy machine, other work of the server may have come between.
    """
    ping = min([await spent_on(served, guest, encode(Ping(1))) for _ in range(5)]) / 2
    costs = []
    for message in messages:
        cost = await spent_on(served, guest, message) / ping - 1
        if cost > PINGS:
            cost = min(cost, await spent_on(served, guest, message) / ping - 1)
        costs.append(round(cost, 2))
    return costs


async def crowded(open_server: OpenServer, **options: object) -> tuple[Served, Guest]:
    """A server that charges this machine, with a few people in the lobby, and one of them."""
    budgets = Budgets(chat_per_address=1e6, guesses_per_address=1e9, frames_per_address=1e6, bytes_per_address=1e9)
    served = await open_server(options={"trusted_networks": (), "budgets": budgets, **options})
    for number in range(8):
        await served.come(f"P{number}")
    await served.come("Grace")
    # Lines go to everybody at most twice a second, however many are written, and not with the message itself.
    served.server.lobby.chat._sent_at = trio.current_time() + 3_600
    return served, await served.come("Ada")


@pytest.mark.parametrize("words", ["", "heck\nx\n"], ids=["any word", "some words"])
async def test_no_message_in_the_lobby_costs_more_than_five_pings(
    open_server: OpenServer, tmp_path: Path, words: str
) -> None:
    (tmp_path / "words").write_text(words)
    served, ada = await crowded(open_server, word_filter=tmp_path / "words")
    costs = dict(zip(_DEAR, await pings(served, ada, *map(encode, _DEAR.values())), strict=True))
    assert {name: cost for name, cost in costs.items() if cost > PINGS} == {}
    assert max(costs.values()) > 1


async def test_no_message_of_one_who_browses_costs_more_than_five_pings(open_server: OpenServer) -> None:
    served, ada = await crowded(open_server)
    await ada.say(Browse(1))
    costs = dict(zip(_DEAR, await pings(served, ada, *map(encode, _DEAR.values())), strict=True))
    assert {name: cost for name, cost in costs.items() if cost > PINGS} == {}
    assert max(costs.values()) > 1


async def test_no_bad_message_costs_more_than_five_pings_beside_its_close(open_server: OpenServer) -> None:
    served, ada = await crowded(open_server)
    ping = min([await spent_on(served, ada, encode(Ping(1))) for _ in range(5)]) / 2
    costs = {}
    for name, bad in {"an empty array": msgpack.packb([]), **_BAD}.items():
        socket = (await served.come("Mallory")).socket
        with Instructions() as spent:
            await socket.send(bad)
            await socket.close_code()
        costs[name] = spent.count / ping
    assert {name: cost for name, cost in costs.items() if cost > costs["an empty array"] + PINGS} == {}


async def test_a_line_to_hundreds_costs_no_more_than_one_to_nobody(open_server: OpenServer) -> None:
    served, ada = await crowded(open_server)
    conversation = served.server.lobby.chat
    [alone] = await pings(served, ada, encode(Chat("hello")))
    for number in range(300):
        conversation._voices[f"crowd {number}"] = conversation._voices["ada"]
    [crowd] = await pings(served, ada, encode(Chat("hello")))
    assert crowd < alone + 1


async def test_what_leads_into_a_match_or_out_of_it_costs_no_more_than_five_pings(open_server: OpenServer) -> None:
    served, ada = await crowded(open_server)
    await served.join("Linus", served.match.id)
    code = served.match.id
    messages: list[ClientMessage] = [Watch(code), Leave(), Join(code), Leave(), Join(code, "", 1)]
    assert max(await pings(served, ada, *map(encode, messages))) < PINGS
