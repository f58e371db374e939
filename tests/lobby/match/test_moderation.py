from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RequestRefused
from game_server.lobby.match.moderation import Moderation
from game_server.lobby.text.nicknames import TakenNames
from game_server.protocol import NO_PLAYER, RefusalCode


def refusal(moderation: Moderation, nickname: str, address: str, now: float = 0.0) -> tuple[int, int] | None:
    try:
        moderation.admit(nickname, address, now)
    except RequestRefused as refused:
        return refused.code, refused.wait
    return None


def test_one_who_was_kicked_may_come_back_after_30_seconds() -> None:
    moderation = Moderation()
    moderation.kick("Ada", "10.0.0.1", 5.0)
    assert refusal(moderation, "ADA", "10.0.0.1", 5.0) == (RefusalCode.BANNED, 30)
    assert refusal(moderation, "Ada", "10.0.0.1", 34.5) == (RefusalCode.BANNED, 1)
    assert refusal(moderation, "Ada", "10.0.0.1", 35.0) is None


def test_a_kick_goes_for_nobody_else_behind_that_address() -> None:
    moderation = Moderation()
    moderation.kick("Ada", "10.0.0.1", 0.0)
    assert refusal(moderation, "Grace", "10.0.0.1") is None
    assert refusal(moderation, "Ada", "10.0.0.2") is None


@pytest.mark.parametrize(("nickname", "address"), [("\uff21da", "10.9.9.9"), ("Somebody", "10.0.0.1")])
def test_a_ban_goes_by_name_and_by_address_and_does_not_end(nickname: str, address: str) -> None:
    moderation = Moderation()
    moderation.ban([("Ada", "10.0.0.1")])
    assert refusal(moderation, nickname, address, 1e9) == (RefusalCode.BANNED, 0)
    assert refusal(moderation, "Grace", "10.0.0.2") is None


@pytest.mark.parametrize(
    ("name", "address", "told", "by_name", "by_address"),
    [
        ("Grace", "10.0.0.2", "", True, True),
        ("Grace", "10.0.0.1", "by name alone", True, False),
        ("ADA", "10.0.0.2", "by address alone", False, True),
        ("ADA", "10.0.0.1", "may come back", False, False),
    ],
)
def test_a_ban_leaves_out_what_is_the_hosts_own(
    name: str, address: str, told: str, by_name: bool, by_address: bool
) -> None:
    moderation = Moderation()
    assert told in moderation.ban([(name, address)], [("Ada", "10.0.0.1")])
    assert (refusal(moderation, name, "10.9.9.9") is not None) == by_name
    assert (refusal(moderation, "Somebody", address) is not None) == by_address
    assert refusal(moderation, "Ada", "10.0.0.1") is None


def test_nobody_comes_in_while_it_is_locked() -> None:
    moderation = Moderation()
    moderation.locked = True
    assert refusal(moderation, "Ada", "10.0.0.1") == (RefusalCode.LOCKED, 0)


def test_a_mute_goes_with_name_and_address_until_it_is_taken_back() -> None:
    moderation = Moderation()
    moderation.mute("Ada", "10.0.0.1", True)
    assert moderation.is_muted("ada", "10.0.0.1")
    assert not moderation.is_muted("Ada", "10.0.0.2")
    moderation.mute("Ada", "10.0.0.1", False)
    assert not moderation.is_muted("Ada", "10.0.0.1")


@pytest.mark.parametrize(("host", "player"), [(NO_PLAYER, NO_PLAYER), (NO_PLAYER, 0), (1, 0), (1, NO_PLAYER)])
def test_only_the_host_may_moderate(host: int, player: int) -> None:
    moderation = Moderation()
    moderation.host = host
    with pytest.raises(RequestRefused) as caught:
        moderation.authorise(player)
    assert caught.value.code == RefusalCode.NOT_ALLOWED
    moderation.host = 1
    moderation.authorise(1)


ALIKE = ["ADA", "\uff21da", "\u0410da", "Ad\u0430", "A\u200cda", "\U0001d400da"]
"""Names that are Ada's, or that nobody could distinguish from hers."""


@pytest.mark.parametrize("alike", ALIKE)
def test_whatever_makes_two_names_one_does_so_for_uniqueness_bans_kicks_and_mutes(alike: str) -> None:
    taken, moderation = TakenNames(), Moderation()
    taken.add("Ada")
    assert alike in taken
    moderation.kick("Ada", "10.0.0.1", 0.0)
    assert refusal(moderation, alike, "10.0.0.1") == (RefusalCode.BANNED, 30)
    moderation.mute("Ada", "10.0.0.1", muted=True)
    assert moderation.is_muted(alike, "10.0.0.1")
    moderation.mute(alike, "10.0.0.1", muted=False)
    assert not moderation.is_muted(alike, "10.0.0.1")
    moderation.ban([("Ada", "10.0.0.2")])
    assert refusal(moderation, alike, "10.9.9.9") == (RefusalCode.BANNED, 0)


@pytest.mark.parametrize("alike", ALIKE)
def test_a_ban_of_a_look_alike_of_the_host_leaves_the_hosts_name_out(alike: str) -> None:
    moderation = Moderation()
    assert "by address alone" in moderation.ban([(alike, "10.0.0.2"), ("Eve", "10.0.0.2")], [("Ada", "10.0.0.1")])
    assert refusal(moderation, "Ada", "10.0.0.1") is None
    assert refusal(moderation, "eve", "10.9.9.9") is not None


@given(*[st.text(st.sampled_from("aAoO0Il1iB\u0410\u0430\u0412\u0432\u0406\u0456\u03bf \u200d\uff21"), max_size=4)] * 2)
def test_a_name_that_uniqueness_would_have_caught_is_caught_by_a_ban(name: str, other: str) -> None:
    taken, moderation = TakenNames(), Moderation()
    taken.add(name)
    moderation.ban([(name, "10.0.0.1")])
    assert (other in taken) == (refusal(moderation, other, "10.0.0.2") is not None)
