"""Columns: how a game declares its entities, as attrs classes whose fields are arrays with a wire form.

A row class holds arrays, not scalars: one array per field, one element per row (a "structure of arrays"),
so that rules can be written once for all rows::

    @attrs.define
    class Ship:
        x: Column = quantised(0, 16383.75, step=0.25, owner=True)
        vx: Column = hidden(owner=True)
        health: Column = whole(0, 100)

`quantised` and `whole` fields go to everybody who may see the row, in steps; `hidden` fields stay in the
simulation; `owner=True` sends the exact value to the one player whose row it is.
"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import MAX_FIELDS, OWN_STRUCT_CODES

Column = npt.NDArray[Any]

_SPEC: Final = "game_server.column"
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
    """A declared column: name, numpy dtype, wire form or none, and whether the owner gets the exact value."""

    name: str
    dtype: str
    wire: WireForm | None
    owner: bool


def quantised(low: float, high: float, *, step: float, owner: bool = False) -> Any:
    """Declare a double that goes on the wire as the nearest step between ``low`` and ``high``, clamped beyond them.

    The width on the wire, 1, 2 or 4 bytes, follows from the number of steps.
    """
    steps = (high - low) / step if step > 0 else 0.0
    if not 1 <= steps <= 2**32 - 1:
        raise RulesError(f"quantised({low}, {high}, step={step}) has {steps:g} steps; 1 to 2^32 - 1 fit on the wire")
    return _column("f8", WireForm(round(steps), float(low), float(step)), owner)


def whole(low: int, high: int, *, owner: bool = False) -> Any:
    """Declare an integer from ``low`` to ``high``, exact on the wire: an ``i4``, or ``i8`` where that is too small."""
    if not 0 <= high - low < 2**32:
        raise RulesError(f"whole({low}, {high}) spans {high - low}; 0 to 2^32 - 1 fit on the wire")
    dtype = "i4" if -(2**31) <= low and high < 2**31 else "i8"
    return _column(dtype, WireForm(high - low, low, 1), owner)


def hidden(dtype: str = "f8", *, owner: bool = False) -> Any:
    """Declare a column that is not sent to others; ``dtype`` as numpy writes it: ``f8``, ``u2``, ``?``, ..."""
    if dtype not in _DTYPES:
        raise RulesError(f"hidden({dtype!r}): a column is one of {', '.join(_DTYPES)}")
    return _column(dtype, None, owner)


def column_specs(row_type: type[attrs.AttrsInstance]) -> tuple[ColumnSpec, ...]:
    """Return the columns that ``row_type`` declares, in order.

    Raises:
        RulesError: a field is no column; or no field has a wire form, or more than 16 have one.
    """
    specs = []
    for field in attrs.fields(row_type):
        spec = field.metadata.get(_SPEC)
        if spec is None:
            raise RulesError(
                f"{row_type.__name__}.{field.name} is no column; declare it with quantised, whole or hidden"
            )
        specs.append(attrs.evolve(spec, name=field.name))
    wired = sum(spec.wire is not None for spec in specs)
    if not 1 <= wired <= MAX_FIELDS:
        raise RulesError(f"{row_type.__name__} has {wired} fields with a wire form; a record has 1 to {MAX_FIELDS}")
    return tuple(specs)


def allocate(row_type: type[attrs.AttrsInstance], capacity: int) -> Any:
    """Make an instance of ``row_type`` whose fields are zeroed arrays of ``capacity`` elements."""
    return row_type(**{spec.name: np.zeros(capacity, spec.dtype) for spec in column_specs(row_type)})


def _column(dtype: str, wire: WireForm | None, owner: bool) -> Any:
    if owner and dtype not in OWN_STRUCT_CODES:
        raise RulesError(f"an owner's column has one of the dtypes {', '.join(OWN_STRUCT_CODES)}, not {dtype!r}")
    return attrs.field(metadata={_SPEC: ColumnSpec("", dtype, wire, owner)})
