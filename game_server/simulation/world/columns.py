"""Columns: how a game declares its entities, as attrs classes whose fields are arrays with a wire form.

A row class holds arrays, not scalars: one array per field, one element per row (a "structure of arrays"),
so that rules can be written once for all rows::

    @attrs.define
    class Ship:
        x: Column = quantised(0, 16383.75, step=0.25, owner=True)
        vx: Column = hidden(owner=True)
        health: Column = whole(0, 100)

`quantised` and `whole` fields go to everybody who may see the row, in steps; `hidden` fields stay in the
simulation; `owner=True` sends the exact value to the one player whose row it is. A table of nothing but `hidden` fields
is shown to nobody. With `private=True` a field goes, in steps, to the player who owns the row and to nobody else: no
other player, no spectator, no recording (see `Table.owner`).
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import MAX_FIELDS, OWN_STRUCT_CODES

Column = npt.NDArray[Any]
Block = npt.NDArray[Any]
"""Columns of one dtype, ``(columns, capacity)``."""

_SPEC: Final = "game_server.column"
_ROW_TYPES: Final = 256
"""Classes of rows whose fixed ones are remembered: those of a dozen games."""
_DTYPES: Final = (*OWN_STRUCT_CODES, "i8", "u8", "f4", "?")


@attrs.frozen
class WireForm:
    """The wire form of a field: ``value = offset + step * n``, with ``n`` a whole number from 0 to ``largest``."""

    largest: int
    offset: float
    step: float

    @property
    def size(self) -> int:
        """The bytes that ``n`` takes on the wire, unsigned: 1, 2 or 4."""
        return 1 if self.largest < 2**8 else 2 if self.largest < 2**16 else 4


@attrs.frozen
class ColumnSpec:
    """A declared column: name, numpy dtype, wire form or none, and whether the owner gets the exact value.

    The wire form of a ``private`` one is for the owner of the row alone.
    """

    name: str
    dtype: str
    wire: WireForm | None
    owner: bool
    private: bool = False


def quantised(low: float, high: float, *, step: float, owner: bool = False, private: bool = False) -> Any:
    """Declare a double that goes on the wire as the nearest step between ``low`` and ``high``, clamped beyond them.

    The width on the wire, 1, 2 or 4 bytes, follows from the number of steps.
    """
    steps = (high - low) / step if step > 0 else 0.0
    if not 1 <= steps <= 2**32 - 1:
        raise RulesError(f"quantised({low}, {high}, step={step}) has {steps:g} steps; 1 to 2^32 - 1 fit on the wire")
    return _column("f8", WireForm(round(steps), float(low), float(step)), owner, private=private)


def whole(low: int, high: int, *, owner: bool = False, private: bool = False) -> Any:
    """Declare an integer from ``low`` to ``high``, exact on the wire: an ``i4``, or ``i8`` where that is too small."""
    if not 0 <= high - low < 2**32:
        raise RulesError(f"whole({low}, {high}) spans {high - low}; 0 to 2^32 - 1 fit on the wire")
    dtype = "i4" if -(2**31) <= low and high < 2**31 else "i8"
    return _column(dtype, WireForm(high - low, low, 1), owner, private=private)


def hidden(dtype: str = "f8", *, owner: bool = False) -> Any:
    """Declare a column that is not sent to others; ``dtype`` as numpy writes it: ``f8``, ``u2``, ``?``, ..."""
    if dtype not in _DTYPES:
        raise RulesError(f"hidden({dtype!r}): a column is one of {', '.join(_DTYPES)}")
    return _column(dtype, None, owner)


def column_specs(row_type: type[attrs.AttrsInstance]) -> tuple[ColumnSpec, ...]:
    """Return the columns that ``row_type`` declares, in order.

    Raises:
        RulesError: a field is no column, there is none, or more than 16 have a wire form.
    """
    specs = []
    for field in attrs.fields(row_type):
        spec = field.metadata.get(_SPEC)
        if spec is None:
            raise RulesError(
                f"{row_type.__name__}.{field.name} is no column; declare it with quantised, whole or hidden"
            )
        specs.append(attrs.evolve(spec, name=field.name))
    if not specs:
        raise RulesError(f"{row_type.__name__} has no fields; a row has at least one column")
    wired = sum(spec.wire is not None for spec in specs)
    if wired > MAX_FIELDS:
        raise RulesError(f"{row_type.__name__} has {wired} fields with a wire form; a record has up to {MAX_FIELDS}")
    return tuple(specs)


def allocate(row_type: type[attrs.AttrsInstance], capacity: int) -> tuple[Any, list[Block]]:
    """Make columns of ``capacity`` zeros: an instance of ``row_type``, and the blocks that its fields are views of.

    Columns of one dtype are the rows of one block, so that a few operations reach all fields of some rows: a ship of
    18 fields lies in five blocks. So the columns stay where they are: a field that is set to another array raises a
    `RulesError`.
    """
    specs = column_specs(row_type)
    counts = Counter(spec.dtype for spec in specs)
    blocks = {dtype: np.zeros((count, capacity), dtype) for dtype, count in counts.items()}
    free = {dtype: iter(block) for dtype, block in blocks.items()}
    rows = _fixed(row_type)(**{spec.name: next(free[spec.dtype]) for spec in specs})
    return rows, list(blocks.values())


@functools.lru_cache(_ROW_TYPES)
def _fixed(row_type: type[attrs.AttrsInstance]) -> type[attrs.AttrsInstance]:
    """Derive a class whose instances keep the arrays that they were made with."""

    def keep(rows: attrs.AttrsInstance, name: str, column: Column) -> None:
        # `rows.x += 1` comes here as well, with the array that is there already.
        if getattr(rows, name, column) is not column:
            raise RulesError(f"{row_type.__name__}.{name} is set to another array; write into it: rows.{name}[:] = ...")
        object.__setattr__(rows, name, column)

    return type(row_type.__name__, (row_type,), {"__slots__": (), "__setattr__": keep})


def _column(dtype: str, wire: WireForm | None, owner: bool, *, private: bool = False) -> Any:
    if owner and dtype not in OWN_STRUCT_CODES:
        raise RulesError(f"an owner's column has one of the dtypes {', '.join(OWN_STRUCT_CODES)}, not {dtype!r}")
    return attrs.field(metadata={_SPEC: ColumnSpec("", dtype, wire, owner, private)})
