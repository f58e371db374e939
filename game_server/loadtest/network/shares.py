"""``--network mobile=30%,bad=5%``: which client is behind which simulated network."""

from __future__ import annotations

import re
from typing import Final

import attrs

from game_server.errors import ConfigError
from game_server.loadtest.network.model import PRESETS, Network

_GOLDEN: Final = (5**0.5 - 1) / 2
"""Multiples of the golden ratio, modulo 1, spread evenly: any run of client numbers keeps the shares."""
_SHARE: Final = re.compile(r"(?P<name>[\w-]+)(=(?P<percent>\d+(\.\d+)?)%)?")


@attrs.frozen
class Shares:
    """Names of `PRESETS`, and the share of clients behind each, from 0 to 1; the rest is behind none."""

    shares: tuple[tuple[str, float], ...] = ()

    def name_of(self, number: int) -> str | None:
        """Return the name of the network of client ``number``; None for none."""
        place = (number + 0.5) * _GOLDEN % 1
        for name, share in self.shares:
            if place < share:
                return name
            place -= share
        return None

    def network_of(self, number: int) -> Network | None:
        """Return the network of client ``number``; None for none."""
        name = self.name_of(number)
        return PRESETS[name] if name else None

    @classmethod
    def parse(cls, text: str) -> Shares:
        """Read ``NAME``, for all clients, or ``NAME=PERCENT%,...``.

        Raises:
            ConfigError: it is neither, or the shares exceed 100 %.
        """
        shares: dict[str, float] = {}
        for part in text.split(","):
            found = _SHARE.fullmatch(part.strip())
            if found is None:
                raise ConfigError(f"--network {text}: {part.strip()!r} is not NAME or NAME=PERCENT%")
            if found["name"] not in PRESETS:
                raise ConfigError(
                    f"--network {text}: no network is called {found['name']!r}; there are {', '.join(PRESETS)}"
                )
            if found["name"] in shares:
                raise ConfigError(f"--network {text}: {found['name']} is given twice")
            shares[found["name"]] = float(found["percent"]) / 100 if found["percent"] else 1.0
        if sum(shares.values()) > 1 + 1e-9:
            raise ConfigError(f"--network {text}: the shares add up to {sum(shares.values()):.0%}, more than 100 %")
        return cls(tuple(shares.items()))

    def __str__(self) -> str:
        return ",".join(f"{name}={share * 100:g}%" for name, share in self.shares)
