"""A client that knows docs/PROTOCOL.md and its files alone predicts the ship of the recorded session to the bit.

Nothing of the server is imported here: what the document does not say, this client does not know.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import msgpack
import pytest

from tests.protocol_document import arena_code

FILES = Path(__file__).parents[1] / "docs" / "protocol"
WIDTHS = {"f8": "d", "u1": "B", "u2": "H", "u4": "I", "i1": "b", "i2": "h", "i4": "i"}
HELLO, INPUT, WELCOME, SNAPSHOT, EVENTS = 1, 2, 16, 17, 18
KEYFRAME = 1

Row = dict[str, Any]


@attrs.define
class Tables:
    """The entities of a viewer (sections 5 and 6), as integers off the wire and as values."""

    schema: dict[int, tuple[str, list[Any]]]
    whole: dict[int, dict[int, list[int]]] = attrs.field(factory=dict)

    def read(self, snapshot: list[Any]) -> None:
        """Take in a snapshot, and check its hash if it has one."""
        _, _, kind, _, _, expected, _, parts = snapshot
        if kind == KEYFRAME:
            self.whole = {}
        for number, records in zip(parts[::2], parts[1::2], strict=True):
            self._read_table(number, records)
        if expected is not None:
            crcs = [self._crc(number, id_, row) for number, rows in self.whole.items() for id_, row in rows.items()]
            assert sum(crcs) % 2**32 == expected

    def _crc(self, number: int, id_: int, row: list[int]) -> int:
        widths = [width for _, width, _, _ in self.schema[number][1]]
        packed = b"".join(value.to_bytes(width, "little") for value, width in zip(row, widths, strict=True))
        return zlib.crc32(bytes([number]) + id_.to_bytes(2, "little") + packed)

    def _read_table(self, number: int, records: bytes) -> None:
        _, fields = self.schema[number]
        rows = self.whole.setdefault(number, {})
        wide = 1 if len(fields) <= 8 else 2
        whole, at, gone, came = (1 << len(fields)) - 1, 0, [], set()
        while at < len(records):
            id_ = int.from_bytes(records[at : at + 2], "little")
            mask = int.from_bytes(records[at + 2 : at + 2 + wide], "little")
            at += 2 + wide
            if not mask:
                gone.append(id_)
                continue
            row = [0] * len(fields) if mask == whole else rows[id_]
            for index, (_, size, _, _) in enumerate(fields):
                if mask >> index & 1:
                    row[index] = int.from_bytes(records[at : at + size], "little")
                    at += size
            if mask == whole:
                came.add(id_)
            rows[id_] = row
        assert at == len(records)
        for id_ in set(gone) - came:
            rows.pop(id_, None)

    def rows(self, name: str) -> dict[int, Row]:
        """The rows of a table, by id and field."""
        [(number, fields)] = [(number, fields) for number, (of, fields) in self.schema.items() if of == name]
        return {
            id_: {field: offset + step * value for value, (field, _, offset, step) in zip(row, fields, strict=True)}
            for id_, row in self.whole.get(number, {}).items()
        }


class Client:
    """One stay in a match, from its ``welcome`` on; ``sent`` are the inputs of this connection by tick."""

    def __init__(self, welcome: list[Any], sent: dict[int, tuple[int, int]], counts: Counter[str]) -> None:
        self.you, self.rate = welcome[1], welcome[4]
        tables, own, _ = welcome[7]
        self.tables = Tables({number: (name, fields) for number, name, fields in tables})
        self.names = [name for name, _ in own]
        self.layout = struct.Struct("<" + "".join(WIDTHS[code] for _, code in own))
        self.is_wall = arena_code()["map_of"](welcome[8])
        self.sent, self.counts = sent, counts
        self.used = 0, 0
        self.tick = -1
        self.own: Row = {}
        self.round: Row = {}
        self.events: list[list[Any]] = []

    def heard(self, message: dict[str, Any], array: list[Any]) -> None:
        """Take in the events or the snapshot of a tick; compare the own row with the one that was predicted."""
        if array[0] == EVENTS:
            assert array[1] >= self.tick
            self.events += array[2]
            return
        _, tick, _, ack, _, _, packed, _ = array
        self.tables.read(array)
        before, [now] = self.round, self.tables.rows("round").values()
        if ack == tick:
            self.used = self.sent[tick]
        if tick == self.tick + 1 and self.own:
            self._predict(tick, before, now, message, packed)
        else:
            assert "moved" not in message
        self.own = dict(zip(self.names, self.layout.unpack(packed), strict=True))
        self.tick, self.round, self.events = tick, now, []

    def _predict(self, tick: int, before: Row, now: Row, message: dict[str, Any], packed: bytes) -> None:
        code = arena_code()
        predicted = dict(self.own)
        if code["move"](predicted, *self.used, self.is_wall, self.rate):
            self._expect_a_bolt(predicted, tick, began=[now[name] != before[name] for name in ("phase", "ends")])
        assert [list(self.used), self._packed(predicted).hex()] == [message["used"], message["moved"]]
        self.counts["as it moved"] += self._packed(predicted) == packed
        placed = code["suffer"](predicted, self.you, tick, self.events, before, now, self.rate)
        if placed:
            predicted |= {name: value for name, value in self._unpacked(packed).items() if name in ("x", "y")}
        assert self._packed(predicted) == packed, f"tick {tick}"
        self.counts["predicted"] += 1
        self.counts["placed"] += placed
        self.counts["repeated"] += message["used"] == [*self.used] and tick not in self.sent
        for event, *fields in self.events:
            self.counts[f"event {event} {fields[1:]}" if fields[:1] == [self.you] else f"event {event}"] += 1
            self.counts["killed"] += event == code["KILL"] and fields[1] == self.you
        self.counts[f"phase {now['phase']}"] += 1

    def _expect_a_bolt(self, own: Row, tick: int, began: list[bool]) -> None:
        """A shot is in the table, and begins where the ship is; unless a phase began, and no bolt is left."""
        bolts = [bolt for bolt in self.tables.rows("bolt").values() if bolt["owner"] == self.you]
        shots = [bolt for bolt in bolts if bolt["born"] == tick % 256]
        if any(began):
            assert not bolts
        else:
            [shot] = shots
            assert shot["aim"] == self.used[1]
            assert max(abs(shot[axis] - own[axis]) for axis in ("x", "y")) <= 0.125
        self.counts["no shot, for a phase began" if any(began) else "shot"] += 1

    def _packed(self, own: Row) -> bytes:
        return self.layout.pack(*(own[name] for name in self.names))

    def _unpacked(self, packed: bytes) -> Row:
        return dict(zip(self.names, self.layout.unpack(packed), strict=True))


@pytest.fixture(scope="module")
def session() -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads((FILES / "arena_session.json").read_text())["messages"]
    return messages


@pytest.fixture(scope="module")
def counts(session: list[dict[str, Any]]) -> Counter[str]:
    """What came out; every own row has been compared on the way."""
    counts: Counter[str] = Counter()
    client: Client | None = None
    sent: dict[int, tuple[int, int]] = {}
    for message in session:
        array = msgpack.unpackb(bytes.fromhex(message["data"]), strict_map_key=False)
        if message["from"] == "client" and array[0] == HELLO:
            client, sent = None, {}
        elif message["from"] == "client" and array[0] == INPUT:
            if not client or array[1] > client.tick:  # of two inputs for a tick to come the later one holds
                sent[array[1]] = array[2], array[3]
        elif array[0] == WELCOME:
            client = Client(array, sent, counts)
        elif array[0] in (EVENTS, SNAPSHOT) and client:
            client.heard(message, array)
    return counts


def test_every_own_row_of_the_session_is_predicted_to_the_bit(
    session: list[dict[str, Any]], counts: Counter[str]
) -> None:
    compared = sum("moved" in message for message in session)
    assert compared > 500
    assert counts["predicted"] == compared
    assert counts["as it moved"] > 0.9 * compared


def test_a_stay_begins_with_a_keyframe_and_after_a_resume_no_input_counts_any_more(
    session: list[dict[str, Any]],
) -> None:
    server = [msgpack.unpackb(bytes.fromhex(one["data"]), strict_map_key=False) for one in session]
    welcomes = [at for at, array in enumerate(server) if array[0] == WELCOME]
    firsts = [next(array for array in server[at:] if array[0] == SNAPSHOT) for at in welcomes]
    assert [(kind, ack, depth) for _, _, kind, ack, depth, *_ in firsts] == [(KEYFRAME, 0, 0)] * 2
    before = next(array for array in reversed(server[: welcomes[1]]) if array[0] == SNAPSHOT)
    assert 0 < before[3] < before[1] + 1 < firsts[1][1]


def test_the_session_has_all_that_can_become_of_a_ship(counts: Counter[str]) -> None:
    code = arena_code()
    wanted = [
        "killed", "placed", "repeated", "shot",
        f"event {code['PICKUP']} [{code['RAPID_FIRE']}]", f"event {code['PICKUP']} [{code['SHIELD']}]",
        f"event {code['RESPAWN']} []",
        f"phase {code['COUNTDOWN']}", f"phase {code['PLAYING']}", f"phase {code['RESULTS']}",
    ]  # fmt: skip
    assert {name: counts[name] for name in wanted if not counts[name]} == {}
