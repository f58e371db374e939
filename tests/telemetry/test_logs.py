from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import game_server
from game_server.telemetry.logs import set_up

LOGGERS = ("", "game_server", "trio-websocket", "coredis")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in LOGGERS}
    handlers = root.handlers[:]
    yield
    root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


logger = logging.getLogger("game_server.lobby")


def test_text_is_one_line_an_entry_with_time_level_and_logger(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    logger.info("%s joined", "Ada")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO    game_server\.lobby: Ada joined\n", err)


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "json")
    logger.warning("%s said\n%s", "Ada", "hé")
    [line] = capsys.readouterr().err.splitlines()
    assert "hé" in line
    entry = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry.pop("time"))
    assert entry == {
        "level": "warning",
        "logger": "game_server.lobby",
        "message": "Ada said\ufffdhé",
    }


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_comes_with_its_traceback(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    set_up("error", "json" if log_format == "json" else "text")
    try:
        raise ZeroDivisionError("no")
    except ZeroDivisionError:
        logger.exception("match failed")
    err = capsys.readouterr().err
    if log_format == "json":
        assert "ZeroDivisionError: no" in json.loads(err)["traceback"]
        assert err.count("\n") == 1
    else:
        assert err.endswith("    ZeroDivisionError: no\n")


def test_what_is_below_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("warning", "text")
    logger.info("quiet")
    logger.warning("loud")
    assert "quiet" not in (err := capsys.readouterr().err)
    assert "loud" in err


def test_of_others_only_warnings_are_logged_and_of_two_libraries_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("debug", "text")
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("trouble")
    logging.getLogger("trio-websocket").error("a peer went")
    logging.getLogger("coredis").error("no answer")
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING somebody: trouble")


def test_setting_it_up_again_writes_no_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    set_up("info", "text")
    logger.info("once")
    assert capsys.readouterr().err.count("once") == 1


FORGED = "12:00:00 INFO    game_server.lobby: forged"
HOSTILE = (
    "bye\n" + FORGED,
    "bye\r" + FORGED,
    "bye\x85" + FORGED,
    "bye\N{LINE SEPARATOR}" + FORGED,
    "\x1b]0;title\x07\x1b[2J",
    "\x9b2J\x9d0;title\x9c",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\N{LEFT-TO-RIGHT ISOLATE}\N{ARABIC LETTER MARK}",
    "\ud800 alone",
    "\x00\x08\x7f",
)


class Quoted:
    """What logs itself by its own words, whichever way."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def say(text: str, way: str) -> None:
    """Log ``text``, in one of the ways that a line of the log can have it."""
    if way == "message":
        logger.warning(text)
    elif way == "argument":
        logger.warning("said %s", text)
    elif way == "repr":
        logger.warning("said %r", Quoted(text))
    elif way == "misfit":
        logger.warning("said %d %s", text)  # noqa: PLE1206
    elif way == "logger":
        logging.getLogger(text).error("said")
    elif way == "exception":
        try:
            raise ValueError(text)
        except ValueError:
            logger.exception("failed: %s", text)
    elif way == "group":
        logger.error("failed", exc_info=ExceptionGroup(text, [KeyError(text), ValueError(text)]))


WAYS = ("message", "argument", "repr", "misfit", "logger", "exception", "group")


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_logged_steers_no_terminal_and_forges_no_line(
    capsys: pytest.CaptureFixture[str], log_format: str, way: str, text: str
) -> None:
    set_up("info", "json" if log_format == "json" else "text")
    say(text, way)
    err = capsys.readouterr().err
    assert err.replace("\n", "").isprintable()
    first, *rest = err.removesuffix("\n").split("\n")
    if log_format == "json":
        entry = json.loads(first)
        assert rest == []
        assert all(value.replace("\n", "").isprintable() for value in entry.values())
        assert "\n" not in entry["message"]
    else:
        assert all(line.startswith("    ") for line in rest)
    err.encode()


def test_a_record_that_does_not_fit_together_says_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    say("12", "misfit")
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("could not be written: TypeError('%d format: a real number is required, not str')")


def test_every_log_of_the_package_goes_through_the_setup() -> None:
    """A logger with a handler of its own, or what is written to standard error by hand, would go past the filter."""
    written = re.compile(
        r"addHandler|StreamHandler|stderr\.write|file=sys\.stderr|lastResort|getLogger\((?!\"game_server)"
    )
    package = Path(game_server.__file__).parent
    found = {
        f"{path.relative_to(package)}: {match[0]}"
        for path in package.rglob("*.py")
        for match in written.finditer(path.read_text("utf-8"))
    }
    assert found == {
        "cli/app.py: file=sys.stderr",  # the one line of an error, which goes through the same filter
        "cli/dev.py: file=sys.stderr",  # what the author of the rules is to read, through the same filter
        "dev/worker.py: addHandler",  # it collects what went wrong for the page, and writes nothing
        "supervisor/supervisor.py: stderr.write",  # what workers have logged
        "telemetry/logs.py: getLogger(",
        "telemetry/logs.py: stderr.write",
    }


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_each_of_several_processes_is_named_in_its_entries(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    set_up("info", "json" if log_format == "json" else "text", "worker 2")
    logger.info("ready")
    err = capsys.readouterr().err
    if log_format == "json":
        assert json.loads(err)["process"] == "worker 2"
    else:
        assert err.endswith("INFO    worker 2 game_server.lobby: ready\n")


def test_a_log_that_nobody_reads_any_more_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up("info", "text")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    logger.info("unheard")
