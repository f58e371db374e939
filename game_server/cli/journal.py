"""The commands ``game-server journal``: look at a journal, verify it, cut it, and play it again to a tick."""

from __future__ import annotations

import os
import pdb  # noqa: T100 - for --pdb
import time
import traceback
from pathlib import Path
from typing import Annotated, Final

import cyclopts

from game_server.cli.console import PlainConsole
from game_server.cli.exit_codes import FAILED
from game_server.cli.match_choice import Switch
from game_server.cli.numbers import whole
from game_server.errors import ConfigError, JournalError
from game_server.games import all_games, game_named
from game_server.journal import JournalFile, Replay, Verification, compare, verify, version_of_rules
from game_server.simulation import Game

MOST_TICKS: Final = 2**32 - 1
Tick = Annotated[int, whole(0, MOST_TICKS)]

journal = cyclopts.App(name="journal", help="Look at the journals of matches in a data directory.")


@journal.command
def info(path: Path, /) -> int:
    """Show what a journal has.

    Args:
        path: A folder in journals or failed of a data directory, or a file in it.
    """
    found, out = JournalFile.read(path), PlainConsole()
    header, (first, last) = found.header, found.ticks
    rate = found.records[0].value.tick_rate
    out.print(f"match    {header.match}, {header.game}, begun {time.strftime('%F %T', time.localtime(header.begun))}")
    out.print(f"rules    {header.rules or 'unknown'}{_about_rules(found)}")
    out.print(f"ticks    {first} to {last}: {(last - first) / rate:.0f} s at {rate} a second")
    out.print(f"records  {len(found.records)}")
    if found.ends:
        out.print(f"end      {found.ends} bytes of a record that was not written to its end")
    return 0


@journal.command(name="verify")
def verify_(path: Path, /, *, against: Path | None = None, game: str = "") -> int:
    """Play a journal again, and compare its world with every hash that was taken when it was played.

    The exit code is 1 if anything differs.

    Args:
        path: A folder in journals or failed of a data directory, or a file in it.
        against: Another journal of the same match, to compare with tick by tick.
        game: The game that was played, if it is not installed here: module:Class.
    """
    found, out = JournalFile.read(path), PlainConsole()
    rules, began = _game(found, game), time.perf_counter()
    checked = compare(found, JournalFile.read(against), rules) if against else verify(found, rules)
    took = time.perf_counter() - began
    seconds = (checked.last - checked.first) / found.records[0].value.tick_rate
    out.print(
        f"{checked.last - checked.first} ticks again, {checked.hashes} hashes, {seconds / took:.0f} times real time"
    )
    for line in _faults(checked):
        out.print(line)
    if not checked.good and (about := _about_rules(found)):
        out.print(f"the rules{about}")
    return 0 if checked.good else FAILED


@journal.command
def cut(
    path: Path,
    to: Path,
    /,
    *,
    first: Annotated[Tick, cyclopts.Parameter(name="--from")] = 0,
    last: Annotated[Tick, cyclopts.Parameter(name="--to")] = MOST_TICKS,
) -> int:
    """Write a part of a journal to a file of its own, beginning with the checkpoint before it.

    Only you can read the file: it has the match's password, and names and addresses of people.

    Args:
        path: A folder in journals or failed of a data directory, or a file in it.
        to: The file to write.
        first: Its first tick; by default that of the journal.
        last: Its last tick; by default that of the journal.
    """
    data = JournalFile.read(path).part(first, last)
    try:
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}") from error
    return 0


@journal.command
def run(
    path: Path,
    /,
    *,
    until: Tick = MOST_TICKS,
    debugger: Annotated[Switch, cyclopts.Parameter(name="--pdb")] = False,
    game: str = "",
) -> int:
    """Play a journal again up to a tick; what the rules raise there is shown.

    Args:
        path: A folder in journals or failed of a data directory, or a file in it.
        until: The tick; by default the last one.
        debugger: Stop in the rules: at the beginning of that tick, or where they raise.
        game: The game that was played, if it is not installed here: module:Class.
    """
    found = JournalFile.read(path)
    replay = Replay(_game(found, game))
    until = found.ticks[1] if until == MOST_TICKS else until
    if found.ticks[0] == found.ticks[1]:
        raise JournalError(
            f"it has a checkpoint of tick {found.ticks[0]} and no tick after it: there is nothing to play"
        )
    if not found.ticks[0] < until <= found.ticks[1]:
        raise JournalError(f"it has the ticks from {found.ticks[0] + 1} to {found.ticks[1]}, not {until}")
    try:
        for _ in replay.play(found.up_to(until), until - debugger):
            pass
        if debugger:
            replay.world.advance()
            pdb.Pdb().runcall(replay.game.step, replay.inputs)
    except JournalError:
        raise
    except Exception:
        errors = PlainConsole(stderr=True)
        for line in [*traceback.format_exc().splitlines(), f"the rules raised at tick {replay.world.tick}"]:
            errors.print(line, soft_wrap=True)
        if debugger:
            pdb.post_mortem()
        return FAILED
    PlainConsole().print(f"tick {replay.world.tick}, hash {replay.world.hash()}, {replay.game.phase()}")
    return 0


def _game(found: JournalFile, given: str) -> type[Game]:
    """The game that was played; ``given`` names one that is not installed."""
    if given:
        game_named(given)
    name = found.header.game
    games = all_games()
    if name not in games:
        raise JournalError(f"there is no game {name!r} here; there is {', '.join(games)}")
    return games[name]


def _about_rules(found: JournalFile) -> str:
    game = all_games().get(found.header.game)
    if game is None:
        return ""
    return "" if found.header.rules == version_of_rules(game) else " have changed since"


def _faults(found: Verification) -> list[str]:
    lines = []
    if found.difference:
        lines.append(
            f"the world differs from tick {found.difference.tick} on at the latest; "
            f"at tick {found.difference.same_until} it was the same"
        )
    if found.field:
        lines.append(f"first difference known: {found.field}")
    if found.raised:
        lines.append(f"the rules raised at tick {found.last}: {found.raised!r}")
    return lines or ["everything is the same"]
