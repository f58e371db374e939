"""Errors of the command line, each as one line that names the option as the user wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final, Literal, get_args, get_origin

import cyclopts
from cyclopts import Token

_SECRET: Final = frozenset({"--password", "--admin-token", "--token"})
"""Options whose values no message repeats, as messages end up in logs."""
COMMAND_LINE: Final = "cli"
ENVIRONMENT: Final = "env"
"""Sources of tokens by cyclopts' names; any other source is a place in a file."""


def trouble(argument: cyclopts.Argument, token: Token | None, reason: str) -> str:
    """Say why ``token`` is no value for ``argument``.

    ``--bots 99 must be ...``, or for a file ``friday.toml, line 3: bots = 99 must be ...``.
    """
    if token is None:
        return f"{spelling(argument)} {reason}"
    name = token.keyword or spelling(argument)
    shown = "" if argument.name in _SECRET or not token.value else _shown(token.value)
    if token.source in ("", COMMAND_LINE):
        return f"{name} {shown} {reason}" if shown else f"{name} {reason}"
    if token.source == ENVIRONMENT:
        return f"{name} in the environment {reason}"
    return f"{token.source}: {name} = {shown} {reason}" if shown else f"{token.source}: {name} {reason}"


def spelling(argument: cyclopts.Argument) -> str:
    """Return the name of ``argument`` as the help shows it: ``--bots``, ``NICKNAME``."""
    name: str = argument.name
    return name if name.startswith("-") else name.upper()


def like(wrong: str, known: Iterable[str]) -> str:
    """Return a suggestion of the one of ``known`` that is most like ``wrong``; empty if none is."""
    near = difflib.get_close_matches(wrong, known)
    return f"; did you mean {near[0]}?" if near else ""


def explain(error: cyclopts.CycloptsError) -> str:
    """Return one line that says what is wrong and what to do."""
    match error:
        case cyclopts.UnknownOptionError():
            wrong = (error.token.keyword or error.token.value).partition("=")[0]
            known = [name for argument in error.argument_collection if argument.parse for name in argument.names]
            return f"there is no option {wrong}{like(wrong, known)}"
        case cyclopts.UnusedCliTokensError() if error.unused_tokens:
            return f"{error.unused_tokens[0]!r} is one word too many; put quotes around a text of several words"
        case cyclopts.RepeatArgumentError():
            return f"{error.token.keyword} is given twice; give it once"
        case cyclopts.MissingArgumentError() if error.argument:
            name = error.keyword or spelling(error.argument)
            return f"{name} needs a value" if name.startswith("-") else f"{name} is missing"
        case cyclopts.ValidationError() if error.argument:
            token = error.argument.tokens[0] if error.argument.tokens else None
            return trouble(error.argument, token, error.exception_message)
        case cyclopts.CoercionError() if error.argument:
            return trouble(error.argument, error.token, _coercion(error))
    return " ".join(str(error).split()).removesuffix(".")


def _coercion(error: cyclopts.CoercionError) -> str:
    if error.msg is not None:
        return str(error.msg)
    if get_origin(error.target_type) is Literal:
        return f"must be one of {', '.join(get_args(error.target_type))}"
    if error.target_type is bool:
        return "must be true or false"
    return "cannot be used"


def _shown(value: str) -> str:
    return value if value.isprintable() and not set(value) & set(" '\"") else repr(value)
