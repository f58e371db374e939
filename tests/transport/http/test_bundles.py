from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from game_server.transport.http.bundles import NotJoinable, join_modules

NODE = Path(sys.executable).with_name("node")
CLIENT = Path(__file__).parents[3] / "web_client"

MODULES = {
    "/src/main.js": """/** The page. */

import { Counter } from "./view/counter.js";
import { name as called } from "./name.js";
import * as names from "./name.js";
import "./first.js";

const counter = new Counter();
counter.count();
const part = "late";
const late = await_free(import(`./view/../${part}.js`));
function await_free(promise) { return promise; }
late.then(({ say }) => say(called, names.name));
export {};
""",
    "/src/first.js": 'globalThis.order = ["first"];\n',
    "/src/name.js": 'export const name = "Ada";\nexport async function later() {}\n',
    "/src/late.js": """import { Counter } from "./view/counter.js";
import {
  twice,
} from "./view/twice.js";

export function say(one, other) {
  const counter = new Counter();
  counter.count();
  console.log(one, other, Counter.made, twice(counter.counted), globalThis.order.join());
}
""",
    "/src/view/twice.js": "export const twice = (number) => 2 * number;\n",
    "/src/view/counter.js": """export class Counter {
  static made = 0;
  counted = 0;
  constructor() { Counter.made += 1; }
  count() { this.counted += 1; }
}
""",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    (folder / "package.json").write_text('{"type": "module"}')
    for path, text in files.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([str(NODE), *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_joined_modules_do_what_the_modules_do(tmp_path: Path) -> None:
    for name, files in (("apart", MODULES), ("joined", join_modules(MODULES, "/src/main.js"))):
        (tmp_path / name).mkdir()
        write(tmp_path / name, files)
    apart = run(tmp_path / "apart", "src/main.js")
    assert apart == "Ada Ada 2 2 first\n"
    assert run(tmp_path / "joined", "src/main.js") == apart


def test_a_page_a_part_that_comes_later_and_what_both_need_are_three_files() -> None:
    joined = join_modules(MODULES, "/src/main.js")
    where = {"/src/main.js": "name = ", "/src/late.js": "twice = (number)", "/src/view/counter.js": "class Counter"}
    for path, text in where.items():
        assert [place for place in joined if text in joined[place]] == [path]
    for path in ("/src/name.js", "/src/view/twice.js"):
        assert len(joined[path].splitlines()) <= 2


def test_what_is_shared_with_a_page_needs_nothing_of_the_page_s_own(tmp_path: Path) -> None:
    write(tmp_path, join_modules(MODULES, "/src/main.js"))
    (tmp_path / "foreign.js").write_text(
        'import { say } from "./src/late.js";\nglobalThis.order = [];\nsay("a", "b");\n'
    )
    assert run(tmp_path, "foreign.js") == "a b 1 2 \n"


def test_a_page_of_others_gets_half_of_the_client_and_ours_preloads_what_both_need() -> None:
    sources = {f"/{path.relative_to(CLIENT).as_posix()}": path.read_text() for path in CLIENT.rglob("*.js")}
    joined = join_modules(sources, "/src/app/main.js")

    def loaded(path: str) -> set[str]:
        found = re.findall(r'^import .* from "(.*)";$', joined[path], re.MULTILINE)
        return {path}.union(*(loaded(posixpath.normpath(posixpath.join(posixpath.dirname(path), to))) for to in found))

    sdk, page = loaded("/sdk.js"), loaded("/src/app/main.js")
    [shared] = sdk & page
    assert f'<link rel="modulepreload" href="{shared.removeprefix("/")}">' in (CLIENT / "index.html").read_text()
    theirs, all_of_ours = (sum(len(joined[path]) for path in paths) for paths in (sdk, page | sdk))
    assert theirs < 0.65 * all_of_ours


def test_a_joined_module_is_one_and_the_same_by_its_own_path(tmp_path: Path) -> None:
    write(tmp_path, join_modules(MODULES, "/src/main.js"))
    (tmp_path / "own.js").write_text(
        'import * as bundle from "./src/main.js";\n'
        'import { later } from "./src/name.js";\n'
        "console.log(Object.values(bundle).some((module) => module.later === later));\n"
    )
    assert run(tmp_path, "own.js").splitlines()[0] == "true"


def test_a_joined_module_knows_its_own_address(tmp_path: Path) -> None:
    sources = {"/src/main.js": 'import { here } from "./view/here.js";\nconsole.log(here);\n'}
    sources["/src/view/here.js"] = "export const here = import.meta.url;\n"
    write(tmp_path, join_modules(sources, "/src/main.js"))
    assert run(tmp_path, "src/main.js").endswith("/src/view/here.js\n")


def test_what_two_late_parts_need_is_one_module(tmp_path: Path) -> None:
    shared = {
        "/main.js": 'import("./a.js"); import("./b.js");\n',
        "/a.js": 'import { list } from "./shared.js";\nlist.push("a");\n',
        "/b.js": 'import { list } from "./shared.js";\nlist.push("b");\nconsole.log(list.join());\n',
        "/shared.js": "export const list = [];\n",
    }
    joined = join_modules(shared, "/main.js")
    assert sum("list = []" in text for text in joined.values()) == 1
    write(tmp_path, joined)
    assert run(tmp_path, "main.js") == "a,b\n"


def test_the_lines_of_a_module_stay_where_they_are() -> None:
    joined = join_modules(MODULES, "/src/main.js")["/src/view/counter.js"]
    begin = joined.index("// /src/view/counter.js\n") + len("// /src/view/counter.js\n")
    kept = MODULES["/src/view/counter.js"].replace("export ", "", 1)
    assert joined[begin:].startswith(kept)


def test_comments_are_left_empty_and_nothing_else_is() -> None:
    source = """/** A module. */
const a = 1; // said
/*
 * Of several lines.
 */ const z = 0;
const b = "/* no comment";
// nor this
/** @type {number} */ const c = 2;
const d = "*/";
  /** @returns {string} */
  const e = () => a;
"""
    joined = join_modules({"/main.js": source}, "/main.js")["/main.js"]
    assert joined.splitlines()[1:12] == [
        "", "const a = 1; // said", "", "", " const z = 0;", 'const b = "/* no comment";', "", " const c = 2;",
        'const d = "*/";', "", "  const e = () => a;",
    ]  # fmt: skip


def test_a_text_of_several_lines_is_left_alone() -> None:
    source = "const text = `\n// no comment\n/* nor this */\n`;\n"
    assert source in join_modules({"/main.js": source}, "/main.js")["/main.js"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export default 1;", "export default 1;"),
        ('export * from "./name.js";', "export *"),
        ("export let count = 0;", "export let"),
        ("const a = 1;\nexport { a };", "export { a }"),
        ('import name from "./name.js";', "import name"),
        ('import { name } from "elsewhere";', "elsewhere"),
        ("await start();", "await"),
        ("const here = import.meta.resolve;", "import.meta"),
        ('import { a } from "./nowhere.js";', "/src/nowhere.js"),
        ('import { a } from "./main.js";', "each other"),
    ],
)
def test_what_cannot_be_joined_is_named(text: str, said: str) -> None:
    sources = {"/src/main.js": 'import "./odd.js";\n', "/src/odd.js": text, "/src/name.js": "export const name = 1;\n"}
    with pytest.raises(NotJoinable, match=re.escape(said)):
        join_modules(sources, "/src/main.js")


def test_the_client_s_own_modules_can_be_joined(tmp_path: Path) -> None:
    sources = {f"/{file.relative_to(CLIENT).as_posix()}": file.read_text() for file in CLIENT.rglob("*.js")}
    write(tmp_path, join_modules(sources, "/src/app/main.js"))
    for path in ("src/app/main.js", "src/games/arena.js"):
        run(tmp_path, "--check", path)


def test_a_part_that_comes_later_is_found_from_where_the_module_was_that_asks_for_it(tmp_path: Path) -> None:
    sources = {
        "/src/main.js": 'import { late } from "./view/late.js";\nlate();\n',
        "/src/view/late.js": 'export const late = () => import("./part.js").then(({ say }) => say());\n',
        "/src/view/part.js": 'export const say = () => console.log("late");\n',
    }
    write(tmp_path, join_modules(sources, "/src/main.js"))
    assert run(tmp_path, "src/main.js") == "late\n"


def test_types_in_comments_stay_as_they_are_where_comments_are_kept() -> None:
    typed = '/**\n * @type {import("./part.js").Part}\n */\nexport const text = `two\nlines`;\n'
    sources = {
        "/src/main.js": 'import { text } from "./view/text.js";\nconsole.log(text);\n',
        "/src/view/text.js": typed,
    }
    assert ' * @type {import("./part.js").Part}\n' in join_modules(sources, "/src/main.js")["/src/main.js"]
