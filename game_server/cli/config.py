"""Options from TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import cyclopts
from cyclopts.config import Dict

from game_server.errors import ConfigError

REPEATABLE: Final = frozenset({"metrics-from", "origin", "trust-network", "trust-proxy"})
"""Options that take a list."""


def options_from_file(app: cyclopts.App, commands: tuple[str, ...], arguments: cyclopts.ArgumentCollection) -> None:
    """Fill in from the file that ``--config`` names what the command line left open.

    Raises:
        ConfigError: the file cannot be read or is not TOML.
        cyclopts.CycloptsError: it has a key that is no option, or a value that does not fit.
    """
    named = [token.value for argument in arguments if "--config" in argument.names for token in argument.tokens]
    if not named:
        return
    path = Path(named[-1])
    options = read_toml("config file", path)
    if "config" in options:
        raise ConfigError(f"the config file {path} names another with config; there can be one")
    for name, value in options.items():
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
            raise ConfigError(f"the config file {path} has a table [{name}]; options stand in it without any")
    check(options, f"the config file {path}", arguments)
    read: Any = Dict(options, source=str(path), use_commands_as_keys=False)
    read(app, commands, arguments)


def read_toml(what: str, path: Path) -> dict[str, Any]:
    """What stands in the file at ``path``; ``what`` it is, for errors.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the {what} {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the {what} {path} is not TOML: {error}") from error


def check(options: dict[str, Any], source: str, arguments: Iterable[cyclopts.Argument]) -> None:
    """Refuse what cyclopts would take for something else.

    Raises:
        ConfigError: a list where one value is due; or the name of an option's opposite, which would turn it on.
    """
    opposites = {
        opposite.removeprefix("--"): argument.name.removeprefix("--")
        for argument in arguments
        for opposite in argument.negatives
    }
    for name, value in options.items():
        if isinstance(value, list) and name not in REPEATABLE:
            raise ConfigError(f"{source} has a list for {name}, which takes one value")
        if (option := opposites.get(name.replace("_", "-"))) is not None:
            raise ConfigError(f"{source} has {name}; say {option} = true or {option} = false")
