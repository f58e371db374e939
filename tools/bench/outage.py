"""What people notice while Redis is gone, or a machine stands still: ``tools/bench/run outage redis|node``.

Two machines, which are servers on two ports, share a Redis. Everybody has a seat, flies about and fires.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import cyclopts

from game_server.client import Target
from game_server.errors import ProtocolError
from game_server.protocol import Create, Elsewhere, Home, Join, Refused, ServerMessage, Welcome
from tools.bench import report
from tools.bench.machines import ListReader, Machine, Redis, Talk, matches_file, running_machine, running_redis
from tools.bench.moving import rank
from tools.bench.people import People

SEATS: Final = 16
SETTLE: Final = 3.0
AFTER: Final = 8.0
"""Seconds after the outage in which lists are looked at."""
ASK_EVERY: Final = 0.5
"""Seconds between two joins of somebody who asks meanwhile."""
ANSWERED_WITHIN: Final = 15.0
"""Seconds after which no answer is waited for."""
GIVEN_UP_AFTER: Final = 2.0
"""Seconds after which a page gives up a server to which it was sent."""

app = cyclopts.App(name="tools/bench/run outage", help_format="plaintext")


@attrs.frozen
class Look:
    """What somebody saw in a list: when, on the steady clock, and which matches."""

    at: float
    codes: frozenset[str]


class Watch:
    """Follows the list of a machine in a thread, until closed."""

    def __init__(self, machine: Machine) -> None:
        self.looks: list[Look] = []
        self._reader = ListReader(machine.target)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        with suppress(OSError, ProtocolError):
            while not self._stop.is_set():
                self._reader.read(0.1)
                codes = frozenset(self._reader.listed)
                if not self.looks or self.looks[-1].codes != codes:
                    self.looks.append(Look(time.monotonic(), codes))

    def wait_for(self, codes: set[str], within: float) -> None:
        """Wait until all of ``codes`` are listed.

        Raises:
            TimeoutError: they are not, ``within`` as many seconds.
        """
        until = time.monotonic() + within
        while not (self.looks and codes <= self.looks[-1].codes):
            if time.monotonic() > until:
                raise TimeoutError("the list is not whole")
            time.sleep(0.05)

    def whole_after(self, moment: float, codes: set[str]) -> float | None:
        """Seconds from ``moment`` on until the list has all ``codes``, and stays so; None if it does not."""
        whole: float | None = None
        for look in self.looks:
            if not codes <= look.codes:
                whole = None
            elif whole is None:
                whole = max(0.0, look.at - moment)
        return whole

    def close(self) -> None:
        """Leave."""
        self._stop.set()
        self._thread.join()
        self._reader.close()


@attrs.frozen
class Ticks:
    """How ticks went at several machines: dropped in all, and lateness in milliseconds in the last minute."""

    dropped: int
    numbers: dict[str, int]
    """Of the newest tick of each match, by code."""
    late_p99: float
    late_max: float

    @classmethod
    def of(cls, machines: list[Machine]) -> Ticks:
        """Ask them."""
        matches = [match for machine in machines for match in machine.matches()]
        return cls(
            sum(match["ticks_dropped"] for match in matches),
            {match["id"]: match["tick"] for match in matches},
            max(match["tick_lateness_ms"]["p99"] for match in matches),
            max(match["tick_lateness_ms"]["max"] for match in matches),
        )


@contextmanager
def two_machines(players: int) -> Iterator[tuple[Redis, list[Machine], list[Target]]]:
    """Two machines with half the matches each; and a place for each player, the last ones at the second machine."""
    with tempfile.TemporaryDirectory(prefix="gs-") as name:
        folder, here = Path(name), -(-players // (2 * SEATS))
        options = ("--matches", str(matches_file(folder, here)), "--max-matches", str(here + 8))
        with (
            running_redis(folder) as redis,
            running_machine("berlin", folder, *options, redis=redis) as berlin,
            running_machine("paris", folder, *options, redis=redis) as paris,
        ):
            machines = [berlin, paris]
            codes = [(machine, match["id"]) for machine in reversed(machines) for match in machine.matches()]
            chosen = [codes[number % len(codes)] for number in range(players)]
            yield redis, machines, [machine.target.to(code) for machine, code in chosen]


def open_match(machine: Machine) -> tuple[Talk, str]:
    """Open a match at ``machine``; the code, and the connection of the person in it."""
    talk = Talk(machine.target, "Opener")
    talk.hear_one_of(Home)
    talk.say(Create("Opened meanwhile", "arena", "free-for-all", 4, 0, 0, 0, "", {}, 0, 1, 0, 0, 0))
    answer = talk.hear_one_of(Welcome, Refused, Elsewhere)
    if not isinstance(answer, Welcome):
        raise RuntimeError(f"{machine.name} opens no match: {answer}")
    return talk, answer.match.id


@app.command
def redis(*, players: int = 500, seconds: float = 60.0, kill: bool = False, json_file: Path | None = None) -> None:
    """Freeze Redis, or kill it and start it again with nothing in it.

    Args:
        players: People with a seat, at two machines.
        seconds: Before the outage, and of it.
        kill: Kill it, in place of freezing it.
        json_file: Where to write the figures.
    """
    with two_machines(players) as (server, machines, places):
        people = People(places, firing=True)
        with people.playing():
            watches = [Watch(machine) for machine in machines]
            codes = {place.match for place in places}
            for watch in watches:
                watch.wait_for(codes, 10)
            time.sleep(SETTLE)
            people.pauses()
            begin = Ticks.of(machines)
            time.sleep(seconds)
            before, before_pauses = Ticks.of(machines), people.pauses()
            (server.kill if kill else server.freeze)()
            gone = time.monotonic()
            opener, opened = open_match(machines[1])
            time.sleep(max(0.0, seconds - (time.monotonic() - gone)))
            during, pauses = Ticks.of(machines), people.pauses()
            (server.start if kill else server.go_on)()
            back = time.monotonic()
            time.sleep(AFTER)
            after, after_pauses = Ticks.of(machines), people.pauses()
            for watch in watches:
                watch.close()
            opener.close()
            whole = [watch.whole_after(back, codes | {opened}) for watch in watches]
    figures = {
        "players": players,
        "seconds": seconds,
        "lateness of ticks p99 ms before, during": [before.late_p99, during.late_p99],
        "lateness of ticks max ms before, during": [before.late_max, during.late_max],
        "ticks dropped before, during, after": [
            before.dropped - begin.dropped,
            during.dropped - before.dropped,
            after.dropped - during.dropped,
        ],
        "ticks a second of the slowest match, during": round(
            min(during.numbers[code] - number for code, number in before.numbers.items()) / seconds, 2
        ),
        "longest pauses p99 ms before, during, after": [
            round(1000 * rank(found, 0.99), 1) for found in (before_pauses, pauses, after_pauses)
        ],
        "connections lost": sum(len(person.losses) for person in people.everybody),
        "lists whole after its return s": [None if at is None else round(at, 2) for at in whole],
    }
    report.write_figures(figures, json_file)


@attrs.define
class Asked:
    """Somebody's joins while a machine stands still.

    Attributes:
        first: of each, seconds until the machine that was asked had answered.
        took: until there was a seat, or a refusal, wherever they were sent.
        answers: what it was.
    """

    first: list[float] = attrs.Factory(list)
    took: list[float] = attrs.Factory(list)
    answers: list[str] = attrs.Factory(list)

    def ask(self, home: Target, code: str) -> None:
        """Join the match with ``code``, or any for an empty one, at ``home``, and follow `elsewhere` as pages do."""
        began, key = time.monotonic(), f"asker {len(self.took)} {code}"
        answer = self._answer(home, code, key, ANSWERED_WITHIN)
        self.first.append(time.monotonic() - began)
        while isinstance(answer, Elsewhere) and time.monotonic() < began + ANSWERED_WITHIN:
            there = self._answer(home.elsewhere(answer), code, key, GIVEN_UP_AFTER)
            answer = there or self._answer(home, code, key, ANSWERED_WITHIN)
        self.took.append(time.monotonic() - began)
        self.answers.append(answer.text if isinstance(answer, Refused) else type(answer).__name__)

    @staticmethod
    def _answer(target: Target, code: str, key: str, within: float) -> ServerMessage | None:
        try:
            with Talk(target, "Asker", key=key, within=within) as talk:
                talk.say(Join(code))
                answer: ServerMessage = talk.hear_one_of(Welcome, Elsewhere, Refused, within=within)
                return answer
        except OSError:
            return None


def _again_and_again(act: Callable[[], None], stop: threading.Event) -> threading.Thread:
    def run() -> None:
        while not stop.is_set():
            act()
            stop.wait(ASK_EVERY)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@app.command
def node(*, players: int = 290, seconds: float = 10.0, json_file: Path | None = None) -> None:
    """Freeze all processes of a machine.

    Args:
        players: People with a seat, half of them or more at the machine that is frozen: with the default number, its
            matches are the fullest that have a seat, so that quick play leads there.
        seconds: For which it is frozen.
        json_file: Where to write the figures.
    """
    with two_machines(players) as (_, (berlin, paris), places):
        people = People(places, firing=True)
        with people.playing():
            watch = Watch(berlin)
            codes = {place.match for place in places}
            watch.wait_for(codes, 10)
            time.sleep(SETTLE)
            people.pauses()
            of_paris = next(match["id"] for match in paris.matches())
            paris.signal(signal.SIGSTOP)
            named, quick, stop = Asked(), Asked(), threading.Event()
            asking = [
                _again_and_again(lambda: named.ask(berlin.target, of_paris), stop),
                _again_and_again(lambda: quick.ask(berlin.target, ""), stop),
            ]
            time.sleep(seconds)
            back = time.monotonic()
            paris.signal(signal.SIGCONT)
            time.sleep(AFTER)
            stop.set()
            for thread in asking:
                thread.join()
            listed = watch.whole_after(back, codes)
            gone = [look.at - back + seconds for look in watch.looks if not codes <= look.codes]
            people.wait(lambda person: time.monotonic() - person.seen < 1, 15)
            watch.close()
            at = [[match["id"] for match in machine.matches()] for machine in (berlin, paris)]
    figures = {
        "players": players,
        "frozen s": seconds,
        "not listed from s on": round(min(gone), 2) if gone else None,
        "listed again after its return s": None if listed is None else round(listed, 2),
        "twins": len(set(at[0]) & set(at[1])),
        "matches that are gone": len(codes - set(at[0]) - set(at[1])),
        "people with another seat": sum(len(person.seats) != 1 for person in people.everybody),
        "joins by code: answers": _counted(named.answers),
        "joins by code: first answer after s, longest": round(max(named.first), 3),
        "joins by code: seat or refusal after s, longest": round(max(named.took), 3),
        "quick play: answers": _counted(quick.answers),
        "quick play: first answer after s, longest": round(max(quick.first), 3),
        "quick play: seat or refusal after s, longest": round(max(quick.took), 3),
    }
    for why in dict.fromkeys(loss for person in people.everybody for loss in person.losses):
        print(f"people: {why}", file=sys.stderr)
    report.write_figures(figures, json_file)


def _counted(answers: list[str]) -> dict[str, int]:
    return {answer: answers.count(answer) for answer in dict.fromkeys(answers)}


if __name__ == "__main__":
    app()
