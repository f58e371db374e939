"""The load: the swarm of `game_server.loadtest.swarm`, also against servers that are not ours."""

from __future__ import annotations
