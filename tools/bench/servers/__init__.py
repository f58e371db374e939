"""What of ours is measured, as processes of its own."""

from __future__ import annotations
