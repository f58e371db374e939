from __future__ import annotations

import resource

import pytest

from game_server.loadtest.worker import raise_file_limit


def test_a_process_may_have_as_many_files_as_its_user_may(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: set_to.append((which, limits)))
    raise_file_limit()
    assert set_to == [(resource.RLIMIT_NOFILE, (4096, 4096))]
