"""The wheel, away from the checkout that it was built in."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.e2e.processes import start_host

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, as in site-packages."""
    built, installed = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(built)]
    subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, timeout=60)
    [wheel] = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(installed)
    return installed


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_has_the_package_and_the_client_and_nothing_else(installed: Path) -> None:
    [metadata] = installed.glob("*.dist-info")
    assert {path.name for path in installed.iterdir()} == {"game_server", metadata.name}
    assert (installed / "game_server" / "py.typed").is_file()
    assert files_in(installed / "game_server" / "_web") == files_in(PROJECT / "web_client")


def test_a_host_from_the_wheel_serves_the_client_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    page = installed / "game_server" / "_web" / "index.html"
    page.write_text("<!doctype html>the installed one")
    command = (sys.executable, "-m", "game_server")
    host = start_host(("--bots", "0"), tmp_path, command, PYTHONPATH=str(installed))
    try:
        with urllib.request.urlopen(host.url, timeout=5) as response:
            assert response.read() == page.read_bytes()
    finally:
        assert host.stop() == 0
