"""Exit codes that all commands share; those of a load test are in `loadtest.report.results`."""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
USAGE_ERROR: Final = 2
"""A wrong option, or an output that cannot be written: 1 would be a verdict."""
INTERRUPTED: Final = 130
"""Ended by Ctrl-C before there was anything to report: 128 plus the number of SIGINT, as shells have it."""
