"""The cluster: several nodes, which node has which match, and how a match goes from one to another."""

from __future__ import annotations

from game_server.cluster.calls import Answers, NodeCalls
from game_server.cluster.directory import (
    GAP,
    HISTORY,
    HOLD_FOR,
    LEASE,
    MAX_BLOB,
    MAX_SAID,
    PREFIX,
    PUBLISH_EVERY,
    REMEMBERED,
    RENEW_EVERY,
    ROW_TTL,
    Claim,
    Directory,
)
from game_server.cluster.local import LocalDirectory, serve_directory
from game_server.cluster.memory import MemoryDirectory
from game_server.cluster.neighbours import FRESH, Neighbours
from game_server.cluster.node import DIRECTORY, Node
from game_server.cluster.offers import ClaimNote, Offer, pack_offer, unpack_offer
from game_server.cluster.opening import RunningDirectory, open_directory
from game_server.cluster.ownership import MOVE_ANSWER, OwnedMatches, Ownership
from game_server.cluster.rows import (
    NodeRow,
    NodeSummary,
    PublishedMatch,
    pack_row,
    pack_summary,
    unpack_row,
    unpack_summary,
)
from game_server.cluster.shared_budgets import SharedBudgets
from game_server.cluster.shared_counts import SharedCounts
from game_server.cluster.state import DirectoryState
from game_server.cluster.steps import Call, Pause, Steps, drive
from game_server.cluster.tickets import Ticket, Tickets

__all__ = [
    "DIRECTORY",
    "FRESH",
    "GAP",
    "HISTORY",
    "HOLD_FOR",
    "LEASE",
    "MAX_BLOB",
    "MAX_SAID",
    "MOVE_ANSWER",
    "PREFIX",
    "PUBLISH_EVERY",
    "REMEMBERED",
    "RENEW_EVERY",
    "ROW_TTL",
    "Answers",
    "Call",
    "Claim",
    "ClaimNote",
    "Directory",
    "DirectoryState",
    "LocalDirectory",
    "MemoryDirectory",
    "Neighbours",
    "Node",
    "NodeCalls",
    "NodeRow",
    "NodeSummary",
    "Offer",
    "OwnedMatches",
    "Ownership",
    "Pause",
    "PublishedMatch",
    "RunningDirectory",
    "SharedBudgets",
    "SharedCounts",
    "Steps",
    "Ticket",
    "Tickets",
    "drive",
    "open_directory",
    "pack_offer",
    "pack_row",
    "pack_summary",
    "serve_directory",
    "unpack_offer",
    "unpack_row",
    "unpack_summary",
]
