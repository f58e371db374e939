"""What the host of the process may do while it runs, over real sockets in virtual time."""

from __future__ import annotations

import pytest
import trio

from game_server.errors import ConfigError
from game_server.protocol import (
    PRIVATE,
    Admin,
    AdminDeed,
    Answer,
    CloseCode,
    EventCode,
    Home,
    Join,
    Leave,
    LeaveReason,
    LineKind,
    RefusalCode,
    Refused,
    Request,
    Watch,
    Welcome,
)
from tests.live_server import Guest, OpenServer, Served, wish
from tests.protocol_document import section_of, tables
from tests.waiting import happened

TOKEN = "open sesame, open sesame"
OPTIONS = {"admin_token": TOKEN}


async def refusal(guest: Guest, asked: Request) -> int:
    answer = await guest.ask(asked)
    assert isinstance(answer, Refused), answer
    assert answer.request == asked.type
    return answer.code


async def grant(guest: Guest, deed: AdminDeed, **fields: str | int) -> Answer:
    answer = await guest.ask(Admin(TOKEN, deed, **fields))  # type: ignore[arg-type]
    assert isinstance(answer, Answer), answer
    return answer


async def crowd(served: Served) -> tuple[Guest, Guest, Guest]:
    """The host of the process, in the lobby; Ada in the match that is always there; Grace in one of her own."""
    grace = await served.come("Grace")
    await grace.enter(wish(name="Ours", private=1))
    return await served.come("Root"), await served.join("Ada", served_id(served)), grace


def served_id(served: Served) -> str:
    return next(match.id for match in served.server.match_index if match.name == "Friday")


@pytest.mark.parametrize("deed", list(AdminDeed))
async def test_without_the_token_nothing_is_done(open_server: OpenServer, deed: AdminDeed) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    asked = Admin("guess", deed, ada.welcome.match.id, "Ada", "hello", 0)
    assert await refusal(root, asked) == RefusalCode.WRONG_TOKEN
    assert await refusal(ada, asked) == RefusalCode.WRONG_TOKEN
    assert await ada.ticks(5)


