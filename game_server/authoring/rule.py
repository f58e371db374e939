"""The predicted rule of a game: run over the rows of the players, and written for browsers."""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np

from game_server.authoring.entities import Entity
from game_server.authoring.fields import Field, Storage
from game_server.authoring.inputs import Inputs
from game_server.authoring.translation import translate
from game_server.errors import RulesError
from game_server.simulation import Table

_DTYPES = {Storage.FLAG: np.bool_, Storage.NUMBER: np.float64, Storage.WHOLE: np.float64, Storage.TICKS: np.float64}

_MODULE = """/** The rule of {name} that browsers predict: translated from its Python whenever that changes. */

{js}

{input}

const $whole = (value, low, high) => {{
  const down = Math.floor(value) + 0;
  return down >= low ? (down <= high ? down : high) : low;
}};

/** @param {{number}} tickRate ticks a second */
export function create(tickRate) {{
  const dt = 1 / tickRate;
  return {{
    input,
    step(own, buttons, aim) {{
      const me = {{ ...own{loads} }};
      predicted(me, input(buttons, aim), dt);
{stores}      return me;
    }},
  }};
}}
"""


class PredictedRule:
    """``predicted(me, input, dt)`` of a game.

    Args:
        function: as the author wrote it.
        player: whose fields it changes.
        inputs: of the game.

    Attributes:
        exact: the fields that it reads or writes, of which a player's browser needs the exact values.

    Raises:
        RulesError: it does what a rule may not do.
    """

    def __init__(self, function: types.FunctionType, player: type[Entity], inputs: Inputs) -> None:
        fields = player.fields
        unseen = frozenset(name for name, field in fields.items() if field.seen_by == "nobody")
        kinds = {name: field.kind for name, field in fields.items() if field.storage is not Storage.PLAYER}
        self._translated = translate(function, kinds, inputs.kinds, unseen)
        self._inputs = inputs
        self._used = {name: fields[name] for name in sorted(self._translated.read | self._translated.written)}
        self._written = {name: fields[name] for name in sorted(self._translated.written)}
        self._row = type("Me", (), {"__slots__": tuple(self._used)})
        self.exact = frozenset(self._used)

    def run(self, table: Table[Any], buttons: Any, aims: Any, dt: float) -> None:
        """Change the rows of all players by one tick of ``dt`` seconds.

        Raises:
            RulesError: a field has become infinite, or no number.
        """
        ids = table.live
        columns = {name: table.column(name) for name in self._used}
        before = [columns[name][ids].astype(_DTYPES[field.storage]).tolist() for name, field in self._used.items()]
        after: list[list[Any]] = [[] for _ in self._written]
        run, read, make, used = self._translated.run, self._inputs.read, self._row, tuple(self._used)
        written = [(values, name) for values, name in zip(after, self._written, strict=True)]
        for row in zip(*before, buttons[ids].tolist(), aims[ids].tolist(), strict=True):
            me = make()
            for name, value in zip(used, row, strict=False):
                setattr(me, name, value)
            run(me, read(row[-2], row[-1]), dt)
            for kept, name in written:
                kept.append(getattr(me, name))
        for (values, name), field in zip(written, self._written.values(), strict=True):
            columns[name][ids] = self._kept(values, name, field, ids)

    def js(self, name: str) -> str:
        """Write the rule as a module, whose ``create`` docs/authors says."""
        loads = [f", {field}: own.{field} !== 0" for field, of in self._used.items() if of.storage is Storage.FLAG]
        stores = []
        for field, of in self._used.items():
            if of.storage is Storage.FLAG:
                stores.append(f"      me.{field} = me.{field} ? 1 : 0;\n")
            elif of.is_whole and field in self._written:
                stores.append(f"      me.{field} = $whole(me.{field}, {int(of.low)}, {int(of.high)});\n")
        return _MODULE.format(
            name=name, js=self._translated.js, input=self._inputs.js(), loads="".join(loads), stores="".join(stores)
        )

    @staticmethod
    def _kept(values: list[Any], name: str, field: Field, ids: Any) -> Any:
        if field.storage is Storage.FLAG:
            return values
        for value, player in zip(values, ids.tolist(), strict=True):
            if not math.isfinite(value):
                raise RulesError(f"predicted() has set {name} of player {player} to {value}")
        if field.is_whole:
            return [min(max(math.floor(value), int(field.low)), int(field.high)) for value in values]
        return values
