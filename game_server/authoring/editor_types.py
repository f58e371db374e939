"""Types for editors: what the rows, events, commands and inputs of a game are in its ``game.js``."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from game_server.authoring.declarations import table_name
from game_server.authoring.entities import Entity, Single, who_sees
from game_server.authoring.events import Event
from game_server.authoring.fields import Field, Storage
from game_server.authoring.game import Game
from game_server.authoring.inputs import Button, Wheel
from game_server.errors import ConfigError
from game_server.simulation import Game as EngineGame
from game_server.simulation import TextValue, WholeValue, WholeValues

_OF_PLAYERS: Final = ("id: number", "name: string", "colour: string", "bot: boolean")
_OF_EVENTS: Final = {"int": "number", "str": "string", "bool": "number"}


def page_types(game: type[EngineGame]) -> str:
    """Write the types of ``/sdk.js`` as ``game`` sees it: with its own rows by name.

    Raises:
        ConfigError: ``game`` is none of declarations, so that nothing is known of its rows.
    """
    if not issubclass(game, Game):
        raise ConfigError(
            f"{game.name} declares nothing that types could be made of: it is no game of game_server.author"
        )
    entities = list(game.declared.entities)
    lines = [
        f"// What {game.name}/game.js gets. Written by `game-server types`: run it again when the rules have changed.",
    ]
    for entity in entities:
        lines += _rows_of(entity)
    lines.append(_block("Tables", [f"{table_name(entity)}: {entity.__name__}" for entity in entities]))
    lines.append(_block("Events", [f"{event.name}: {_event(event)}" for event in game.declared.events]))
    sent = [f"{form.name}({', '.join(map(_sent, form.values))}): void" for form in game.declared.commands]
    lines.append(_block("Send", sent))
    named = [
        entity.plural + (f": {entity.__name__}" if issubclass(entity, Single) else f": {entity.__name__}[]")
        for entity in entities
    ]
    lines.append(_block("Look extends Looks", named))
    buttons = [f'"{name}"' for name, control in game.inputs.controls.items() if isinstance(control, Button)]
    wheels = [name for name, control in game.inputs.controls.items() if isinstance(control, Wheel)]
    held = [*buttons, *(f'"{name} {way}"' for name in wheels for way in "+-")]
    lines.append(f"export type Held = {' | '.join(held) or 'never'};")
    text = (files("game_server.authoring") / "sdk.d.ts").read_text("utf-8")
    return "\n".join([*lines, text])


def _rows_of(entity: type[Entity]) -> list[str]:
    """Write the interface of a row; of the players a second one, of one's own row, which has more."""
    is_players = entity.__name__ == "Player"
    shown: list[str] = list(_OF_PLAYERS) if is_players else ["id: number"]
    own: list[str] = []
    for name, field in entity.fields.items():
        who = who_sees(entity, field)
        if who == "everybody":
            shown.append(f"{name}: {_kind(field)}")
        elif who == "owner" and is_players:
            own.append(f"{name}: {_kind(field)}")
        elif who == "owner":
            shown.append(f"{name}?: {_kind(field)}")
    blocks = [_block(entity.__name__, shown)]
    return [*blocks, _block("Me extends Player", own)] if is_players else blocks


def _kind(field: Field) -> str:
    if field.storage is Storage.FLAG:
        return "boolean"
    return "number | null" if field.storage is Storage.PLAYER else "number"


def _event(event: type[Event]) -> str:
    """Write the fields of an event: players are objects, other rows are their ids."""
    fields = [
        f"{name}: {'Player' if kind == 'Player' else _OF_EVENTS.get(kind, 'number')}"
        for name, kind in event.kinds.items()
    ]
    return f"{{ {'; '.join(fields)} }}" if fields else "{}"


def _sent(value: WholeValue | TextValue) -> str:
    if isinstance(value, WholeValues):
        return f"...{value.name}: number[]"
    return f"{value.name}: {'string' if isinstance(value, TextValue) else 'number'}"


def _block(name: str, lines: list[str]) -> str:
    if not lines:
        return f"export interface {name} {{}}"
    return "\n".join([f"export interface {name} {{", *(f"  {line};" for line in lines), "}"])
