"""Options as JSON, for another process that may run a newer version of this package.

A newer version may have more options, which then have their defaults, and may have dropped some, which it ignores.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs


def pack(value: Any) -> Any:
    """Turn options into what JSON can hold.

    Args:
        value: an instance of an attrs class, a class, path, enum, mapping or tuple of those, or a plain value.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, enum.Enum):
        return {"enum": _name_of(type(value)), "value": value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [pack(item) for item in value]
    if isinstance(value, Mapping):
        return {"map": [[pack(key), pack(item)] for key, item in value.items()]}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, type):
        return {"class": _name_of(value)}
    if attrs.has(type(value)):
        fields = {field.alias: pack(getattr(value, field.name)) for field in attrs.fields(type(value)) if field.init}
        return {"of": _name_of(type(value)), "fields": fields}
    raise TypeError(f"{value!r} cannot be packed: it is a {type(value).__name__}")


def unpack(packed: Any) -> Any:
    """Turn what `pack` has made, and JSON has carried, into options; only for what comes from one's own supervisor."""
    if isinstance(packed, list):
        return tuple(map(unpack, packed))
    if not isinstance(packed, dict):
        return packed
    if "enum" in packed:
        return _find(packed["enum"])(packed["value"])
    if "map" in packed:
        return {unpack(key): unpack(item) for key, item in packed["map"]}
    if "path" in packed:
        return Path(packed["path"])
    if "class" in packed:
        return _find(packed["class"])
    kind = _find(packed["of"])
    known = {field.alias for field in attrs.fields(kind) if field.init}
    return kind(**{name: unpack(value) for name, value in packed["fields"].items() if name in known})


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _find(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found
