from __future__ import annotations

import io
import sys

import attrs
import pytest

from game_server.cli.host import _say_farewell, _show_links
from game_server.server import Server
from game_server.supervisor import Supervisor
from tests.live_server import OpenServer, toy_options

LINK = "http://192.168.1.20:8000"
HERE = "http://127.0.0.1:8000"


class Terminal(io.StringIO):
    """Standard output, which somebody sees."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "links", "qr", "shown"),
    [
        (Terminal(), [LINK], None, True),
        (Terminal(), [LINK], False, False),
        (Terminal(), [], None, False),
        (Terminal(), [], True, True),
        (io.StringIO(), [LINK], None, False),
        (io.StringIO(), [LINK], True, True),
    ],
)
def test_a_qr_code_is_drawn_when_it_is_seen_and_a_phone_gets_there_or_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, out: io.StringIO, links: list[str], qr: bool | None, shown: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "80")
    # rich keeps the codes of a style for the first terminal that it was used on: other tests expect these colours.
    monkeypatch.setenv("TERM", "xterm-256color")
    _show_links(Server(toy_options()), HERE, links, qr)
    assert ("▄" in out.getvalue()) == shown
    assert all(link in out.getvalue() for link in links)


async def test_the_link_to_a_private_match_is_printed(
    open_server: OpenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await open_server(private=True, name="Friday")
    _show_links(served.server, HERE, [], qr=False)
    assert f"Friday is private: {HERE}/?match={served.match.id}" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("kind", [Server, Supervisor])
def test_the_admin_token_is_printed_unless_the_host_chose_it(
    kind: type[Server | Supervisor], capsys: pytest.CaptureFixture[str]
) -> None:
    for chosen in (None, "x" * 16):
        server = kind(attrs.evolve(toy_options(), admin_token=chosen))
        _show_links(server, HERE, [], qr=False)
        assert (f"Admin token: {server.admin_token}" in capsys.readouterr().out) == (chosen is None)


@pytest.mark.parametrize(("at_once", "said"), [(False, "everybody was notified."), (True, "has stopped at once.")])
def test_a_farewell_is_a_whole_line_on_a_terminal_and_none_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, at_once: bool, said: str
) -> None:
    _say_farewell(at_once)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _say_farewell(at_once)
    assert capsys.readouterr().out.endswith(f"{said}\n")
