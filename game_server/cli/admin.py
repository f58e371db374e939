"""The commands for a running server: ``game-server matches``, ``say``, ``kick``, ``ban``, ``close``, ``stop``."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import attrs
from cyclopts import Group, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from game_server.cli.admin_request import ask
from game_server.cli.host import TOKEN_VARIABLE
from game_server.cli.match_choice import Switch
from game_server.cli.numbers import whole
from game_server.client import Target, Trust
from game_server.errors import ConfigError
from game_server.lobby import clean
from game_server.protocol import (
    LOCKED,
    MAX_CHAT,
    MAX_MATCH_ID,
    MAX_NICKNAME_WISH,
    MAX_SERVER_TEXT,
    MAX_STOP_SECONDS,
    MAX_TOKEN,
    PRIVATE,
    WITH_PASSWORD,
    Admin,
    AdminDeed,
    Answer,
    MatchRow,
)

RUNNING: Group = Group.create_ordered("Commands for a running server")

_NOTES = {PRIVATE: "private", LOCKED: "locked", WITH_PASSWORD: "password"}


def _at_most(most: int) -> Parameter:
    def check(_type: object, text: str) -> None:
        if len(text) > most:
            raise ValueError(f"must be at most {most} characters long, but has {len(text)}")

    return Parameter(validator=check, show_default=False)


Url = Annotated[str, Parameter(help="The link that game-server host prints.")]


@attrs.frozen
class AccessOptions:
    """How to reach and authenticate to a server.

    Attributes:
        token: The admin token, which game-server host prints.
        ca: A PEM file with the server's certificate, or with that of its authority, if the system does not trust it.
        pin: The fingerprint of the server's certificate, which game-server host prints; no other is accepted.
    """

    token: Annotated[str, Parameter(env_var=TOKEN_VARIABLE, allow_leading_hyphen=True), _at_most(MAX_TOKEN)] = (
        attrs.field(default="", repr=False)
    )
    ca: Path | None = None
    pin: Annotated[str, Parameter(show_default=False)] = ""


Access = Annotated[AccessOptions, Parameter(name="*")]
NO_ACCESS: Final = AccessOptions()
Code = Annotated[str, _at_most(MAX_MATCH_ID)]
Nickname = Annotated[str, _at_most(MAX_NICKNAME_WISH)]
Sentence = Annotated[str, _at_most(MAX_CHAT)]
Whom = Annotated[str, _at_most(MAX_NICKNAME_WISH), Parameter(help="The nickname, as others see it.")]
Where = Annotated[
    str,
    _at_most(MAX_MATCH_ID),
    Parameter(help="The code of their match, if several people have this nickname."),
]
Reason = Annotated[str, _at_most(MAX_CHAT), Parameter(help="The reason that they are given.")]


async def matches(url: Url, /, *, access: Access = NO_ACCESS, json: Switch = False) -> int:
    """Show the matches of a server, private ones included.

    Args:
        json: Print JSON: a list of objects, with the fields of a match in the message `lobby` of docs/PROTOCOL.md.
    """
    answer = await _ask(url, access, AdminDeed.MATCHES)
    if json:
        print(jsonlib.dumps([row._asdict() for row in answer.matches], indent=2))
        return 0
    if answer.matches:
        Console().print(_table(answer.matches))
    _print_answer(answer)
    return 0


async def say(url: Url, text: Sentence, /, *, match: Code = "", to: Nickname = "", access: Access = NO_ACCESS) -> int:
    """Send a message to everybody on a server, to a match, or to one person.

    Args:
        text: The message, at most 200 characters.
        match: Only to the match with this code; a link with ?match=CODE does the same.
        to: Only to the person with this nickname.
    """
    _print_answer(await _ask(url, access, AdminDeed.SAY, match, to, text))
    return 0


async def kick(
    url: Url, nickname: Whom, /, *, match: Where = "", reason: Reason = "", access: Access = NO_ACCESS
) -> int:
    """Disconnect a person, who may come back."""
    _print_answer(await _ask(url, access, AdminDeed.KICK, match, nickname, reason))
    return 0


async def ban(
    url: Url, nickname: Whom, /, *, match: Where = "", reason: Reason = "", access: Access = NO_ACCESS
) -> int:
    """Disconnect a person, and refuse their address until the server stops."""
    _print_answer(await _ask(url, access, AdminDeed.BAN, match, nickname, reason))
    return 0


async def close(url: Url, code: Code, /, *, text: Reason = "", access: Access = NO_ACCESS) -> int:
    """End a match; its people return to the lobby.

    Args:
        code: The code of the match, which is in the link to it.
    """
    _print_answer(await _ask(url, access, AdminDeed.CLOSE, code, text=text))
    return 0


async def stop(
    url: Url,
    /,
    *,
    seconds: Annotated[int, Parameter(name="--in"), whole(0, MAX_STOP_SECONDS)] = 0,
    cancel: Switch = False,
    text: Sentence = "",
    access: Access = NO_ACCESS,
) -> int:
    """Stop a server, at once or after a countdown that everybody sees.

    During the countdown, nobody can enter a match.

    Args:
        seconds: Seconds until it stops.
        cancel: Cancel the countdown; everybody is notified.
        text: The reason, shown with the countdown.
    """
    if cancel and seconds:
        raise ConfigError("--in and --cancel exclude one another: one stops the server, the other keeps it running")
    _print_answer(await _ask(url, access, AdminDeed.CANCEL if cancel else AdminDeed.STOP, text=text, wait=seconds))
    return 0


async def _ask(
    url: str,
    access: AccessOptions,
    deed: AdminDeed,
    match: str = "",
    subject: str = "",
    text: str = "",
    wait: int = 0,
) -> Answer:
    if not access.token:
        raise ConfigError(
            f"no admin token: pass what the server printed with --token, or as {TOKEN_VARIABLE} in the environment"
        )
    target = Target.from_url(url, Trust.of(access.ca, access.pin))
    return await ask(target, Admin(access.token, deed, match or target.match, subject, text, wait))


def _print_answer(answer: Answer) -> None:
    print(clean(answer.text, MAX_SERVER_TEXT))


def _table(rows: Sequence[MatchRow]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("match", overflow="fold")
    for heading in ("code", "mode", "phase"):
        table.add_column(heading, no_wrap=True)
    for heading in ("people", "bots", "seats", "watch"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        notes = ", ".join(note for bit, note in _NOTES.items() if row.flags & bit)
        cells = (f"{row.name} ({notes})" if notes else row.name, row.id, row.mode or row.game, row.phase)
        numbers = (row.people, row.bots, row.max_players, row.spectators)
        table.add_row(*(Text(clean(cell, MAX_SERVER_TEXT)) for cell in cells), *map(str, numbers))
    return table
