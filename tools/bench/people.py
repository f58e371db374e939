"""People of a benchmark, hundreds of them in one thread: they play, go where they are sent, and note what they miss.

They decode nothing of a snapshot but its tick: hundreds of full clients would take more of the machine than the server
that is measured. One in each match may read the scores of all. What they do is what pages do: they follow `elsewhere`,
and come back to their seat after a loss.
"""

from __future__ import annotations

import random
import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import attrs

from game_server.client import ConnectError, Target
from game_server.loadtest.swarm.client_frames import BINARY, CLOSE, PING, PONG, masked_frame, split
from game_server.loadtest.swarm.connecting import Conversation, RawConnection, ServerAddress
from game_server.protocol import (
    SUBPROTOCOL,
    Elsewhere,
    Hello,
    Home,
    HomeCode,
    Input,
    Join,
    Refused,
    Resume,
    Schema,
    Snapshot,
    SnapshotDecoder,
    Welcome,
    decode_server,
    encode,
)

BACK_OFF: Final = (0.2, 0.5)
"""Seconds after a lost connection, between which somebody comes back, as the page does at first."""
SILENCE: Final = 3.0
"""Seconds without an answer or a snapshot, after which another connection is tried, as the page does."""
A_SECOND: Final = 150
"""People who come in a second."""
INPUT_EVERY: Final = 15
"""Ticks between two inputs of those who play; the server repeats the last one in between."""
LEAD: Final = 4
"""Ticks by which inputs are for later ones."""
FIRE: Final = 16
_CHUNK: Final = 65536
SNAPSHOT: Final = bytes((0x98, Snapshot.type))
"""How the message begins: an array, and its type."""


class Scores:
    """The kills of everybody in a match of the arena, as one of them sees them over all connections.

    Attributes:
        read: of the players, in the newest snapshot.
        lost: what was there before a connection ended, and not after it: sentences.
    """

    def __init__(self) -> None:
        self.read: dict[int, int] = {}
        self.lost: list[str] = []
        self._before: dict[int, int] = {}
        self._round = -1
        self._decoder: SnapshotDecoder | None = None

    def begin(self, welcome: Welcome) -> None:
        """Read what comes after ``welcome``."""
        self._decoder = SnapshotDecoder(Schema.from_wire(welcome.schema), welcome.player)
        self._before = self.read

    def see(self, snapshot: Snapshot) -> None:
        """Read ``snapshot``."""
        assert self._decoder
        view = self._decoder.apply(snapshot)
        [state] = view.tables["round"].values()
        self.read = {player: int(row["kills"]) for player, row in view.tables["score"].items()}
        if self._before and int(state["number"]) == self._round:
            for player, kills in self._before.items():
                if self.read.get(player, 0) < kills:
                    self.lost.append(f"player {player} has {self.read.get(player, 0)} kills, after {kills}")
        self._before, self._round = {}, int(state["number"])


@attrs.define(eq=False)
class Person:
    """Somebody with a seat, wherever the match is.

    Attributes:
        seats: all that they were given, as ``(code, player)``: one, if nothing went wrong.
        played: times of the first snapshot after each welcome, on the steady clock.
        moved: how often they were sent elsewhere.
        losses: why their connection or their seat was lost, each time.
        tick: of the newest snapshot.
        seen: when that came; 0.0 before the first.
        longest: the longest time without a snapshot since `People.pauses` was last called.
    """

    number: int
    home: Target
    """Where they come back to after a loss."""
    target: Target
    token: str = ""
    seats: set[tuple[str, int]] = attrs.Factory(set)
    played: list[float] = attrs.Factory(list)
    moved: int = 0
    losses: list[str] = attrs.Factory(list)
    tick: int = 0
    seen: float = 0.0
    longest: float = 0.0
    due: float = 0.0
    """When they connect, while they do not."""
    began: float = 0.0
    connection: RawConnection | None = None
    conversation: Conversation[None] | None = None
    sent: int = 0
    """The tick of their last input."""
    scores: Scores | None = None
    waits: bool = False
    """Whether a welcome has come, and no snapshot yet."""


