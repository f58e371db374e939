"""How long to fuzz: a few seconds in the suite, as long as one likes by hand.

``FUZZ_EXAMPLES=20000 HYPOTHESIS_PROFILE=explore pytest tests/transport/websocket/test_rfc6455.py`` tries that many,
and others each time.
"""

from __future__ import annotations

import os


def examples(usual: int) -> int:
    """How many examples to try of what is worth ``usual`` in the suite."""
    return int(os.environ.get("FUZZ_EXAMPLES", usual))
