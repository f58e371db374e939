"""The files beside docs/PROTOCOL.md are what the code makes of them, and the document has a word on each."""

from __future__ import annotations

import re

from tests.protocol_document import section
from tests.vectors import arena_session

FOLDER = arena_session.FILE.parent
MADE_ANEW = "the wire or the rules have changed; if on purpose, run tools/make_vectors"


def test_the_recorded_session_is_what_a_server_says_to_that_client() -> None:
    assert arena_session.FILE.read_text() == arena_session.document(), MADE_ANEW


def test_every_file_is_linked_and_described() -> None:
    text = section("## 12. Files")
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == sorted(file.name for file in FOLDER.iterdir())
    for file in FOLDER.iterdir():
        assert f"[protocol/{file.name}](protocol/{file.name})" in section(f"### {file.name}", text)
