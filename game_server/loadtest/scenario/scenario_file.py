"""Scenario files in TOML; errors name file, line and key."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NoReturn

import attrs

from game_server.errors import ConfigError
from game_server.loadtest.scenario.scenario import LONGEST, MOST_CLIENTS, USED, Phase, Scenario, timeline

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "seconds": (0.0, LONGEST),
    "to": (0, MOST_CLIENTS),
    "rate": (0.001, 100_000.0),
    "share": (0.0, 1.0),
}
_TOP: Final = ("name", "where", "phase")


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    return parse_scenario(text, str(path), path.stem)


def parse_scenario(text: str, file: str, name: str) -> Scenario:
    """Return the scenario in ``text``; ``name`` is used if it has none of its own.

    Raises:
        ConfigError: something in it is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    return _Reader(text, file).scenario(data, name)


@attrs.frozen
class _Reader:
    text: str
    file: str

    def scenario(self, data: dict[str, Any], name: str) -> Scenario:
        for key in data:
            if key not in _TOP:
                self._unknown(key, _TOP, None)
        where = data.get("where", "match")
        if where not in ("match", "lobby"):
            self._wrong("where", f"{where!r}; it is 'match' or 'lobby'", None)
        name = data.get("name", name)
        if not isinstance(name, str):
            self._wrong("name", f"{name!r} is not a string", None)
        tables = data.get("phase", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._wrong("phase", "write each phase as a table [[phase]]", None)
        if not tables:
            raise ConfigError(f"{self.file}: there is no [[phase]] in it")
        scenario = Scenario(name, tuple(self._phase(table, number) for number, table in enumerate(tables)), where)
        try:
            line = timeline(scenario)
        except ConfigError as error:
            raise ConfigError(f"{self.file}: {error}") from error
        if not line.lives:
            raise ConfigError(f"{self.file}: no client ever comes; begin with a ramp")
        if not line.end:
            raise ConfigError(f"{self.file}: it lasts 0 s; give a phase some seconds")
        return scenario

    def _phase(self, table: dict[str, Any], number: int) -> Phase:
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in USED:
            said = "it is missing" if kind is None else repr(kind)
            self._wrong("kind", f"{said}; it is one of {', '.join(USED)}", number)
        used = USED[kind]
        for key in table:
            if key != "kind" and key not in used:
                self._unknown(key, ("kind", *used), number)
        for key in used:
            if key != "share" and key not in table:
                self._wrong("kind", f"a {kind} needs {key}", number)
        return Phase(kind, **{key: self._number(key, table[key], number) for key in used if key in table})  # type: ignore[arg-type]

    def _number(self, key: str, value: Any, number: int) -> float:
        low, high = _RANGES[key]
        wanted = (int,) if key == "to" else (int, float)
        if type(value) not in wanted or not low <= value <= high:
            what = "a whole number" if key == "to" else "a number"
            self._wrong(key, f"{value!r} is not {what} from {low:g} to {high:g}", number)
        return value  # type: ignore[no-any-return]

    def _unknown(self, key: str, known: tuple[str, ...], table: int | None) -> NoReturn:
        close = difflib.get_close_matches(key, known, 1)
        self._wrong(key, f"unknown key{f'; did you mean {close[0]}?' if close else ''}", table)

    def _wrong(self, key: str, what: str, table: int | None) -> NoReturn:
        raise ConfigError(f"{self.file}, line {self._line(key, table)}: {key}: {what}")

    def _line(self, key: str, table: int | None) -> int:
        """Return the line of ``key`` in phase ``table``, or before all phases; if it is missing, that of the phase."""
        phase, header = -1, 1
        for at, line in enumerate(self.text.splitlines(), 1):
            if re.match(r"\s*\[\[\s*phase\s*\]\]", line):
                phase += 1
                if phase == table:
                    header = at
            written = re.match(r"\s*\[*\s*[\"']?([\w-]+)", line)
            if phase == (-1 if table is None else table) and written and written[1] == key:
                return at
        return header
