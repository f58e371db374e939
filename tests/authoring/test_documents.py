"""docs/authors: its Python is imported and played by bots, its JavaScript is run, its table of refusals is true."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from game_server import author
from game_server.author import Game
from game_server.authoring.translation import BOOL, NUMBER, translate
from game_server.errors import RulesError
from game_server.simulation import Match, World, tick_alone
from tests.authoring.translation.in_node import NODE
from tools.author_reference import DOCUMENT, documented, reference

FOLDER = Path(__file__).parents[2] / "docs" / "authors"
DOCUMENTS = sorted(FOLDER.glob("*.md"))
BLOCK = re.compile(r"^```(python|js)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Each block of code with where it begins; one that goes on from the one before it has that in front."""
    for document in DOCUMENTS:
        text, before = document.read_text("utf-8"), ""
        for found in BLOCK.finditer(text):
            if found[1] == language:
                code = before + found[2] if found[2].startswith("# continues") else found[2]
                before = code
                yield f"{document.name}:{text[: found.start()].count(chr(10)) + 1}", code


PYTHON, SCRIPTS = dict(blocks("python")), dict(blocks("js"))


def module_of(folder: Path, code: str) -> types.ModuleType:
    path = folder / "written_by_an_author.py"
    path.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location("written_by_an_author", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def played_by_bots(game: type[Game], seats: int, ticks: int) -> Match:
    match = Match(
        game(World(seed=1, max_players=4, tick_rate=game.tick_rate)), on_message=lambda _number, _message: None
    )
    for _ in range(seats):
        match.seat(brain_for=lambda number: game.brain({}, number, game.tick_rate, "normal", number))
    for _ in range(ticks):
        tick_alone(match)
    return match


@pytest.mark.parametrize("where", PYTHON)
def test_the_python_of_the_documents_is_a_game_that_bots_play(tmp_path: Path, where: str) -> None:
    games = [value for value in vars(module_of(tmp_path, PYTHON[where])).values() if isinstance(value, type)]
    played = [game for game in games if issubclass(game, Game) and game is not Game]
    assert played
    for game in played:
        assert played_by_bots(game, min(3, game.seats[1]), 300).world.tick == 300


def test_bots_of_the_first_game_take_coins(tmp_path: Path) -> None:
    last = [where for where in PYTHON if where.startswith("FIRST_GAME")][-1]
    game: Any = module_of(tmp_path, PYTHON[last]).CoinRounds
    match = played_by_bots(game, 2, 30 * 20)
    assert sum(match.game.score_of(seat) for seat in range(2)) > 10


RUN = """
const paint = new Proxy({}, { get: () => () => {} });
const player = { id: 1, x: 3, y: 4, name: "Ada", colour: "#fff" };
const calls = [];
const element = new Proxy(() => element, { get: () => element, set: () => true });
globalThis.document = { createElement: () => element };
const look = {
  players: [player], coins: [{ id: 0, x: 1, y: 2 }],
  cards: [{ id: 7, holder: 1, face: 3 }, { id: 8, holder: 2 }, { id: 9, holder: null }],
  me: player, world: { width: 9, height: 9 }, colours: {},
  table: { matches: 5, turn: 1 }, asked: { question: 1 }, time: 9,
  send: new Proxy({}, { get: () => () => calls.push("sent") }),
  round: { playing: true, waiting: false }, shake: () => {}, play: (name) => calls.push(name),
};
const { default: made } = await import(process.argv[2]);
made.draw?.(paint, look);
made.hud?.(look);
made.root?.(element, look)?.(look);
made.click?.({ x: 290, y: 300 }, look);
if (made.click && calls.pop() !== "sent") throw new Error("a click sends nothing");
for (const hear of Object.values(made.on ?? {})) hear({ player, by: player }, look);
for (const name of calls) if (name !== "sent" && !(name in made.sounds)) throw new Error(`no sound ${name}`);
console.log(JSON.stringify(Object.keys(made)));
"""


@pytest.mark.parametrize("where", SCRIPTS)
def test_the_javascript_of_the_documents_draws_and_hears(tmp_path: Path, where: str) -> None:
    (tmp_path / "sdk.mjs").write_text("export const game = (definition) => definition;\n")
    (tmp_path / "game.mjs").write_text(SCRIPTS[where].replace('"/sdk.js"', '"./sdk.mjs"'))
    (tmp_path / "run.mjs").write_text(RUN)
    done = subprocess.run(
        [NODE, tmp_path / "run.mjs", tmp_path / "game.mjs"], check=True, capture_output=True, timeout=60
    )
    assert {"draw", "root"} & set(json.loads(done.stdout))


REFUSALS = re.findall(
    r"^\| `(.+?)` \| ((?!what|as in).+) \|$", (FOLDER / "PREDICTION.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("line", "words"), REFUSALS)
def test_what_the_document_says_is_refused_is_refused_in_these_words(tmp_path: Path, line: str, words: str) -> None:
    rule = module_of(tmp_path, f"import math, random\ndef predicted(me, input, dt):\n    {line}\n").predicted
    with pytest.raises(RulesError) as refused:
        translate(rule, {"x": NUMBER, "y": NUMBER, "it": BOOL}, {}, frozenset({"secret"}))
    assert words in str(refused.value)


def test_the_reference_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text("utf-8") == reference(), "if it changed on purpose, run tools/make_author_reference"


def test_every_example_of_the_reference_is_a_block_of_code() -> None:
    assert not re.findall(r"^.*::$", reference(), re.MULTILINE)


def test_the_reference_has_every_name_of_the_face() -> None:
    assert set(author.__all__) <= documented()


def test_the_documents_have_code_to_try() -> None:
    assert len(PYTHON) >= 12
    assert len(SCRIPTS) >= 2
    assert len(REFUSALS) >= 12
