"""The two lists of options in ``game-server host --help``."""

from __future__ import annotations

from cyclopts import Group

FRIENDS: Group = Group.create_ordered("For an evening with friends")
EXPERTS: Group = Group.create_ordered("For experts")
