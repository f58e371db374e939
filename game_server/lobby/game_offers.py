"""A game as the lobby offers it to clients: its title, its seats, and what there is to choose."""

from __future__ import annotations

from game_server.protocol import MAPS, MODES, ChoiceOffer, GameOffer, ModeOffer, OptionKind, OptionOffer
from game_server.simulation import Choice, Game, Number, Option, Switch


def offer_of(game: type[Game]) -> GameOffer:
    """Describe ``game`` for clients."""
    modes = tuple(ModeOffer(mode.name, mode.title) for mode in game.modes)
    return GameOffer(game.name, game.called(), *game.seats, modes, tuple(map(_option, game.options)), rotation_of(game))


def rotation_of(game: type[Game]) -> int:
    """Return what can change from round to round; bits `MAPS` and `MODES`.

    Each change makes a new world, which would take what lasts in a game of one map: points, and whose turn is next.
    """
    return (MAPS if game.maps else 0) | (MODES if len(game.modes) > 1 else 0)


def _option(option: Option) -> OptionOffer:
    match option:
        case Switch(name, label, default):
            return OptionOffer(OptionKind.SWITCH, name, label, int(default), 0, 1, ())
        case Number(name, label, low, high, default):
            return OptionOffer(OptionKind.NUMBER, name, label, default, low, high, ())
        case Choice(name, label, choices):
            titles = tuple(ChoiceOffer(value, title) for value, title in choices)
            return OptionOffer(OptionKind.CHOICE, name, label, option.preset, 0, 0, titles)
