"""Checks of a game: deterministic, whole in a checkpoint, without a clock or chance of its own, within its ranges.

What they find names the tick and the field. Costs are measured, not judged.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs
import numpy as np

from game_server.games import authors_line, reference_of
from game_server.journal import first_difference
from game_server.protocol import ClientMessage
from game_server.simulation import Game, Match, World, checkpoint, restore, tick_alone
from game_server.testing.playing import Playing
from game_server.testing.scripted import ScriptedMatch
from game_server.testing.translation_check import ROWS, first_mismatch

TICKS: Final = 600
"""Of each match that is played: 20 seconds."""
PLAYERS: Final = 8
CUTS: Final = (1, 50, 200, 400)
"""Ticks at which a match is cut and goes on in a fresh game."""
AFTER_A_CUT: Final = 60
COST_PLAYERS: Final = (2, 16, 100)
MOST_COST: Final = 100
"""Players that are measured at most."""
COST_TICKS: Final = 150
PATIENCE: Final = 60.0
"""Seconds for the match in another process."""
_FORBIDDEN: Final = ("random", "randrange", "randint", "choice", "shuffle", "uniform", "gauss", "sample", "getrandbits")
_CLOCKS: Final = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")


@attrs.frozen
class Finding:
    """What a check has found.

    Attributes:
        check: what was checked, in a word or two.
        good: whether it is as it should be.
        text: what was found; for a fault, with the tick and the field.
    """

    check: str
    good: bool
    text: str


def check_game(game: type[Game]) -> Iterator[Finding]:
    """Play matches of ``game``, and yield what each check finds as soon as it is known."""
    checks: list[tuple[str, Callable[[type[Game]], str]]] = [
        ("rules", _plays),
        ("no clock, no chance", _uses_no_clock),
        ("deterministic", _is_deterministic),
        ("checkpoint", _is_whole_in_a_checkpoint),
        ("ranges", _stays_in_its_ranges),
        ("chat", _only_reads_the_chat),
        ("bots", _has_bots),
        ("prediction", _is_predicted_alike),
    ]
    for name, check in checks:
        try:
            yield Finding(name, True, check(game))
        except _Fault as fault:
            yield Finding(name, False, str(fault))
            if check is _plays:
                return
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            # KeyboardInterrupt, too: rules that raise it are not to end the check without a word.
            yield Finding(name, False, _where(error))
            if isinstance(error, KeyboardInterrupt) or check is _plays:
                return
    least, most = game.seats
    for players in sorted({players for players in COST_PLAYERS if least <= players <= most} | {min(most, MOST_COST)}):
        try:
            yield Finding("cost", True, _cost(game, players))
        except (Exception, SystemExit) as error:
            # A bot that raises has been found above, but plays here, too.
            yield Finding("cost", False, f"{players} players: {_where(error)}")
            return


class _Fault(Exception):
    """A check has failed."""


def _players(game: type[Game]) -> int:
    return min(PLAYERS, game.seats[1])


def _plays(game: type[Game]) -> str:
    match: ScriptedMatch | None = None
    try:
        match = ScriptedMatch(game, _players(game))
        for _ in range(TICKS):
            match.turn()
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        tick = match.playing.world.tick if match else 0
        raise _Fault(f"tick {tick}: {_where(error)}") from error
    return f"{TICKS} ticks of {_players(game)} players who come, go and press anything raise nothing"


def _where(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({authors_line(error) or f'{frame.filename}, line {frame.lineno}'})"


def _uses_no_clock(game: type[Game]) -> str:
    used: list[str] = []
    with _noticed(used):
        match = ScriptedMatch(game, _players(game))
        # Its own chance is an instance, which is not what is watched.
        for _ in range(TICKS // 2):
            match.turn()
            if used:
                raise _Fault(
                    f"tick {match.playing.world.tick}: {used[0]}; rules draw by world.random (self.chance in declared "
                    "games), and count ticks"
                )
    return "the rules use no wall clock, and no randomness but that of the world"


@contextmanager
def _noticed(used: list[str]) -> Iterator[None]:
    """Note in ``used`` each call of a clock, or of chance without a seed, with its place."""
    before: list[tuple[Any, str, Any]] = []

    def watch(module: Any, name: str, shown: str) -> None:
        real = getattr(module, name)

        def noticed(*args: Any, **options: Any) -> Any:
            frame = sys._getframe(1)
            if "game_server/testing" not in frame.f_code.co_filename:
                used.append(f"{shown} is called in {frame.f_code.co_filename}, line {frame.f_lineno}")
            return real(*args, **options)

        before.append((module, name, real))
        setattr(module, name, noticed)

    try:
        for name in _FORBIDDEN:
            watch(random, name, f"random.{name}()")
            if hasattr(np.random, name):
                watch(np.random, name, f"numpy.random.{name}()")
        watch(np.random, "default_rng", "numpy.random.default_rng()")
        for name in _CLOCKS:
            watch(time, name, f"time.{name}()")
        yield
    finally:
        for module, name, real in reversed(before):
            setattr(module, name, real)


def _is_deterministic(game: type[Game]) -> str:
    """Compare two processes, whose sets have other orders."""
    (first, _), (second, _) = (_played(game, seed, TICKS) for seed in ("1", "2"))
    for tick, (one, other) in enumerate(zip(first, second, strict=True), 1):
        if one != other:
            raise _Fault(
                f"tick {tick}: two processes with the same seed and inputs have different worlds{_field(game, tick)}; "
                "the order of a set, or of something by its address, decides"
            )
    return f"two processes have the same world in each of {TICKS} ticks"


def _field(game: type[Game], tick: int) -> str:
    """Name the first field in which two processes differ at ``tick``; nothing if this time they do not."""
    ours, theirs = (_from_checkpoint(game, _played(game, seed, tick)[1]) for seed in ("1", "2"))
    found = first_difference(ours, theirs)
    return f": {found.place} is {found.ours} in one, {found.theirs} in the other" if found else ""


def _from_checkpoint(game: type[Game], data: bytes) -> World:
    match = ScriptedMatch(game, _players(game)).playing
    restore(match.game, data)
    return match.world


def _played(game: type[Game], hash_seed: str, ticks: int) -> tuple[list[str], bytes]:
    """Play ``ticks`` in another process; returns the hash of the world after each, and a checkpoint of the last."""
    command = [
        sys.executable,
        "-m",
        "game_server.testing.scripted",
        reference_of(game),
        str(_players(game)),
        str(ticks),
    ]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise _Fault(f"{ticks} ticks in another process took more than {PATIENCE:g} s") from None
    if done.returncode:
        raise _Fault(f"in another process: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
    *hashes, last = done.stdout.split()
    return hashes, bytes.fromhex(last)


def _is_whole_in_a_checkpoint(game: type[Game]) -> str:
    for cut in CUTS:
        match = ScriptedMatch(game, _players(game))
        for _ in range(cut):
            match.turn()
        copy = _restored(game, match.playing)
        for _ in range(AFTER_A_CUT):
            _turn_alike(match, copy)
            if difference := first_difference(match.playing.world, copy.world):
                raise _Fault(
                    f"cut at tick {cut}, {difference}; what the rules keep outside of rows is not in a checkpoint, "
                    "so a match could not go on after a crash"
                )
    return f"a match that is cut goes on alike, at the ticks {', '.join(map(str, CUTS))}"


def _restored(game: type[Game], match: Playing[Game]) -> Playing[Game]:
    world = match.world
    copy: Playing[Game] = Playing(game, seats=world.max_players, seed=world.seed, tick_rate=world.tick_rate)
    data = checkpoint(match.game, match.inputs, match.seated)
    copy.inputs, copy.seated = restore(copy.game, data)
    return copy


def _turn_alike(match: ScriptedMatch, copy: Playing[Game]) -> None:
    """Advance both by one tick, with the same arrivals and inputs."""
    before = set(match.playing.seated)
    match.turn()
    after = set(match.playing.seated)
    for player in sorted(before - after):
        copy.leave(player)
    for player in sorted(after - before):
        copy.sit(player, match.playing.newcomers[player])
    copy.inputs.all[:] = match.playing.inputs.all
    copy.asked = list(match.asked)
    try:
        copy.step()
    except Exception as error:
        raise _Fault(f"tick {copy.world.tick}, after a checkpoint: {_where(error)}") from error


def _stays_in_its_ranges(game: type[Game]) -> str:
    match = ScriptedMatch(game, _players(game))
    for _ in range(TICKS):
        match.turn()
        if out := _out_of_range(match.playing.world):
            raise _Fault(f"tick {match.playing.world.tick}: {out}")
    return f"every field stays within its declared range for {TICKS} ticks"


def _out_of_range(world: World) -> str:
    for table in world.tables.values():
        for spec in table.specs:
            if spec.wire is None:
                continue
            values = table.column(spec.name)[table.live]
            low, high = spec.wire.offset, spec.wire.offset + spec.wire.step * spec.wire.largest
            out = np.flatnonzero(~((values >= low - spec.wire.step) & (values <= high + spec.wire.step)))
            if len(out):
                row = int(table.live[out[0]])
                return (
                    f"{table.name} {row} {spec.name} is {values[out[0]].item():g}; it is declared from {low:g} to "
                    f"{high:g}, and clients see the nearest of these"
                )
    return ""


def _only_reads_the_chat(game: type[Game]) -> str:
    match = ScriptedMatch(game, _players(game))
    for _ in range(TICKS // 4):
        match.turn()
        world = match.playing.world
        before = world.hash()
        for player in match.playing.seated:
            match.playing.game.allows_line(player, "a line of chat")
        if world.hash() != before:
            raise _Fault(
                f"tick {world.tick}: may_write changes a field, or draws by lot; lines of chat are in no journal, so a "
                "match could not go on after a crash"
            )
    return "who may write in the chat is decided without a change of the world"


def _has_bots(game: type[Game]) -> str:
    match = _with_bots(game, max(2, game.seats[0]))
    try:
        for _ in range(TICKS // 4):
            tick_alone(match)
    except Exception as error:
        raise _Fault(f"tick {match.world.tick}: {_where(error)}") from error
    mind = getattr(getattr(game, "bot_class", None), "__name__", "")
    return f"{len(match.players)} bots{mind and f' ({mind})'} decide for {TICKS // 4} ticks, and raise nothing"


def _is_predicted_alike(game: type[Game]) -> str:
    try:
        mismatch = first_mismatch(game)
    except subprocess.CalledProcessError as error:
        said = re.search(r"^\w*Error\b.*", error.stderr, re.MULTILINE)  # between its line and the calls that led there
        raise _Fault(f"the rule fails in JavaScript: {said[0] if said else error.stderr.strip()}") from error
    if mismatch:
        raise _Fault(mismatch)
    if mismatch is None:
        return f"the predicted rule is the same in both languages, in {ROWS:,} random rows, to the bit"
    return "nothing was compared: there is no rule that is translated, or no Node.js here"


def _with_bots(game: type[Game], players: int) -> Match:
    playing: Playing[Game] = Playing(game, seats=min(players, game.seats[1]))
    match = Match(playing.game, on_message=_ignore)
    setup = playing.game.setup()
    for number in range(playing.world.max_players):
        match.seat(brain_for=lambda seat, number=number: game.brain(setup, seat, game.tick_rate, "normal", number))  # type: ignore[misc]
    return match


def _ignore(_player: int, _message: ClientMessage) -> None:
    pass


class _Scale:
    """An outlet that weighs what it is sent."""

    round_trip = 0.0

    def __init__(self) -> None:
        self.bytes = 0

    def drain(self) -> list[bytes]:
        return []

    def send(self, message: bytes, /) -> None:
        self.bytes += len(message)

    def try_send(self, message: bytes, /) -> bool:
        self.send(message)
        return True

    def offer(self, snapshot: bytes, /) -> bool:
        self.send(snapshot)
        return True

    def close(self, code: int, reason: str) -> None:
        pass


def _cost(game: type[Game], players: int) -> str:
    """Measure the rules of a tick, and what a client is sent, with bots in all other seats."""
    match = _with_bots(game, players)
    scale = _Scale()
    match.watch(scale)
    spent, rules = 0.0, match.game.step

    def timed(inputs: Any) -> None:
        nonlocal spent
        began = time.perf_counter()
        rules(inputs)
        spent += time.perf_counter() - began

    object.__setattr__(match.game, "step", timed)
    for _ in range(COST_TICKS):
        tick_alone(match)
    seconds = COST_TICKS / game.tick_rate
    return (
        f"{players} players: {spent / COST_TICKS * 1e6:,.0f} us a tick for the rules; "
        f"{scale.bytes / seconds / 1000:,.1f} kB a second for one who sees everything"
    )
