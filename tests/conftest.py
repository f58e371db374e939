"""How every test runs: property tests the same way on every machine, and without a stopwatch."""

from __future__ import annotations

import os

import hypothesis

hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
