from __future__ import annotations

import io
import re
from ipaddress import ip_address

import attrs
import pytest
import segno

from game_server.cli import invitation as module
from game_server.cli.invitation import invitation, links_for_others, show_with_qr
from tests.live_server import toy_options

HERE = "http://127.0.0.1:8000"
LINK = "http://192.168.1.20:8000"
TEXT = f"Players open:\n  {LINK}\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two addresses of each version."""
    ips = {4: ["192.168.1.20", "10.8.0.3"], 6: ["fd00::2", "2001:db8::2"]}
    monkeypatch.setattr(module, "reachable_here", lambda version: [ip_address(ip) for ip in ips[version]])


def links(url: str, host: str, public_url: str | None = None) -> list[str]:
    return links_for_others(attrs.evolve(toy_options(), host=host, public_url=public_url), url)


def test_listening_everywhere_gives_a_link_for_each_address() -> None:
    assert links(HERE, "0.0.0.0") == [LINK, "http://10.8.0.3:8000"]
    assert links("https://[::1]:8443", "::") == ["https://[fd00::2]:8443", "https://[2001:db8::2]:8443"]


@pytest.mark.parametrize("url", [HERE, "http://[::1]:8000", "http://localhost:8000"])
def test_listening_at_a_loopback_address_invites_nobody(url: str) -> None:
    assert links(url, "127.0.0.1") == []


def test_listening_at_one_address_gives_its_link() -> None:
    assert links(LINK, "192.168.1.20") == [LINK]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_behind_a_proxy_its_address_is_the_only_link(host: str) -> None:
    assert links(HERE, host, "https://play.example/") == ["https://play.example"]


def test_the_invitation_lists_the_links_and_marks_the_one_for_this_machine() -> None:
    assert invitation(HERE, [LINK, "http://10.8.0.3:8000"]) == (
        "Players open one of these:\n"
        "  http://192.168.1.20:8000\n"
        "  http://10.8.0.3:8000\n"
        "  http://127.0.0.1:8000  (this machine only)\n"
    )
    assert invitation(HERE, [LINK]).startswith("Players open:\n  http://192.168.1.20:8000\n")


@pytest.mark.parametrize("others", [[], [HERE]])
def test_there_is_none_where_the_first_line_says_it_all(others: list[str]) -> None:
    assert invitation(HERE, others) == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def modules(drawn: str) -> list[list[bool]]:
    """Which modules of a drawn QR code are dark, its quiet zone of 4 cut off."""
    dark = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
    rows = [[bool(dark[block][half]) for block in line] for line in drawn.splitlines() if line for half in (0, 1)]
    return [row[4:-4] for row in rows][4 : 4 + len(rows[0]) - 8]


@pytest.mark.parametrize("link", [LINK, "https://play.example", f"https://{'play.' * 30}example:8443"])
def test_the_qr_code_says_the_link(link: str) -> None:
    out = io.StringIO()
    show_with_qr("", link, out)
    assert modules(out.getvalue()) == [[bool(bit) for bit in row] for row in segno.make_qr(link).matrix]


def test_a_file_gets_it_whole_however_narrow_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = io.StringIO()
    show_with_qr("", LINK, out)
    assert modules(out.getvalue()) == [[bool(bit) for bit in row] for row in segno.make_qr(LINK).matrix]


def test_on_a_terminal_it_is_black_on_white_whatever_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    show_with_qr(TEXT, LINK, out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 17
    assert all(line.startswith("\x1b[38;5;231;48;5;16m") and "\x1b[0m" in line for line in lines)


@pytest.mark.parametrize("columns", [80, 60])
def test_the_links_are_the_last_lines_beside_the_code_or_under_it(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    text = TEXT + "Admin token: vT3mRzQ0bq1X9c2kPz5yLw8d\n"
    show_with_qr(text, LINK, out)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert len(lines) == (17 if columns == 80 else 20)
    assert max(map(len, lines)) <= columns
    assert [line[33:].strip() if columns == 80 else line.strip() for line in lines[-3:]] == [
        line.strip() for line in text.splitlines()
    ]


def test_where_nothing_scrolls_away_the_links_come_first() -> None:
    out = io.StringIO()
    show_with_qr(TEXT, LINK, out)
    assert out.getvalue().startswith(TEXT)
    assert len(out.getvalue().splitlines()) == 19


def test_a_terminal_too_narrow_for_it_gets_a_reason_instead(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    out = Terminal()
    show_with_qr(TEXT, LINK, out)
    assert out.getvalue() == TEXT
    assert "33 columns" in caplog.text


def test_an_encoding_without_blocks_gets_a_reason_instead(caplog: pytest.LogCaptureFixture) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    show_with_qr(TEXT, LINK, out)
    out.flush()
    assert out.buffer.getvalue() == TEXT.encode()
    assert "ascii" in caplog.text
