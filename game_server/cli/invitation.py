"""The invitation under ``Listening on``: links for others, and a QR code for their phones."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from ipaddress import ip_address
from itertools import zip_longest
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

import segno
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from game_server.cli.addresses import Ip, reachable_here, wildcard
from game_server.options import ServerOptions
from game_server.protocol import PRIVATE

logger = logging.getLogger("game_server.cli")

_GAP: Final = "  "
_WHITE_ON_BLACK: Final = "color(231) on color(16)"
"""Fixed colours: not every phone reads an inverted QR code, as it would be on a light terminal."""


def links_for_others(options: ServerOptions, url: str) -> list[str]:
    """Return links at which others can play, the best first.

    Args:
        options: of the server.
        url: at which this machine reaches it.
    """
    if options.public_url:
        return [options.public_url]
    version = wildcard(options.host)
    if version is None:
        return [] if _is_loopback(urlsplit(url).hostname or "") else [url]
    return [_at(url, ip) for ip in reachable_here(version)]


def invitation(url: str, links: Sequence[str]) -> str:
    """Return lines with ``links`` for others; empty if ``url``, the link of this machine, is all there is."""
    if not links or url in links:
        return ""
    lines = ["Players open one of these:" if len(links) > 1 else "Players open:", *links]
    return "\n  ".join([*lines, f"{url}  (this machine only)"]) + "\n"


def private_links(link: str, matches: Iterable[Mapping[str, Any]]) -> str:
    """Return a line for each private one of ``matches``, which the lobby at ``link`` does not list."""
    return "".join(
        f"{match['name']} is private: {link}/?match={match['id']}\n" for match in matches if match["flags"] & PRIVATE
    )


def show_with_qr(text: str, link: str, out: TextIO) -> None:
    """Print ``text`` and a QR code of ``link``; if the code cannot be shown, log why.

    On a terminal, ``text`` goes beside the foot of the code, or below it if there is no room: so it is the last to
    scroll away.
    """
    console, lines = Console(file=out), text.splitlines()
    rows = _drawn(link, console)

    def put(row: str, beside: str = "") -> None:
        drawn = Text.assemble((row, _WHITE_ON_BLACK), beside)
        console.print(drawn, overflow="ignore", crop=False)

    if not console.is_terminal:
        out.write(text)
        for row in rows:
            put(row)
    elif rows and console.width >= len(rows[0]) + len(_GAP) + max(map(cell_len, lines), default=0):
        above = [""] * (len(rows) - len(lines))
        for row, line in zip_longest(rows, above + lines, fillvalue=""):
            put(row, " " * (len(rows[0]) - len(row)) + _GAP + line)
    else:
        for row in rows:
            put(row)
        out.write(text)


def _drawn(link: str, console: Console) -> list[str]:
    """Return the rows of a QR code; none if ``console`` cannot show it."""
    drawn = StringIO()
    segno.make(link, micro=False).terminal(drawn, compact=True)
    rows = drawn.getvalue().splitlines()
    if console.is_terminal and console.width < len(rows[0]):
        logger.warning("no QR code: it takes %d columns, and the terminal has %d", len(rows[0]), console.width)
        return []
    try:
        drawn.getvalue().encode(console.encoding)
    except UnicodeError:
        logger.warning("no QR code: the encoding of standard output, %s, has no block characters", console.encoding)
        return []
    return rows


def _at(url: str, ip: Ip) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{f'[{ip}]' if ip.version == 6 else ip}:{parts.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
