"""Commands for a running server: ``matches``, ``say``, ``kick``, ``ban``, ``close``, ``move``, ``drain``, ``stop``."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated, Final, Literal

import attrs
from cyclopts import Parameter
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
    DRAIN_AFTER_ROUND,
    DRAIN_OFF,
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
Node = Annotated[str, _at_most(MAX_NICKNAME_WISH)]
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
        rows = [row._asdict() | ({"node": node} if node else {}) for row, node in _with_nodes(answer)]
        print(jsonlib.dumps(rows, indent=2))
        return 0
    if answer.matches:
        Console().print(_table(answer))
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


async def move(url: Url, code: Code, /, *, to: Node = "", access: Access = NO_ACCESS) -> int:
    """Let a match go on at another node; its people follow.

    Nodes are the workers of a server, and the servers that share a Redis with it.

    Args:
        code: The code of the match, which is in the link to it.
        to: The name of the node, as game-server matches shows it.
    """
    if not to:
        raise ConfigError("no node: name one with --to, as game-server matches shows it")
    _print_answer(await _ask(url, access, AdminDeed.MOVE, code, to))
    return 0


async def drain(
    url: Url,
    /,
    *,
    node: Node = "",
    by: Literal["now", "end-of-round"] = "now",
    drain_timeout: Annotated[int, whole(0, MAX_STOP_SECONDS)] = 0,
    off: Switch = False,
    access: Access = NO_ACCESS,
) -> int:
    """Move all matches of a node to others, and let it open no more, or end that.

    A match that no other node takes ends when its round is over.

    Args:
        node: The name of the node; by default, all nodes of the machine that the link leads to.
        by: Move matches at once, or let each play its round to the end first.
        drain_timeout: Seconds after which all matches that are left end; 0 for never.
        off: End the drain: the node opens matches and takes newcomers again.
    """
    if off and (by != "now" or drain_timeout):
        raise ConfigError("--off ends a drain, so that it has no --by and no --drain-timeout")
    how = DRAIN_OFF if off else DRAIN_AFTER_ROUND if by == "end-of-round" else ""
    _print_answer(await _ask(url, access, AdminDeed.DRAIN, subject=node, text=how, wait=drain_timeout))
    return 0


async def restart(url: Url, /, *, access: Access = NO_ACCESS) -> int:
    """Replace the workers of a server by fresh processes, with the code that is installed now; matches go on."""
    _print_answer(await _ask(url, access, AdminDeed.RESTART))
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


def _with_nodes(answer: Answer) -> list[tuple[MatchRow, str]]:
    """Return each match with its process; an empty name if the server is one process."""
    return list(zip(answer.matches, answer.nodes or ("",) * len(answer.matches), strict=False))


def _table(answer: Answer) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("match", overflow="fold")
    for heading in ("code", *(("node",) if answer.nodes else ()), "mode", "phase"):
        table.add_column(heading, no_wrap=True)
    for heading in ("people", "bots", "seats", "watch"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row, node in _with_nodes(answer):
        notes = ", ".join(note for bit, note in _NOTES.items() if row.flags & bit)
        cells = (
            f"{row.name} ({notes})" if notes else row.name,
            row.id,
            *((node,) if answer.nodes else ()),
            row.mode or row.game,
            row.phase,
        )
        numbers = (row.people, row.bots, row.max_players, row.spectators)
        table.add_row(*(Text(clean(cell, MAX_SERVER_TEXT)) for cell in cells), *map(str, numbers))
    return table