async def test_the_codes_that_refuse_a_deed_are_those_of_the_document(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    found: dict[int, set[int]] = {deed: set() for deed in AdminDeed}
    found[AdminDeed.CANCEL].add(RefusalCode.STOPPING)  # in the moment of the stop, when nobody can ask here
    # A server of several processes has these; this one is alone.
    found[AdminDeed.MOVE] |= {RefusalCode.NO_SUCH_MATCH, RefusalCode.BAD_OPTION, RefusalCode.BUSY}
    found[AdminDeed.DRAIN] |= {RefusalCode.BAD_OPTION, RefusalCode.STOPPING}
    for match, subject, text in (("none", "Ada", "hello"), (ada.welcome.match.id, "Nobody", "hello"), ("none", "", "")):
        for deed in (AdminDeed.CANCEL, *AdminDeed):
            answer = await root.ask(Admin(TOKEN, deed, match, subject, text, 3600))
            if isinstance(answer, Refused):
                found[deed].add(answer.code)
    rows = tables(section_of("admin"))[-1]
    assert found == {int(number): {int(code) for code in codes.split(", ") if code} for number, *_, codes in rows}


async def guess(guest: Guest, times: int) -> None:
    for number in range(times):
        assert await refusal(guest, Admin(f"guess {number}", AdminDeed.MATCHES)) == RefusalCode.WRONG_TOKEN


async def test_after_five_wrong_tokens_from_an_address_each_other_wrong_one_has_to_wait(
    open_server: OpenServer,
) -> None:
    served = await open_server(options=OPTIONS)
    for number in (3, 2):
        await guess(await served.come(), number)
    for _ in range(2):
        assert await refusal(await served.come(), Admin("guess", AdminDeed.STOP)) == RefusalCode.WAIT


async def test_thirty_seconds_after_the_last_wrong_token_they_are_forgotten(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root = await served.come()
    await guess(root, 5)
    await root.idle(30.5)
    await guess(root, 5)


async def test_the_right_token_is_good_whatever_was_guessed_from_its_address(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    guesser, root = await served.come(), await served.come()
    await guess(guesser, 5)
    await grant(root, AdminDeed.MATCHES)
    await grant(guesser, AdminDeed.MATCHES)


async def test_the_right_token_does_not_make_good_what_others_guessed(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    guesser, root = await served.come(), await served.come()
    await guess(guesser, 5)
    await grant(root, AdminDeed.MATCHES)
    assert await refusal(guesser, Admin("guess", AdminDeed.MATCHES)) == RefusalCode.WAIT


@pytest.mark.parametrize("token", ["", "x" * 15, "x" * 129, "correct horse\nbattery", "stra\u00dfenbahnhaltestelle"])
async def test_a_token_that_could_be_guessed_or_cannot_be_sent_is_refused_and_not_shown(
    open_server: OpenServer, token: str
) -> None:
    with pytest.raises(ConfigError, match="--admin-token must have 16 to 128 printable ASCII") as caught:
        await open_server(options={"admin_token": token})
    assert not token or token not in str(caught.value)


async def test_a_token_of_16_characters_is_long_enough(open_server: OpenServer) -> None:
    served = await open_server(options={"admin_token": "x" * 16})
    assert served.server.admin_token == "x" * 16


async def test_a_token_is_drawn_when_none_is_given(open_server: OpenServer) -> None:
    served, other = await open_server(), await open_server()
    assert len(served.server.admin_token) >= 20
    assert served.server.admin_token != other.server.admin_token
    answer = await (await served.come()).ask(Admin(served.server.admin_token, AdminDeed.MATCHES))
    assert isinstance(answer, Answer)


async def test_all_matches_are_listed_the_private_ones_too(open_server: OpenServer) -> None:
    root, _, grace = await crowd(await open_server(options=OPTIONS))
    rows = {row.id: row for row in (await grant(root, AdminDeed.MATCHES)).matches}
    assert len(rows) == 2
    assert rows[grace.welcome.match.id].flags & PRIVATE


async def test_something_is_said_to_everybody_to_a_match_or_to_one(open_server: OpenServer) -> None:
    root, ada, grace = await crowd(await open_server(options=OPTIONS))
    await grant(root, AdminDeed.SAY, text="one", subject="ada")
    await grant(root, AdminDeed.SAY, text="two", match=ada.welcome.match.id)
    await grant(root, AdminDeed.SAY, text="three")
    lines = [await ada.next_line() for _ in range(3)]
    assert [(line.kind, line.nickname, line.text) for line in lines] == [
        (LineKind.SERVER, "", "one"),
        (LineKind.SERVER, "", "two"),
        (LineKind.SERVER, "", "three"),
    ]
    assert (await grace.next_line()).text == "three"


async def test_one_who_is_removed_is_closed_with_4009_and_the_others_are_notified(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    edsger = await served.join("Edsger", ada.welcome.match.id)
    await grant(root, AdminDeed.KICK, subject="Ada", text="enough")
    assert await ada.close_code() == (CloseCode.REMOVED, "enough")
    assert await edsger.next_event(EventCode.LEFT) == (EventCode.LEFT, 0, LeaveReason.KICKED)
    await served.join("Ada")


async def test_one_whose_connection_is_lost_is_removed_too(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    match = served.server.match_index.find(ada.welcome.match.id)
    await ada.vanish()
    await trio.sleep(1)
    await grant(root, AdminDeed.KICK, subject="Ada", match=match.id)
    assert match.people == 0


async def test_the_hosts_own_address_is_not_banned_and_another_is(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    answer = await grant(root, AdminDeed.BAN, subject="Ada")
    assert "your own address" in answer.text
    assert (await ada.close_code())[0] == CloseCode.REMOVED
    walt = await served.come("Walt")
    [person] = [person for person in served.server.lobby.people if person.name == "Walt"]
    person.link.host = "203.0.113.9"
    await grant(root, AdminDeed.BAN, subject="Walt")
    assert (await walt.close_code())[0] == CloseCode.REMOVED
    with pytest.raises(Exception, match="banned") as caught:
        served.server.administration.admit("203.0.113.9")
    assert getattr(caught.value, "code", 0) == CloseCode.REMOVED


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"subject": "Nobody"}, RefusalCode.NO_SUCH_PLAYER),
        ({"subject": "Ada"}, RefusalCode.NO_SUCH_PLAYER),
        ({"subject": "Ada", "match": "NOSUCH"}, RefusalCode.NO_SUCH_MATCH),
    ],
)
async def test_somebody_who_is_not_there_or_twice_is_not_removed(
    open_server: OpenServer, fields: dict[str, str], code: RefusalCode
) -> None:
    served = await open_server(options=OPTIONS)
    root, _, _ = await crowd(served)
    await served.come("Ada")
    assert await refusal(root, Admin(TOKEN, AdminDeed.KICK, fields.get("match", ""), fields["subject"])) == code


async def test_a_match_that_is_closed_sends_its_people_home(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, grace = await crowd(served)
    await grant(root, AdminDeed.CLOSE, match=ada.welcome.match.id, text="bedtime")
    assert (await ada.next(Home)).text == "bedtime"
    assert await grace.ticks(5)
    assert len(served.server.match_index) == 1


async def test_a_match_in_which_nobody_is_can_be_closed_too(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    await grant(await served.come(), AdminDeed.CLOSE, match=served.match.id)
    await trio.sleep(2)
    assert len(served.server.match_index) == 0


async def test_a_server_that_stops_in_a_while_notifies_everybody_and_lets_nobody_in(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS, tick_rate=2)
    root, ada, _ = await crowd(served)
    began = trio.current_time()
    await grant(root, AdminDeed.STOP, seconds=20, text="Back at nine.")
    answer = await root.ask(Join(""))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.STOPPING
    told = [await ada.next_line(within=12) for _ in range(7)]
    assert {line.kind for line in told} == {LineKind.STOPS}
    assert [line.text for line in told] == [
        f"The server stops in {left} s. Back at nine." for left in (20, 10, 5, 4, 3, 2, 1)
    ]
    assert await ada.close_code() == (CloseCode.GOING_AWAY, "the server is stopping")
    await root.close_code()
    await happened(served.stopped)
    assert trio.current_time() - began == pytest.approx(20, abs=4)


async def test_before_a_stop_nobody_comes_in_but_who_is_in_or_waits_stays(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS, max_players=2)
    ada, lost = await served.join("Ada"), await served.join("Grace")
    vera, waiting, root = await served.watch(), await served.come("Linus"), await served.come("Root")
    await waiting.ask(Join(served.match.id, wait=1))
    await lost.vanish()
    await grant(root, AdminDeed.STOP, seconds=60)
    for guest, request in ((vera, Join(served.match.id)), (root, Watch(served.match.id)), (root, wish())):
        assert await refusal(guest, request) == RefusalCode.STOPPING
    await served.resume(lost.welcome.token)
    await ada.say(Leave())
    assert (await waiting.next(Welcome)).player == 0
    assert await vera.ticks(3)


async def test_everybody_is_notified_of_a_cancelled_stop_and_people_come_in_again(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS, tick_rate=2)
    root, ada, grace = await crowd(served)
    await grant(root, AdminDeed.STOP, seconds=20)
    refused = await root.ask(Join(""))
    assert isinstance(refused, Refused)
    await root.idle(12)
    assert (await grant(root, AdminDeed.CANCEL, text="Play on.")).text == "the server does not stop"
    for guest in (ada, grace):
        told = [await guest.next_line() for _ in range(3)]
        assert [(line.kind, line.text) for line in told] == [
            (LineKind.STOPS, "The server stops in 20 s."),
            (LineKind.STOPS, "The server stops in 10 s."),
            (LineKind.GOES_ON, "The server does not stop after all. Play on."),
        ]
    await root.enter(Join(""))


async def test_a_server_whose_stop_was_cancelled_runs_on_and_can_be_stopped_again(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS, tick_rate=2)
    root = await served.come()
    for _ in range(2):
        await grant(root, AdminDeed.STOP, seconds=20)
        await root.idle(5)
        await grant(root, AdminDeed.CANCEL)
        await root.idle(40)
        assert not served.stopped.is_set()
    began = trio.current_time()
    await grant(root, AdminDeed.STOP, seconds=10)
    assert (await root.close_code(within=14))[0] == CloseCode.GOING_AWAY
    await happened(served.stopped)
    assert trio.current_time() - began == pytest.approx(10, abs=4)


async def test_a_stop_that_nobody_asked_for_cannot_be_cancelled(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, ada, _ = await crowd(served)
    assert await refusal(root, Admin(TOKEN, AdminDeed.CANCEL)) == RefusalCode.BAD_OPTION
    await grant(root, AdminDeed.SAY, text="next")
    assert (await ada.next_line()).text == "next"


async def test_how_many_people_there_are_is_reported_without_the_one_who_asks(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root, _, grace = await crowd(served)
    assert (await grant(root, AdminDeed.MATCHES)).text == "2 matches, 2 people"
    await grant(root, AdminDeed.CLOSE, match=grace.welcome.match.id)
    await grace.quit()
    await trio.sleep(1)
    assert (await grant(root, AdminDeed.MATCHES)).text == "1 match, 1 person"


async def test_a_server_can_be_stopped_at_once(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    root = await served.come()
    await root.say(Admin(TOKEN, AdminDeed.STOP, seconds=0))
    assert (await root.close_code())[0] == CloseCode.GOING_AWAY
    await happened(served.stopped)
