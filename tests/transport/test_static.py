from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path

import pytest
import trio.testing

from game_server.errors import ConfigError
from game_server.transport.responses import Response
from game_server.transport.static import REFRESH_SECONDS, Site


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
    assert etag.startswith('"')
    for have in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = files.get("/src/main.js", have)
        assert response is not None
        assert response.status is HTTPStatus.NOT_MODIFIED
        assert response.body == b""
        assert header(response, "ETag") == etag
    other = files.get("/src/main.js", '"other"')
    assert other is not None
    assert other.status is HTTPStatus.OK


async def test_a_file_that_changes_is_read_again(site: Path, autojump_clock: trio.testing.MockClock) -> None:
    files, page = Site(site), site / "src" / "main.js"
    before = files.get("/src/main.js")
    page.write_text("export const answer = 43;\n")
    os.utime(page, ns=(1, 1))
    assert files.get("/src/main.js") is before
    autojump_clock.jump(REFRESH_SECONDS)
    after = files.get("/src/main.js")
    assert after is not None
    assert b"43" in after.body
    assert header(after, "ETag") != header(before, "ETag")


async def test_files_come_and_go(site: Path, autojump_clock: trio.testing.MockClock) -> None:
    files = Site(site)
    (site / "new.css").write_text("body {}")
    (site / "index.html").unlink()
    autojump_clock.jump(REFRESH_SECONDS)
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
