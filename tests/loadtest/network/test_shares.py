from __future__ import annotations

import pytest

from game_server.errors import ConfigError
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.network.shares import Shares


@pytest.mark.parametrize("clients", [20, 100, 1000])
def test_shares_are_about_kept_however_many_there_are(clients: int) -> None:
    shares = Shares.parse("mobile=30%,bad=5%")
    networks = [shares.network_of(number) for number in range(clients)]
    assert networks.count(PRESETS["mobile"]) / clients == pytest.approx(0.30, abs=0.051)
    assert networks.count(PRESETS["bad"]) / clients == pytest.approx(0.05, abs=0.051)
    assert networks.count(None) / clients == pytest.approx(0.65, abs=0.051)


def test_a_name_alone_is_for_everybody_and_nothing_for_nobody() -> None:
    assert {Shares.parse("home").network_of(number) for number in range(50)} == {PRESETS["home"]}
    assert {Shares().network_of(number) for number in range(50)} == {None}


def test_shares_are_written_as_they_are_read() -> None:
    assert str(Shares.parse("mobile=30%, bad=2.5%")) == "mobile=30%,bad=2.5%"


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("moblie", "no network is called 'moblie'; there are lan, home, mobile, bad, satellite"),
        ("mobile=30", "'mobile=30' is not NAME or NAME=PERCENT%"),
        ("mobile=60%,bad=50%", "the shares add up to 110%"),
        ("mobile=10%,mobile=10%", "mobile is given twice"),
        ("mobile=10%,", "'' is not NAME"),
    ],
)
def test_shares_that_cannot_be_are_refused(text: str, saying: str) -> None:
    with pytest.raises(ConfigError, match=r"--network") as wrong:
        Shares.parse(text)
    assert saying in str(wrong.value)


def test_shares_may_be_everybody_and_have_fractions() -> None:
    half = Shares.parse("mobile=50%,bad=49.5%,lan=0.5%")
    assert half.shares == (("mobile", 0.5), ("bad", 0.495), ("lan", 0.005))
    assert all(half.network_of(number) for number in range(200))
    assert Shares.parse("bad").shares == (("bad", 1.0),)


def test_which_client_is_behind_which_network_is_the_same_in_every_run() -> None:
    shares = Shares.parse("mobile=30%,bad=20%")
    told = [(shares.name_of(number) or "none")[0] for number in range(16)]
    assert "".join(told) == "bnnmnbmnmnbmnbnn"
