"""One server in several processes: a supervisor that listens, and workers that serve."""

from __future__ import annotations

from game_server.supervisor.control import Control
from game_server.supervisor.parent_death import die_with_parent
from game_server.supervisor.supervisor import Supervisor

__all__ = ["Control", "Supervisor", "die_with_parent"]
