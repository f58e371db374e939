"""How a game is offered to clients."""

from __future__ import annotations

from typing import ClassVar

import pytest

from game_server.lobby.game_offers import offer_of, rotation_of
from game_server.protocol import MAPS, MODES, ChoiceOffer, ModeOffer, OptionKind, OptionOffer
from game_server.simulation import Choice, Game, Mode, Number, Option, Switch
from tests.simulation.toy_game import Toy

MODE = Mode("calm", "Calm")


class Rich(Toy):
    """A game with an option of each kind."""

    seats = (2, 9)
    modes: ClassVar[tuple[Mode, ...]] = (MODE, Mode("wild", "Wild"))
    options: ClassVar[tuple[Option, ...]] = (
        Switch("loud", "Loud", True),
        Switch("quiet", "Quiet"),
        Number("laps", "Laps", 2, 8, 5),
        Choice("food", "Food", (("fish", "Fish"), ("soup", "Soup"))),
    )


def test_each_kind_of_option_is_offered_with_its_range_and_its_default() -> None:
    offer = offer_of(Rich)
    assert (offer.game, offer.modes) == ("toy", (ModeOffer("calm", "Calm"), ModeOffer("wild", "Wild")))
    assert (offer.least, offer.most) == (2, 9)
    assert offer.options == (
        OptionOffer(OptionKind.SWITCH, "loud", "Loud", 1, 0, 1, ()),
        OptionOffer(OptionKind.SWITCH, "quiet", "Quiet", 0, 0, 1, ()),
        OptionOffer(OptionKind.NUMBER, "laps", "Laps", 5, 2, 8, ()),
        OptionOffer(
            OptionKind.CHOICE, "food", "Food", "fish", 0, 0, (ChoiceOffer("fish", "Fish"), ChoiceOffer("soup", "Soup"))
        ),
    )


@pytest.mark.parametrize(
    ("has_maps", "modes", "rotation"),
    [
        (False, (), 0),
        (False, (MODE,), 0),
        (False, (MODE, MODE), MODES),
        (True, (MODE,), MAPS),
        (True, (MODE, MODE), MAPS | MODES),
    ],
)
def test_what_can_change_from_round_to_round_is_what_there_is_more_than_one_of(
    has_maps: bool, modes: tuple[Mode, ...], rotation: int
) -> None:
    game: type[Game] = type("Changing", (Toy,), {"maps": has_maps, "modes": modes})
    assert rotation_of(game) == offer_of(game).rotation == rotation
