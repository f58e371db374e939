"""Matchmaking, without a network: guesses, and which requests need a new match."""

from __future__ import annotations

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.lobby import Lobby
from game_server.lobby.matchmaking import Matchmaking
from game_server.protocol import Create, Join, RefusalCode
from tests.live_server import wish
from tests.lobby.people import come
from tests.lobby.test_redirects import Others


async def test_while_the_directory_is_gone_wrong_codes_are_guesses_and_reveal_no_match(lobby: Lobby) -> None:
    lobby.others = Others()
    lobby.others.neighbours._gone = True
    ada, found = come(lobby), []
    for _ in range(8):
        with pytest.raises(RequestRefused) as refused:
            Matchmaking(lobby, ada).join("GUESS1", "", wait=False)
        found.append(refused.value)
    assert [it.code for it in found] == [RefusalCode.BUSY] * 5 + [RefusalCode.WAIT] * 3
    assert found[0].reason == "this match is not here, and the other servers cannot be asked now; try again"


@pytest.mark.parametrize(
    ("message", "room", "opens"),
    [
        (Join(""), False, True),
        (Join(" \t"), False, True),
        (Join(""), True, False),
        (Join("K7RW2P"), False, False),
        (wish(), False, True),
        (wish(), True, True),
    ],
)
async def test_a_request_opens_a_match_if_it_asks_for_one_or_none_has_room(
    lobby: Lobby, message: Join | Create, room: bool, opens: bool
) -> None:
    ada = come(lobby)
    if room:
        lobby.hosting.open_for(come(lobby, "Grace"), lobby.options.choose(wish(max_players=2), "", lobby.context.words))
    matchmaking = Matchmaking(lobby, ada)
    assert matchmaking.opens(message) is opens
    ada.socket.charged_to = ()
    assert not matchmaking.opens(message)
