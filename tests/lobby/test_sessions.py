from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RequestRefused
from game_server.lobby.sessions import Sessions
from game_server.protocol import MAX_TOKEN, RefusalCode

SESSIONS = Sessions()
TOKEN = SESSIONS.issue(SESSIONS.open("K7RW2P", 3))


def refused(token: str, sessions: Sessions = SESSIONS) -> bool:
    with pytest.raises(RequestRefused) as caught:
        sessions.check(token)
    assert caught.value.code == RefusalCode.NO_SUCH_SESSION
    return True


def test_a_token_leads_back_to_its_session_and_fits_the_protocol() -> None:
    session = SESSIONS.open("K7RW2P", 65534)
    token = SESSIONS.issue(session)
    assert SESSIONS.check(token) == session
    assert token.isascii()
    assert len(token) <= MAX_TOKEN


def test_every_stay_in_a_seat_has_a_token_of_its_own() -> None:
    assert len({SESSIONS.issue(SESSIONS.open("K7RW2P", 3)) for _ in range(100)}) == 100


def test_a_token_of_another_process_is_refused() -> None:
    assert refused(Sessions().issue(Sessions().open("K7RW2P", 3)))


@given(st.data())
def test_a_token_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    other = data.draw(st.characters().filter(lambda char: char != TOKEN[place]))
    assert refused(TOKEN[:place] + other + TOKEN[place + 1 :])


@given(st.text(max_size=MAX_TOKEN))
def test_nothing_made_up_is_a_token(token: str) -> None:
    assert refused(token)


@pytest.mark.parametrize("token", ["", ".", "...", "K7RW2P.3.00", "K7RW2P.x.00.", "\udcff"])
def test_what_only_looks_like_a_token_is_refused(token: str) -> None:
    assert refused(token)
