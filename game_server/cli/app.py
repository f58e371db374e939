"""The command ``game-server``: its subcommands, and the exit codes of their errors."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

import cyclopts

import game_server
from game_server.cli.config import check_values, options_from_file
from game_server.cli.console import discard, guarded_output
from game_server.cli.exit_codes import FAILED, INTERRUPTED, USAGE_ERROR
from game_server.cli.usage import explain
from game_server.errors import ConfigError, JournalError, RequestRefused, ServerUnreachable, leaves
from game_server.telemetry import printable

app = cyclopts.App(
    name="game-server",
    help="Host real-time matches for browsers, and test servers under load.",
    version=game_server.__version__,
    help_format="markdown",
    result_action="return_value",
    config=check_values,
)
_AUTHORS: Final = cyclopts.Group.create_ordered("For authors of games")
_RUNNING: Final = cyclopts.Group.create_ordered("Commands for a running server")

# By name, so that a command imports what it needs alone: `game-server data` starts in a third of the time of `host`.
app.command("game_server.cli.host:host", config=(options_from_file, check_values))
for _command in ("bots:bots", "journal:journal", "recordings:recordings", "data:data"):
    app.command(f"game_server.cli.{_command}")
for _command in ("authors:new", "authors:types", "dev:dev", "authors:check"):
    app.command(f"game_server.cli.{_command}", group=_AUTHORS)
for _command in ("matches", "say", "kick", "ban", "close", "move", "drain", "stop", "restart"):
    app.command(f"game_server.cli.admin:{_command}", group=_RUNNING)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and exit: with 0 if it is done, 1 if it failed, 2 if it was called wrongly.

    Errors are one line on standard error.
    """
    try:
        with guarded_output():
            status = app(arguments, exit_on_error=False, print_error=False, backend="trio")
    except cyclopts.CycloptsError as error:
        _end(explain(error), USAGE_ERROR)
    except ConfigError as error:
        _end(str(error), USAGE_ERROR)
    except (JournalError, RequestRefused, ServerUnreachable) as error:
        _end(_cleaned(str(error)), FAILED)
    except BaseExceptionGroup as group:
        ends, faults = group.split((ConfigError, SystemExit, KeyboardInterrupt))
        if faults or not ends:
            raise
        first = leaves(ends)[0]
        if isinstance(first, ConfigError):
            _end(str(first), USAGE_ERROR)
        sys.exit(first.code if isinstance(first, SystemExit) else INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _cleaned(text: str) -> str:
    """Text with words of a server or a file in it, on one line and cut to what a server may send."""
    from game_server.lobby import clean  # noqa: PLC0415 - most commands need no lobby
    from game_server.protocol import MAX_SERVER_TEXT  # noqa: PLC0415

    return clean(text, MAX_SERVER_TEXT)


def _end(reason: str, code: int) -> NoReturn:
    if sys.stderr is not None:
        try:
            print(f"game-server: {printable(reason)}", file=sys.stderr, flush=True)
        except OSError:
            discard(sys.stderr)
    sys.exit(code)
