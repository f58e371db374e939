"""What the host of a match may do, over real sockets in virtual time."""

from __future__ import annotations

import pytest

from game_server.protocol import (
    Chat,
    EventCode,
    Home,
    HomeCode,
    Input,
    Join,
    LeaveReason,
    Moderate,
    ModerateDeed,
    Notice,
    NoticeCode,
    RefusalCode,
    Refused,
    Resume,
    Vote,
    Watch,
)
from tests.live_server import Guest, OpenServer, Served, wish


async def friends(served: Served) -> tuple[Guest, Guest]:
    """Ada, who has opened a match, and Grace in it."""
    ada = await served.come("Ada")
    await ada.enter(wish(name="Ours"))
    return ada, await served.join("Grace", ada.welcome.match.id)


@pytest.mark.parametrize(
    ("deed", "reason", "code"),
    [
        (ModerateDeed.KICK, LeaveReason.KICKED, HomeCode.KICKED),
        (ModerateDeed.BAN, LeaveReason.BANNED, HomeCode.BANNED),
    ],
)
async def test_one_who_is_removed_goes_home_and_cannot_come_back_at_once(
    open_server: OpenServer, deed: ModerateDeed, reason: LeaveReason, code: HomeCode
) -> None:
    ada, grace = await friends(await open_server(tick_rate=2))
    token, match = grace.welcome.token, grace.welcome.match.id
    await ada.say(Moderate(deed, 1))
    assert (await grace.next(Home)).code == code
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, 1, reason)
    for request, refusal in ((Join(match), RefusalCode.BANNED), (Watch(match), RefusalCode.BANNED),
                             (Resume(token), RefusalCode.NO_SUCH_SESSION)):  # fmt: skip
        answer = await grace.ask(request)
        assert isinstance(answer, Refused)
        assert (answer.code, answer.wait > 0) == (refusal, deed == ModerateDeed.KICK and refusal == RefusalCode.BANNED)
    await grace.idle(30.5)
    answer = await grace.ask(Join(match))
    assert isinstance(answer, Refused) == (deed == ModerateDeed.BAN)


async def test_inputs_of_one_who_was_kicked_touch_nobody(open_server: OpenServer) -> None:
    ada, grace = await friends(await open_server())
    await ada.say(Moderate(ModerateDeed.KICK, 1))
    await grace.say(*(Input(tick, 16, 0) for tick in range(100)))
    await grace.next(Home)
    await grace.enter(Join(""))
    assert grace.welcome.match.id != ada.welcome.match.id
    assert await grace.ticks(3)
    assert await ada.ticks(30)


async def test_one_who_is_muted_is_heard_by_nobody(open_server: OpenServer) -> None:
    ada, grace = await friends(await open_server())
    await ada.say(Moderate(ModerateDeed.MUTE, 1))
    assert (await grace.next_line()).text == "Grace was muted."
    await grace.say(Chat("hello"))
    assert (await grace.next(Notice)).code == NoticeCode.MUTED
    await ada.say(Moderate(ModerateDeed.UNMUTE, 1))
    await grace.next_line()
    await grace.say(Chat("again"))
    assert [(await ada.next_line()).text for _ in range(3)][-1] == "again"


async def test_a_new_name_and_a_lock_are_sent_to_everybody(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await friends(served)
    await ada.say(Moderate(ModerateDeed.RENAME, text="Sunday"), Moderate(ModerateDeed.LOCK))
    assert await grace.next_event(EventCode.RENAMED) == (EventCode.RENAMED, "Sunday")
    assert await grace.next_event(EventCode.LOCKED) == (EventCode.LOCKED, 1)
    answer = await (await served.come()).ask(Join(ada.welcome.match.id))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.LOCKED


async def test_the_host_passes_on_when_the_host_leaves_and_by_hand(open_server: OpenServer) -> None:
    ada, grace = await friends(await open_server())
    await ada.say(Moderate(ModerateDeed.HAND_OVER, 1))
    assert await ada.next_event(EventCode.HOST) == (EventCode.HOST, 1)
    await grace.quit()
    assert await ada.next_event(EventCode.HOST) == (EventCode.HOST, 0)


async def test_one_who_is_not_the_host_is_refused_and_nothing_has_changed(open_server: OpenServer) -> None:
    served = await open_server()
    _, grace = await friends(served)
    rows = served.server.lobby.rows()
    for deed in ModerateDeed:
        answer = await grace.ask(Moderate(deed, 0, "Mine"))
        assert isinstance(answer, Refused), deed
        assert (answer.request, answer.code) == (Moderate.type, RefusalCode.NOT_ALLOWED), deed
        assert served.server.lobby.rows() == rows, deed


async def test_votes_are_sent_to_everybody(open_server: OpenServer) -> None:
    ada, grace = await friends(await open_server())
    await grace.say(Vote(1))
    assert await ada.next_event(EventCode.VOTES) == (EventCode.VOTES, 1, 0, 2)


async def test_five_wrong_passwords_and_even_the_right_one_has_to_wait(open_server: OpenServer) -> None:
    served = await open_server(tick_rate=2)
    ada, grace = await served.come("Ada"), await served.come("Grace")
    await ada.enter(wish(password="sesame"))
    match = ada.welcome.match.id
    codes = []
    for password in ("", *(f"guess {number}" for number in range(5)), "sesame"):
        answer = await grace.ask(Join(match, password))
        assert isinstance(answer, Refused)
        codes.append(answer.code)
    assert codes == [RefusalCode.WRONG_PASSWORD] * 6 + [RefusalCode.WAIT]
    await grace.idle(30.5)
    await grace.enter(Join(match, "sesame"))