class People:
    """Plays for everybody in a thread of its own. Use `playing`.

    Args:
        places: a target with the code of a match for each person.
        firing: whether they fly about and fire; else they do nothing.
        scoring: whether the first of each match reads the scores.
    """

    def __init__(self, places: Iterable[Target], *, firing: bool = False, scoring: bool = False, seed: int = 1) -> None:
        now = time.monotonic()
        self.everybody = [Person(number, place, place) for number, place in enumerate(places)]
        for person in self.everybody:
            person.due = now + person.number / A_SECOND
        if scoring:
            for person in {person.home.match: person for person in reversed(self.everybody)}.values():
                person.scores = Scores()
        self._firing = firing
        self._chance = random.Random(seed)
        self._poll = select.epoll()
        self._out: set[Person] = set(self.everybody)
        self._by_descriptor: dict[int, Person] = {}
        self._look = now
        """When it is looked for those who hear nothing."""
        self._stop = threading.Event()
        self._trouble: BaseException | None = None

    @contextmanager
    def playing(self, within: float = 60.0) -> Iterator[People]:
        """Play inside the ``with``, which is entered when everybody has a snapshot.

        Raises:
            TimeoutError: somebody has none ``within`` as many seconds; the message says why.
        """
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            self.wait(lambda person: person.seen > 0.0, within)
            yield self
        finally:
            self._stop.set()
            thread.join()

    def wait(self, condition: Callable[[Person], bool], within: float) -> None:
        """Wait until ``condition`` holds for everybody.

        Raises:
            TimeoutError: not ``within`` as many seconds.
        """
        until = time.monotonic() + within
        while missing := [person for person in self.everybody if not condition(person)]:
            if self._trouble:
                raise self._trouble
            if time.monotonic() > until:
                why = "; ".join(dict.fromkeys(loss for person in missing for loss in person.losses[-1:]))
                raise TimeoutError(f"{len(missing)} of {len(self.everybody)} people are missing: {why or 'no answer'}")
            time.sleep(0.02)

    def pauses(self) -> list[float]:
        """For each person the longest time without a snapshot since the last call, in seconds, up to now."""
        if self._trouble:
            raise self._trouble
        now = time.monotonic()
        found = [max(person.longest, now - person.seen) for person in self.everybody]
        for person in self.everybody:
            person.longest = 0.0
        return found

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._step()
        except BaseException as error:
            self._trouble = error
            raise
        finally:
            for person in self.everybody:
                if person.connection:
                    person.connection.close()
            self._poll.close()

    def _step(self) -> None:
        now = time.monotonic()
        for person in [person for person in self._out if person.due <= now]:
            self._connect(person, now)
        for descriptor, _ in self._poll.poll(0.005):
            self._ready(self._by_descriptor[descriptor])
        if now >= self._look:
            self._look = now + 0.1
            for person in list(self._by_descriptor.values()):
                if max(person.began, person.seen) + SILENCE < now:
                    self._lose(person, f"nothing came for {SILENCE:g} s")

    def _connect(self, person: Person, now: float) -> None:
        self._out.discard(person)
        target = person.target
        try:
            address = ServerAddress.of(target.host, target.port, target.authority)
            person.connection, person.began = RawConnection(address), now
        except OSError as error:
            person.due = now + BACK_OFF[1]
            person.losses.append(str(error))
            self._out.add(person)
            return
        person.conversation = self._enter(person, person.connection)
        self._by_descriptor[person.connection.socket.fileno()] = person
        self._poll.register(person.connection.socket.fileno(), 0)
        self._ready(person)

    @staticmethod
    def _enter(person: Person, connection: RawConnection) -> Conversation[None]:
        yield from connection.connect()
        yield from connection.upgrade(person.target.resource, SUBPROTOCOL)
        name = f"Person {person.number + 1}"
        for message in (Hello(name, "bench", name), Resume(person.token) if person.token else Join(person.home.match)):
            connection.send(masked_frame(BINARY, encode(message)))

    def _ready(self, person: Person) -> None:
        connection = person.connection
        assert connection
        try:
            if person.conversation:
                descriptor, event = next(person.conversation)
                self._poll.modify(descriptor, event)
                return
            data = connection.socket.recv(_CHUNK)
            if not data:
                raise ConnectError("connection lost")
            connection.rest += data
        except StopIteration:
            person.conversation = None
            self._poll.modify(connection.socket.fileno(), select.EPOLLIN)
        except BlockingIOError:
            return
        except (ConnectError, OSError) as error:
            self._lose(person, str(error))
            return
        frames, connection.rest = split(connection.rest)
        for opcode, payload in frames:
            if opcode == PING:
                self._send(person, masked_frame(PONG, payload))
            elif opcode == CLOSE:
                self._lose(person, f"closed with {int.from_bytes(payload[:2], 'big')} {payload[2:].decode()}".rstrip())
            elif opcode == BINARY:
                self._hear(person, payload)
            if person.connection is not connection:
                return

    def _hear(self, person: Person, payload: bytes) -> None:
        if payload.startswith(SNAPSHOT):
            self._see(person, payload)
            return
        match decode_server(payload):
            case Welcome() as message:
                person.token = message.token
                person.seats.add((message.match.id, message.player))
                person.waits = True
                person.sent = 0
                if person.scores:
                    person.scores.begin(message)
            case Elsewhere() as message:
                person.moved += 1
                person.target = person.target.elsewhere(message)
                self._drop(person)
                self._connect(person, time.monotonic())
            case Refused(_, _, text):
                self._lose(person, f"refused: {text}")
            case Home(code, text) if code != HomeCode.WELCOME:
                self._lose(person, f"sent to the lobby: {text}")

    def _see(self, person: Person, payload: bytes) -> None:
        now = time.monotonic()
        if person.seen:
            person.longest = max(person.longest, now - person.seen)
        if person.waits:
            person.waits = False
            person.played.append(now)
        person.seen, person.tick = now, number_at(payload, len(SNAPSHOT))
        if person.scores:
            snapshot = decode_server(payload)
            assert isinstance(snapshot, Snapshot)
            person.scores.see(snapshot)
        if self._firing and person.tick >= person.sent + INPUT_EVERY:
            person.sent, chance = person.tick, self._chance
            move = Input(person.tick + LEAD, chance.getrandbits(4) | FIRE, chance.randrange(4096), 0)
            self._send(person, masked_frame(BINARY, encode(move)))

    @staticmethod
    def _send(person: Person, frame: bytes) -> None:
        assert person.connection
        with suppress(OSError):  # what is wrong is found when it is read
            person.connection.send(frame)

    def _lose(self, person: Person, why: str) -> None:
        person.losses.append(why)
        self._drop(person)
        person.target = person.home
        person.due = time.monotonic() + self._chance.uniform(*BACK_OFF)
        self._out.add(person)

    def _drop(self, person: Person) -> None:
        assert person.connection
        descriptor = person.connection.socket.fileno()
        self._poll.unregister(descriptor)
        del self._by_descriptor[descriptor]
        person.connection.close()
        person.connection = person.conversation = None


def number_at(data: bytes, at: int) -> int:
    """The msgpack number at ``at``, which is not negative."""
    first = data[at]
    size = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}.get(first, 0)
    return int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else first
