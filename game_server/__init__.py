"""A multiplayer real-time game server on trio, with a browser client."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("game-server")
except PackageNotFoundError:
    __version__ = "0+unknown"

__all__ = ["__version__"]
