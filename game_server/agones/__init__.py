"""A server that runs in a fleet of Agones: what it says to the sidecar, and when."""

from __future__ import annotations

from game_server.agones.fleet_member import FleetMember
from game_server.agones.load import Load
from game_server.agones.sidecar import Sidecar

__all__ = ["FleetMember", "Load", "Sidecar"]
