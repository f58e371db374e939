from __future__ import annotations

import errno
import gzip
import os
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from game_server.errors import ConfigError
from game_server.transport.http import bundles
from game_server.transport.http.responses import Response
from game_server.transport.http.static_files import REFRESH_SECONDS, GameFiles, Site


def header(response: Response | None, name: str) -> str:
    assert response is not None
    return dict(response.headers)[name]


async def test_the_root_is_the_index_page(site: Path) -> None:
    assert Site(site).get("/") == Site(site).get("/index.html")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.json", "application/json"),
        ("A.PNG", "image/png"),
        ("a.woff2", "font/woff2"),
    ],
)
async def test_each_kind_of_file_has_its_type(site: Path, name: str, content_type: str) -> None:
    (site / name).write_bytes(b"content")
    response = Site(site).get(f"/{name}")
    assert header(response, "Content-Type") == content_type
    assert header(response, "Cache-Control") == "no-cache"


@pytest.mark.parametrize("name", [".env.json", "notes.md", "server.py", "main.js.bak", ".git/config.txt"])
async def test_hidden_files_and_other_kinds_do_not_exist(site: Path, name: str) -> None:
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text("private")
    assert Site(site).get(f"/{name}") is None


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/src/../index.html", "//index.html", "/src", "/src/", "", "/index.html\0", "/a\\b"]
)
async def test_only_the_path_of_a_file_finds_it(site: Path, path: str) -> None:
    assert Site(site).get(path) is None


async def test_a_browser_that_has_the_file_gets_304_without_a_body(site: Path) -> None:
    files = Site(site)
    etag = header(files.get("/src/main.js"), "ETag")
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    for have in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = files.get("/src/main.js", have)
        assert response is not None
        assert response.status is HTTPStatus.NOT_MODIFIED
        assert response.body == b""
        assert header(response, "ETag") == etag
    other = files.get("/src/main.js", '"other"')
    assert other is not None
    assert other.status is HTTPStatus.OK


async def test_a_file_that_changes_is_read_again(site: Path) -> None:
    files, page = Site(site), site / "src" / "main.js"
    before = files.get("/src/main.js")
    page.write_text("export const answer = 43;\n")
    os.utime(page, ns=(1, 1))
    assert files.get("/src/main.js") is before
    await files.look_again()
    after = files.get("/src/main.js")
    assert after is not None
    assert b"43" in after.body
    assert header(after, "ETag") != header(before, "ETag")


async def test_files_come_and_go(site: Path) -> None:
    files = Site(site)
    (site / "new.css").write_text("body {}")
    (site / "index.html").unlink()
    await files.look_again()
    assert files.get("/new.css") is not None
    assert files.get("/") is None


