from __future__ import annotations

from game_server.lobby.match.roster import Member, Roster


def seated(roster: Roster, player: int, key: str = "") -> Member:
    member = roster.add(Member(player, roster.name("Ada"), bot=False))
    roster.know_client(member, key)
    return member


def test_a_member_is_found_by_the_key_of_the_client_that_came_last() -> None:
    roster = Roster()
    ada, grace = seated(roster, 0, "one"), seated(roster, 1, "two")
    assert (roster.of_client("one"), roster.of_client("two")) == (ada, grace)
    roster.know_client(ada, "three")
    assert (roster.of_client("one"), roster.of_client("three")) == (None, ada)


def test_one_without_a_key_is_found_by_none() -> None:
    roster = Roster()
    ada = seated(roster, 0)
    assert roster.of_client("") is None
    roster.know_client(ada, "one")
    roster.know_client(ada, "")
    assert roster.of_client("one") is None


def test_one_who_has_gone_is_found_no_more() -> None:
    roster = Roster()
    seated(roster, 0, "one")
    roster.remove(0)
    assert roster.of_client("one") is None


def test_a_client_that_came_to_another_seat_is_not_forgotten_with_its_first() -> None:
    roster = Roster()
    seated(roster, 0, "one")
    second = seated(roster, 1, "one")
    roster.remove(0)
    assert roster.of_client("one") is second
