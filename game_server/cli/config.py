"""Options from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import cyclopts
from cyclopts.config import Toml

from game_server.errors import ConfigError

REPEATABLE: Final = frozenset({"origin"})
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
    for name, value in _options(path).items():
        if name == "config":
            raise ConfigError(f"the config file {path} names another with config; there can be one")
        if isinstance(value, dict):
            raise ConfigError(f"the config file {path} has a table [{name}]; options stand in it without any")
        if isinstance(value, list) and name not in REPEATABLE:
            raise ConfigError(f"the config file {path} has a list for {name}, which takes one value")
    read: Any = Toml(path, must_exist=True, use_commands_as_keys=False)
    read(app, commands, arguments)


def _options(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the config file {path} is not TOML: {error}") from error
