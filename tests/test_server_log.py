"""What the log says of people, line by line: it is what a host has when somebody asks what happened."""

from __future__ import annotations

import logging
import re

import pytest
import trio

from game_server.protocol import Home, Join, Leave, Resume, Spectating
from tests.live_server import OpenServer

SETTLE = 0.3


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "game_server")
    return caplog


def news(said: pytest.LogCaptureFixture) -> list[str]:
    """The lines since the last call, without ports."""
    lines = [
        f"{record.levelname.lower()}: {re.sub(r'127[.]0[.]0[.]1:[0-9]+', 'PEER', record.getMessage())}"
        for record in said.records
        if record.name.startswith("game_server.")
    ]
    said.clear()
    return lines


async def test_who_comes_goes_and_comes_back_is_in_the_log(
    open_server: OpenServer, said: pytest.LogCaptureFixture
) -> None:
    served = await open_server(options={"seat_hold": 5.0}, spectating=Spectating.ALLOWED)
    news(said)
    ada = await served.join("Ada")
    assert news(said) == ["info: Ada joined as player 0 (test)"]
    await ada.vanish()
    await trio.sleep(SETTLE)
    assert news(said) == ["info: Ada was lost as player 0", "info: PEER closed: 1006 ''"]
    again = await served.come("Ada")
    await again.enter(Resume(ada.welcome.token))
    assert news(said) == ["info: Ada is back as player 0"]
    await again.say(Leave())
    await again.next(Home)
    assert news(said) == ["info: Ada left"]
    await again.enter(Join(""))
    await again.quit()
    await trio.sleep(SETTLE)
    assert news(said) == ["info: Ada joined as player 0 (test)", "info: Ada left", "info: PEER closed: 1000 ''"]
    await (await served.join("Grace")).vanish()
    await trio.sleep(6)
    assert news(said)[-1] == "info: Grace left"
    watching = await served.watch("Vera")
    await watching.quit()
    await trio.sleep(SETTLE)
    assert news(said) == ["info: PEER closed: 1000 ''"]


async def test_who_goes_before_hello_is_in_the_log(open_server: OpenServer, said: pytest.LogCaptureFixture) -> None:
    served = await open_server()
    news(said)
    await (await served.connect()).stream.aclose()
    await trio.sleep(SETTLE)
    lines = news(said)
    assert [line.partition(":")[0] for line in lines] == ["info", "info"]
    assert sorted(line.split(" PEER ")[1].split(":")[0] for line in lines) == ["closed", "went before hello"]
