"""Quantisation: columns of values to rows of bytes and back, for all fields and rows of a table at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from game_server.protocol import Bytes2D, Row
from game_server.simulation.world.columns import Column, ColumnSpec


class Quantiser:
    """Converts a table's rows to their wire form.

    A value becomes the nearest step of its range: half-way between two, the even one; beyond the range, its end.
    With steps of 0.25 from 0, the value 1.1 is step 4, 1.125 is step 4 as well, and 1.2 is step 5.
    """

    def __init__(self, specs: tuple[ColumnSpec, ...]) -> None:
        wired = [(spec.name, spec.wire) for spec in specs if spec.wire]
        self._names = [name for name, _ in wired]
        self._dtype = np.dtype([(name, f"<u{wire.size}") for name, wire in wired])
        self._scales = [
            (spec.name, spec.wire.offset, spec.wire.step, np.dtype("f8" if spec.dtype == "f8" else "i8"))
            for spec in specs
            if spec.wire
        ]
        self._offset, self._step, self._largest = (
            np.array([[float(getattr(wire, name))] for _, wire in wired]) for name in ("offset", "step", "largest")
        )

    def rows(self, columns: Callable[[str], Column], count: int) -> Bytes2D:
        """Convert ``count`` rows to the wire's form, from the values of each column."""
        steps = np.empty((len(self._names), count))
        for at, name in enumerate(self._names):
            steps[at] = columns(name)
        steps -= self._offset
        steps /= self._step
        np.rint(steps, out=steps)
        np.maximum(steps, 0, out=steps)
        np.minimum(steps, self._largest, out=steps)
        rows = np.empty(count, self._dtype)
        for at, name in enumerate(self._names):
            rows[name] = steps[at]
        return rows.view(np.uint8).reshape(count, self._dtype.itemsize)

    def read(self, rows: Bytes2D) -> Iterator[Row]:
        """Yield the values of ``rows`` as a client reads them; those of `whole` fields are ints."""
        fields = np.ascontiguousarray(rows).view(self._dtype)[:, 0] if len(rows) else rows.view(self._dtype).ravel()
        columns = []
        for name, offset, step, dtype in self._scales:
            column = fields[name].astype(dtype)
            columns.append((offset + step * column).tolist())
        return (dict(zip(self._names, values, strict=True)) for values in zip(*columns, strict=True))
