"""A Python 2.7 with the Autobahn test suite, which runs on nothing newer; installed in ``.cache/bench/autobahn``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from tools.bench.installing import CACHE

FOLDER: Final = CACHE / "autobahn"
COMMANDS: Final = ("python2.7", "python2", "pypy")
PIP: Final = "pip==20.3.4"
"""The last one for Python 2.7."""
REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
_ASK_SECONDS: Final = 20.0
_INSTALL_SECONDS: Final = 600.0
_VERSION: Final = "import sys; print('%d.%d' % sys.version_info[:2])"
# The folder comes first on the path, and as a site: zope is spread over packages by a .pth file.
_WSTEST: Final = (
    "import site, sys; folder = sys.argv.pop(1); sys.path.insert(0, folder); site.addsitedir(folder); "
    "from autobahntestsuite.wstest import run; run()"
)


class NoPython2(Exception):
    """There is no Python 2.7."""


def find_python2(command: str | None) -> str:
    """The path of a Python 2.7: ``command``, or the first of `COMMANDS` that is one.

    Raises:
        NoPython2: with what to do about it.
    """
    for name in (command,) if command else COMMANDS:
        path = shutil.which(name)
        if path and _version(path) == "2.7":
            return path
    if command:
        raise NoPython2(f"{command!r} is no Python 2.7; give one by --python2")
    raise NoPython2(
        f"the Autobahn test suite needs a Python 2.7, and none of {', '.join(COMMANDS)} is one here; "
        "install it (Debian 11 has the package python2.7, pyenv the version 2.7.18), or give its path by --python2"
    )


def wstest(python2: str) -> list[str]:
    """The command of the suite, without its arguments; it is installed on first use.

    Raises:
        subprocess.SubprocessError: that failed.
    """
    _install(python2)
    return [python2, "-c", _WSTEST, str(FOLDER / "site")]


def versions() -> dict[str, str]:
    """Of the suite and the library that it is written with."""
    lines = REQUIREMENTS.read_text().splitlines()
    return dict(line.split("==") for line in lines if line.startswith("autobahn"))


def _install(python2: str) -> None:
    recipe = f"{python2}\n{PIP}\n{REQUIREMENTS.read_text()}"
    stamp = FOLDER / "stamp"
    if stamp.exists() and stamp.read_text() == recipe:
        return
    print("tools/bench/run: installing the Autobahn test suite", file=sys.stderr)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    # From the wheel, as a Python 2.7 of today often comes without pip and setuptools.
    _run(sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", str(FOLDER), PIP)
    [wheel] = FOLDER.glob("pip-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(FOLDER / "pip")
    pip = (python2, str(FOLDER / "pip" / "pip"), "install", "-qq", "--no-python-version-warning")
    _run(*pip, "--target", str(FOLDER / "site"), "--no-deps", "--use-pep517", "--requirement", str(REQUIREMENTS))
    stamp.write_text(recipe)


def _version(path: str) -> str:
    try:
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=_INSTALL_SECONDS)