async def test_a_file_that_cannot_be_read_is_left_out(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    (site / "gone.js").symlink_to(site / "nowhere.js")
    files = Site(site)
    assert files.get("/gone.js") is None
    assert files.get("/src/main.js") is not None
    assert "/gone.js" in caplog.text


async def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        Site(tmp_path / "nowhere")


PAGE = """<!doctype html>
<link rel="stylesheet" href="style.css">
<a href="https://example.org/style.css">elsewhere</a>
<script type="module" src="src/main.js"></script>
"""


@pytest.fixture
def client(site: Path) -> Path:
    """A page with a script of two modules, and a style."""
    (site / "index.html").write_text(PAGE)
    (site / "style.css").write_text("body { color: red; }\n" * 40)
    (site / "src" / "main.js").write_text('import { name } from "./name.js";\nconsole.log(name);\n' + "// words\n" * 40)
    (site / "src" / "name.js").write_text('export const name = "Ada";\n')
    return site


def named(files: Site) -> dict[str, str]:
    """Of each file that the page names, its address there."""
    page = files.get("/")
    assert page is not None
    return {Path(address).name: address for address in re.findall(r'(?:href|src)="(/[^"]+)"', page.body.decode())}


async def test_a_page_is_given_the_version_of_a_game_that_is_being_written_and_others_none(client: Path) -> None:
    (client / "index.html").write_text('<meta name="dev" content="">')
    for version in ("", "3f9c"):
        page = Site(client, version=version).get("/")
        assert page is not None
        assert page.body == f'<meta name="dev" content="{version}">'.encode()


async def test_the_page_names_its_files_at_addresses_that_never_change(client: Path) -> None:
    files = Site(client)
    addresses = named(files)
    assert set(addresses) == {"style.css", "main.js"}
    for address in addresses.values():
        assert re.fullmatch(r"/v/[0-9a-f]{16}/(style\.css|src/main\.js)", address)
        assert header(files.get(address), "Cache-Control") == "public, max-age=31536000, immutable"
    assert header(files.get("/"), "Cache-Control") == "no-cache"
    assert b"https://example.org/style.css" in (files.get("/") or Response(HTTPStatus.OK)).body


async def test_the_page_s_style_comes_without_its_comments(client: Path) -> None:
    (client / "style.css").write_text("/* Words\nand more */\nbody { color: red; }\n/* The end */\n")
    files = Site(client)
    kept, own = files.get(named(files)["style.css"]), files.get("/style.css")
    assert kept is not None
    assert own is not None
    assert kept.body == b"body { color: red; }\n"
    assert own.body == (client / "style.css").read_bytes()


async def test_the_page_s_script_comes_with_the_modules_that_it_imports(client: Path) -> None:
    files = Site(client)
    script = files.get(named(files)["main.js"])
    assert script is not None
    assert b'name = "Ada"' in script.body
    alone = files.get("/src/main.js")
    assert alone is not None
    assert alone.body == (client / "src" / "main.js").read_bytes()


async def test_modules_that_cannot_be_joined_are_served_one_by_one(
    client: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (client / "src" / "name.js").write_text("export let name = 1;\n")
    files = Site(client)
    script = files.get(named(files)["main.js"])
    assert script is not None
    assert script.body == (client / "src" / "main.js").read_bytes()
    assert "export let" in caplog.text


async def test_a_change_of_any_file_changes_every_address(client: Path) -> None:
    files = Site(client)
    before = named(files)
    (client / "style.css").write_text("body {}")
    await files.look_again()
    after = named(files)
    assert before["main.js"] != after["main.js"]
    assert files.get(after["style.css"]) is not None
    old = files.get(before["style.css"], accept_encoding="identity")
    assert old is not None, "who was given the page before the change still comes for its files"
    assert b"red" in old.body


async def test_a_body_is_compressed_for_those_who_take_it(client: Path) -> None:
    files = Site(client)
    plain, smaller = files.get("/style.css"), files.get("/style.css", accept_encoding="gzip, br")
    assert plain is not None
    assert smaller is not None
    assert header(smaller, "Content-Encoding") == "gzip"
    assert "Content-Encoding" not in dict(plain.headers)
    assert header(plain, "Vary") == header(smaller, "Vary") == "Accept-Encoding"
    assert header(plain, "ETag") != header(smaller, "ETag")
    assert gzip.decompress(smaller.body) == plain.body


async def test_a_tag_of_the_compressed_form_holds_for_that_form_alone(client: Path) -> None:
    files = Site(client)
    tag = header(files.get("/style.css", accept_encoding="gzip"), "ETag")
    same = files.get("/style.css", tag, "gzip")
    assert same is not None
    assert same.status is HTTPStatus.NOT_MODIFIED
    assert header(same, "Vary") == "Accept-Encoding"
    assert "Content-Encoding" not in dict(same.headers)
    other = files.get("/style.css", tag)
    assert other is not None
    assert other.status is HTTPStatus.OK


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EACCES])
async def test_when_the_folder_cannot_be_listed_the_files_of_before_stay(
    client: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    files = Site(client)

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.scandir", refuse)
    for _ in range(3):
        await files.look_again()
        assert files.get("/") is not None
        assert files.get("/style.css") is not None
    assert caplog.text.count(os.strerror(number)) == 1


async def test_when_a_file_cannot_be_opened_for_want_of_descriptors_it_stays(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Site(client)
    (client / "style.css").write_text("changed")

    def refuse(_: Path) -> bytes:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    await files.look_again()
    style = files.get("/style.css")
    assert style is not None
    assert b"red" in style.body


async def test_a_file_that_cannot_be_read_is_complained_of_once(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    (site / "gone.js").symlink_to(site / "nowhere.js")
    files = Site(site)
    for _ in range(3):
        await files.look_again()
        files.get("/")
    assert caplog.text.count("cannot serve") == 1


async def test_while_changed_files_are_joined_what_was_there_is_served_and_nothing_waits(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Site(client)
    before = named(files)
    (client / "src" / "name.js").write_text('export const name = "Eve";\n')
    begun, may_end = trio.Event(), threading.Event()
    join = bundles.join_modules

    def join_slowly(sources: Mapping[str, str], page: str) -> dict[str, str]:
        trio.from_thread.run_sync(begun.set)
        assert may_end.wait(10)
        return join(sources, page)

    monkeypatch.setattr("game_server.transport.http.static_files.join_modules", join_slowly)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(files.look_again)
        with trio.fail_after(10):
            await begun.wait()
        assert named(files) == before
        may_end.set()
    assert named(files) != before


@pytest.mark.usefixtures("jumping_clock")
async def test_the_folder_is_looked_at_once_a_second_however_many_ask_at_once(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Site(site)
    looks: list[object] = []
    scan = os.walk

    def note(*args: Any, **more: Any) -> Any:
        looks.append(args)
        return scan(*args, **more)

    monkeypatch.setattr("os.walk", note)
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            for _ in range(20):
                files.refresh(nursery)
            await trio.sleep(REFRESH_SECONDS / 4)
    assert len(looks) == 1


# The files of games

SDK = 'import { name } from "./src/name.js";\n\nexport const called = name;\n'
GAME = 'import { called } from "/sdk.js";\nexport default { called };\n'


@pytest.fixture
def game(client: Path, tmp_path: Path) -> GameFiles:
    """The files of a game beside a page with modules for games."""
    (client / "sdk.js").write_text(SDK)
    (client / "games" / "own").mkdir(parents=True)
    (client / "games" / "own" / "game.js").write_text(
        'import { name } from "../../src/name.js";\nexport const a = name;\n'
    )
    (client / "index.html").write_text(f'<meta name="games" content="">\n{PAGE}')
    folder = tmp_path / "tag" / "web"
    (folder / "sounds").mkdir(parents=True)
    (folder / "game.js").write_text(GAME)
    (folder / "sounds" / "tagged.ogg").write_bytes(bytes(1000))
    return GameFiles("tag", folder, {"rules.js": "export const step = 1;\n"}, preloaded=True)


async def test_the_files_of_a_game_are_below_its_name(client: Path, game: GameFiles) -> None:
    files = Site(client, [game])
    module = files.get("/games/tag/game.js")
    assert module is not None
    assert module.body == GAME.encode()
    assert header(module, "Cache-Control") == "no-cache"
    rules = files.get("/games/tag/rules.js")
    assert rules is not None
    assert rules.body == b"export const step = 1;\n"


async def test_what_is_compressed_already_is_not_compressed_once_more(client: Path, game: GameFiles) -> None:
    sound = Site(client, [game]).get("/games/tag/sounds/tagged.ogg", accept_encoding="gzip")
    assert "Content-Encoding" not in dict((sound or Response(HTTPStatus.OK)).headers)
    assert header(sound, "Content-Type") == "audio/ogg"


async def test_a_module_of_a_game_shares_the_modules_of_the_page(client: Path, game: GameFiles) -> None:
    files = Site(client, [game])
    [prefix] = {address.removesuffix("/src/main.js") for name, address in named(files).items() if name == "main.js"}
    for path in ("/sdk.js", "/games/own/game.js"):
        door = files.get(path)
        assert door is not None
        assert door.body == f'export * from "{prefix}{path}";\n'.encode()
    shared = files.get(f"{prefix}/sdk.js")
    assert shared is not None
    assert b'"./src/name.js"' in shared.body, "what the page has comes from the bundle that it shares"


async def test_a_module_that_is_asked_for_again_is_fetched_again(client: Path, game: GameFiles) -> None:
    files = Site(client, [game])
    for query, shown in (("again=3", b'sdk.js?again=3";'), ("again=%22", b'sdk.js";'), ("other", b'sdk.js";')):
        door = files.get("/sdk.js", query=query)
        assert door is not None
        assert shown in door.body


async def test_the_page_knows_which_games_it_is_to_load_at_once(client: Path, game: GameFiles) -> None:
    files = Site(client, [game, GameFiles("own", client / "nowhere", preloaded=True), GameFiles("other", client)])
    page = files.get("/")
    assert page is not None
    found = re.search(rb'<meta name="games" content="tag own=(/v/[0-9a-f]{16}/games/own/game.js)">', page.body)
    assert found, "one that is joined has an address that never changes"
    assert files.get(found[1].decode()) is not None


async def test_a_game_without_a_folder_has_no_files_until_it_has_one(client: Path, game: GameFiles) -> None:
    files = Site(client, [GameFiles("later", game.folder.parent / "later")])
    assert files.get("/games/later/game.js") is None
    game.folder.rename(game.folder.parent / "later")
    await files.look_again()
    assert files.get("/games/later/game.js") is not None


async def test_a_module_of_a_game_may_use_any_syntax(client: Path, game: GameFiles) -> None:
    (game.folder / "odd.js").write_text('export * from "./game.js";\nawait 1;\nimport.meta.url;\n')
    files = Site(client, [game])
    script = files.get(named(files)["main.js"])
    assert script is not None
    assert b'from "./name.js";' in script.body, "the client's own modules are joined all the same"


async def test_a_file_that_is_too_large_is_left_out_and_logged(
    client: Path, game: GameFiles, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("game_server.transport.http.static_files.MOST_BYTES", 999)
    files = Site(client, [game])
    assert files.get("/games/tag/sounds/tagged.ogg") is None
    assert "cannot serve /games/tag/sounds/tagged.ogg: it has more than" in caplog.text


async def test_a_text_that_was_made_for_a_game_may_use_any_syntax_too(client: Path, game: GameFiles) -> None:
    files = Site(client, [attrs.evolve(game, made={"rules.js": 'export * from "./game.js";\nawait 1;\n'})])
    script = files.get(named(files)["main.js"])
    assert script is not None
    assert b'from "./name.js";' in script.body


@pytest.mark.parametrize(("more", "served"), [(0, True), (1, False)])
async def test_a_file_may_have_as_many_bytes_as_the_limit_says(
    site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, more: int, served: bool
) -> None:
    monkeypatch.setattr("game_server.transport.http.static_files.MOST_BYTES", 2 << 20)
    (site / "big.bin").write_bytes(bytes((2 << 20) + more))
    assert (Site(site).get("/big.bin") is not None) is served
    assert ("cannot serve /big.bin: it has more than 2 MB" in caplog.text) is not served


async def test_a_file_that_moves_changes_every_address_too(client: Path) -> None:
    files = Site(client)
    before = named(files)
    (client / "src" / "name.js").rename(client / "src" / "called.js")
    await files.look_again()
    assert before["style.css"] != named(files)["style.css"]


@pytest.mark.usefixtures("jumping_clock")
async def test_the_folder_is_looked_at_again_a_second_after_the_last_look(site: Path) -> None:
    files = Site(site)
    began, looked = trio.current_time(), list[bool]()
    async with trio.open_nursery() as nursery:
        for until in (REFRESH_SECONDS - 0.001, REFRESH_SECONDS):
            await trio.sleep_until(began + until)
            files.refresh(nursery)
            looked.append(bool(nursery.child_tasks))
    assert looked == [False, True]
