"""Games that fail when they are hosted: what their author reads, and that it is one line at the end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.processes import GAME_SERVER, START_DEADLINE

pytestmark = pytest.mark.e2e

PLAYER = """from game_server.author import Entity, Game, place


class Broken(Game):
    size = (9, 9)

    class Player(Entity):
        x = place(0, 9)
        y = place(0, 9)

"""


@pytest.mark.parametrize(
    ("rules", "words", "line"),
    [
        ("def predicted(me, input, dt):\n        me.x = me.x**2", "there is no **; write x * x", "bad.py, line 12"),
        ("def joined(self, player, who):\n        player.x = 1 / 0", "ZeroDivisionError: division by zero", "line 12"),
        ("def started(self):\n        self.players.add()", "players join by themselves", "line "),
        ("def tick(self):\n        pass\n\n    rounds = 3", "write rounds = Rounds(play=60)", "line "),
    ],
)
def test_a_game_that_cannot_begin_ends_the_host_with_one_line_for_its_author(
    tmp_path: Path, rules: str, words: str, line: str
) -> None:
    (tmp_path / "bad.py").write_text(f"{PLAYER}    {rules}\n")
    command = [GAME_SERVER, "host", "--game", "bad:Broken", "--port", "0", "--bots", "1", "--no-data"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=START_DEADLINE, check=False)
    *_, last = done.stderr.splitlines()
    assert last.startswith("game-server: ")
    assert words in last
    assert line in last
    assert done.returncode == 2
