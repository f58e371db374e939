"""The package for npm: packed with its types, and used by a project in TypeScript."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[2] / "web_client"
TOOLS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
OPTIONS = {"strict": True, "target": "ES2022", "module": "ES2022", "moduleResolution": "bundler", "noEmit": True}

GOOD = """
import { game } from "game-server-client";

export default game({
  draw(paint, { players, pointer }) {
    for (const player of players) paint.circle(player.x, player.y, 8, { fill: player.colour });
    if (pointer) paint.circle(pointer.x, pointer.y, 3);
  },
  hud: ({ round }) => ({ clock: round.playing ? "On" : undefined }),
});
"""
PAGE = """
import { connect } from "game-server-client";

const match = connect({ canvas: document.querySelector("canvas")!, server: "https://play.example", nickname: "Ada" });
const stop: () => void = match.on("joined", ({ code, again }) => console.log(code.length, again === true));
match.on("closed", ({ reason }) => console.log(reason.length));
for (const player of match.look?.players ?? []) console.log(player.name);
match.send.put(4);
match.volume = 0.5;
console.log(match.state === "lost", match.hud?.clock.label, match.standings?.rows.length);
stop();
match.close();
"""
WRONG_PAGE = """
import { connect } from "game-server-client";
const match = connect({ canvas: document.body });
match.on("join", () => {});
match.on("closed", ({ code }) => console.log(code));
"""
WRONG = """
import { game } from "game-server-client";
export default game({
  drow() {},
});
export const other = game({ hud: ({ round }) => ({ clock: round.winner }) });
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in TypeScript that has the package, as npm would install it from the registry."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(CLIENT, folder / "client")
    packed = run(folder / "client", "npm", "pack", "--silent")
    assert packed.returncode == 0, packed.stderr + packed.stdout
    with tarfile.open(folder / "client" / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder / "unpacked")
    (folder / "node_modules").mkdir()
    (folder / "unpacked" / "package").rename(folder / "node_modules" / "game-server-client")
    (folder / "package.json").write_text('{ "type": "module" }')
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    return folder


def test_a_game_in_typescript_fits_the_types_of_the_package(project: Path) -> None:
    (project / "game.ts").write_text(GOOD)
    assert run(project, "tsc", "-p", ".").stdout == ""


def test_what_a_game_may_not_define_is_found(project: Path) -> None:
    (project / "game.ts").write_text(WRONG)
    said = run(project, "tsc", "-p", ".").stdout
    assert "'drow' does not exist in type 'Definition'" in said
    assert "Type 'number | null' is not assignable to type 'string | false | undefined'" in said


def test_a_page_in_typescript_connects_a_canvas_of_its_own(project: Path) -> None:
    (project / "game.ts").write_text(PAGE)
    assert run(project, "tsc", "-p", ".").stdout == ""
    (project / "game.ts").write_text(WRONG_PAGE)
    said = run(project, "tsc", "-p", ".").stdout
    assert "Type 'HTMLElement' is missing the following properties from type 'HTMLCanvasElement'" in said
    assert "'\"join\"' is not assignable to parameter of type 'keyof Happenings'" in said
    assert "Property 'code' does not exist on type '{ reason: string; }'" in said


def test_the_package_is_imported_as_it_is(project: Path) -> None:
    script = 'import("game-server-client").then(({ game }) => console.log(Object.keys(game({})).join()))'
    assert run(project, "node", "-e", script).stdout == "declared,definition,create\n"


def test_the_package_has_the_version_of_the_server() -> None:
    assert json.loads((CLIENT / "package.json").read_text())["version"] == version("game-server")
