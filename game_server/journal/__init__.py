"""The data directory: what outlives a server.

This is the face of the room: import from here.
"""

from __future__ import annotations

from game_server.journal.data_directory import DataDirectory, bytes_used, default_directory

__all__ = ["DataDirectory", "bytes_used", "default_directory"]
