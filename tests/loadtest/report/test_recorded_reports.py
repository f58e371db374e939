"""Reports of made-up runs, word by word and figure by figure."""

from __future__ import annotations

from difflib import unified_diff

from tests.vectors.reports import FOLDER, documents


def test_every_report_is_the_recorded_one() -> None:
    recorded = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    now = documents()
    assert sorted(now) == sorted(recorded)
    differences = [
        line
        for name, text in now.items()
        for line in unified_diff(recorded[name].splitlines(), text.splitlines(), name, "now", n=0, lineterm="")
    ]
    assert differences == [], "if on purpose, run tools/make_vectors"
