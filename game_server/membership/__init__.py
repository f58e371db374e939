"""The membership of a server in a cluster: it publishes its matches, knows those of the others, and passes its own on.

Each file does one of these jobs; `membership.py` puts them together, and nothing here but it knows them all.
"""

from __future__ import annotations

from game_server.membership.draining import Draining, DrainTerms
from game_server.membership.membership import Membership
from game_server.membership.moving import Whereto
from game_server.membership.placing import FAILED_FOR, UNEVEN

__all__ = ["FAILED_FOR", "UNEVEN", "DrainTerms", "Draining", "Membership", "Whereto"]
