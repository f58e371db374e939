"""How it feels in a real browser on bad networks."""

from __future__ import annotations
