"""Options from files, passed to cyclopts as if they had been typed.

The reader of cyclopts skips keys with the name of a command (``host``, ``bots``), and converts values of one type to
another. Here every key is either used or refused, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import NoneType
from typing import Any, Final, Literal, Union, get_args, get_origin

import cyclopts
from cyclopts import Token

from game_server.cli.numbers import is_number, is_whole
from game_server.cli.toml_file import TomlEntry, read_toml
from game_server.cli.usage import like, trouble
from game_server.errors import ConfigError

_TEXT: Final = ("a text in quotes", (str,))
_TYPES: Final[dict[Any, tuple[str, tuple[type, ...]]]] = {
    bool: ("true or false", (bool,)),
    int: ("a whole number", (int,)),
    float: ("a number", (int, float)),
    str: _TEXT,
    Path: _TEXT,
    Literal: _TEXT,
    Union: ("a whole number, or a text in quotes", (int, str)),
}
"""By the type of an option: what its value in a file must be, in words and as Python types."""


def options_from_file(app: cyclopts.App, commands: tuple[str, ...], arguments: cyclopts.ArgumentCollection) -> None:
    """Take options that neither command line nor environment set from the file that ``--config`` names.

    Raises:
        ConfigError: the file cannot be read or is not TOML, or a key is not an option, or a value does not fit.
    """
    del app, commands
    named = [token.value for argument in arguments if "--config" in argument.names for token in argument.tokens]
    if not named or not named[-1]:
        return
    first, *others = read_toml("config file", Path(named[-1]))
    if others:
        raise ConfigError(f"{others[0].place}: options are not in a table; leave out {others[0].header}")
    for entry in first.entries:
        if entry.key == "config":
            raise ConfigError(f"{entry.place}: a config file cannot name another")
    fill(arguments, first.entries)


def fill(arguments: Iterable[cyclopts.Argument], entries: Iterable[TomlEntry]) -> None:
    """Give each of ``arguments`` that has no value the one in ``entries``.

    Raises:
        ConfigError: a key is not an option, or a value does not fit.
    """
    options = {name.removeprefix("--"): argument for argument in arguments for name in argument.names if argument.parse}
    for entry in entries:
        argument = options.get(entry.key)
        if argument is None:
            raise ConfigError(f"{entry.place}: there is no option {entry.key}{like(entry.key, options)}")
        if f"--{entry.key}" in argument.negatives:
            option = argument.name.removeprefix("--")
            raise ConfigError(f"{entry.place}: write {option} = true or {option} = false, not {entry.key}")
        tokens = _tokens(argument, entry)
        if not argument.tokens:
            argument.tokens.extend(tokens)


def check_values(app: cyclopts.App, commands: tuple[str, ...], arguments: cyclopts.ArgumentCollection) -> None:
    """Refuse values that cyclopts would misread.

    An unset variable in a shell makes an empty value: that would host a match without its password, or send everybody
    what was meant for one. And cyclopts cuts 30.5 to 30 for a whole number.

    Raises:
        ConfigError: there is such a value.
    """
    del app, commands
    for argument in arguments:
        for token in argument.tokens:
            if not token.value and token.implicit_value not in (True, False):
                raise ConfigError(trouble(argument, token, "is empty; give it a value, or leave it out"))
            kind = None if argument.parameter.converter else _kind(argument.hint)
            if (kind is int and not is_whole(token.value)) or (kind is float and not is_number(token.value)):
                raise ConfigError(trouble(argument, token, f"must be {_TYPES[kind][0]}"))


def _tokens(argument: cyclopts.Argument, entry: TomlEntry) -> list[Token]:
    """Return the value of ``entry`` as tokens for cyclopts.

    Raises:
        ConfigError: its type is not that of the option.
    """
    kind = _kind(argument.hint)
    several = kind is tuple
    words, types = _TYPES[_kind(get_args(argument.hint)[0]) if several else kind]
    values = entry.value if several and isinstance(entry.value, list) else [entry.value]
    for value in values:
        # In Python, a boolean is an integer, too.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = f"{words}, or a list of those" if several else words
            raise ConfigError(f"{entry.place}: {entry.key}{_shown(value)} must be {wanted}")
    given = [{"implicit_value": value} if isinstance(value, bool) else {"value": str(value)} for value in values]
    return [Token(keyword=entry.key, source=entry.place, index=index, **value) for index, value in enumerate(given)]


def _shown(value: Any) -> str:
    """Return `` = 2.5`` as in the file; empty unless it is a number or a boolean: a text may be secret or long."""
    return f" = {str(value).lower()}" if isinstance(value, bool | int | float) else ""


def _kind(hint: Any) -> Any:
    """Return the type of an option, without None and type arguments."""
    [hint] = {one for one in get_args(hint) if one is not NoneType} if NoneType in get_args(hint) else {hint}
    return get_origin(hint) or hint
