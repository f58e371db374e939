"""Types of a game for editors: they fit the scripts of our games, and find what is wrong in one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from game_server.author import Single, count
from game_server.authoring import page_types
from game_server.authoring.declarations import PAGES_OWN
from game_server.errors import ConfigError, RulesError
from game_server.games import GAMES
from game_server.games.arena import Arena
from tests.authoring.coins import Coins

TSC = Path(sys.executable).with_name("tsc")
CLIENT = Path(__file__).parents[2] / "web_client" / "src" / "games" / "declared"
OPTIONS = {
    "checkJs": True,
    "strict": True,
    "target": "ES2022",
    "module": "ES2022",
    "noEmit": True,
    "types": [],
    "allowJs": True,
    "paths": {"/sdk.js": ["./game.d.ts"]},
}


def faults(folder: Path, types: str, script: str) -> str:
    """What the compiler says of a ``game.js``, as editors do by the jsconfig.json of `game-server new`."""
    (folder / "game.d.ts").write_text(types)
    (folder / "game.js").write_text(script)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*"]}))
    done = subprocess.run([TSC, "-p", folder], capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


@pytest.mark.parametrize("name", ["tag"])
def test_the_script_of_a_game_fits_its_types(tmp_path: Path, name: str) -> None:
    game = GAMES[name]
    script = (Path(sys.modules[game.__module__].__file__ or "").parent / "web" / "game.js").read_text()
    assert faults(tmp_path, page_types(game), script) == ""


WRONG = """
import { game } from "/sdk.js";
export default game({
  draw(paint, { players, me, coins, purse, send, held }) {
    for (const player of players) paint.text(String(player.colour), player.x, player.speed);
    if (me) paint.circle(me.x, me.quick, 3);
    send.pay(3);
    send.pay(3, "sweets");
    held("dash");
    held("fly");
    paint.text(purse.paid.toFixed(), coins[0].worth, 0);
  },
  on: {
    taken({ player, worth }) { player.name.trim(); worth.trim(); },
    lost() {},
  },
});
"""


def test_what_is_misspelt_or_of_another_kind_is_found(tmp_path: Path) -> None:
    found = re.findall(r"game\.js\((\d+),\d+\): error TS\d+: (.*)", faults(tmp_path, page_types(Coins), WRONG))
    lines = {int(line) for line, _ in found}
    assert lines == {5, 6, 7, 10, 14, 15}, found


def test_the_fixed_types_have_what_the_sdk_has() -> None:
    types = page_types(Coins)
    paint = re.findall(r"^  (\w+)\(.*\{$", (CLIENT / "paint.js").read_text(), re.MULTILINE)
    for method in {"fill", *paint} - {"constructor", "begin", "finish"}:
        assert re.search(rf"^  {method}\(", types, re.MULTILINE), method
    [parts] = re.findall(r"^const PARTS = (\[.*\]);$", (CLIENT / "definition.js").read_text(), re.MULTILINE)
    definition = types.partition("interface Definition")[2].partition("\n}")[0]
    assert set(re.findall(r"^  (\w+)\?", definition, re.MULTILINE)) == set(json.loads(parts))
    fields = set(re.findall(r"^ \* @property \{.*\} (\w+)", (CLIENT / "look.js").read_text(), re.MULTILINE))
    round_and_look = types.partition("interface Round")[2]
    for field in fields - {"players", "scene"}:
        assert re.search(rf"^  {field}[:(?]", round_and_look, re.MULTILINE), field


def test_what_pages_have_beside_rows_is_no_name_of_rows() -> None:
    types = page_types(Coins)
    names = {"scene"}
    for interface in ("Looks", "Tools"):
        names |= set(
            re.findall(r"^  (\w+)[(:]", types.partition(f"interface {interface} ")[2].partition("\n}")[0], re.MULTILINE)
        )
    assert names == PAGES_OWN
    with pytest.raises(RulesError, match="Send: pages have something else called send; rename it"):
        type("Taken", (Coins,), {"Send": type("Send", (Single,), {"n": count(0, 9)})})


def test_a_game_that_declares_nothing_has_no_types() -> None:
    with pytest.raises(ConfigError, match="arena declares nothing that types could be made of"):
        page_types(Arena)
