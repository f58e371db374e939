from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from game_server.telemetry.logs import set_up

LOGGERS = ("", "game_server", "trio-websocket")


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
    entry = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry.pop("time"))
    assert entry == {"level": "warning", "logger": "game_server.lobby", "message": "Ada said\nhé"}


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
        assert err.endswith("ZeroDivisionError: no\n")


def test_what_is_below_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("warning", "text")
    logger.info("quiet")
    logger.warning("loud")
    assert "quiet" not in (err := capsys.readouterr().err)
    assert "loud" in err


def test_of_others_only_warnings_are_told_and_nothing_of_the_websocket_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("debug", "text")
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("trouble")
    logging.getLogger("trio-websocket").error("a peer went")
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING somebody: trouble")


def test_setting_it_up_again_writes_no_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    set_up("info", "text")
    logger.info("once")
    assert capsys.readouterr().err.count("once") == 1
