"""docs/ARCHITECTURE.md names what there is: its files, its functions, and every folder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`((?:game_server|web_client|tests|tools)/[\w/.]+\.\w+)`", DOCUMENT)))


def defined() -> Iterator[str]:
    """Classes, functions and methods of the Python files that the document names."""
    for path in filter(lambda file: file.endswith(".py"), FILES):
        for node in ast.parse((ROOT / path).read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            if isinstance(node, ast.ClassDef):
                methods = (child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))
                yield from (f"{node.name}.{method.name}" for method in methods)


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_the_document_names_exists(path: str) -> None:
    assert (ROOT / path).is_file()


def test_functions_that_the_document_names_are_in_the_files_that_it_names() -> None:
    named = set(re.findall(r"`([A-Z]\w+(?:\.\w+)?)`", DOCUMENT)) | set(re.findall(r"`(\w+)` in `game_server", DOCUMENT))
    assert named - set(defined()) == set()


def test_every_folder_of_the_server_is_in_the_document() -> None:
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "game_server").glob("*/**/__init__.py")}
    missing = {
        str(folder)
        for folder in folders
        if f"`{folder}`" not in DOCUMENT and f"`{folder.name}/`" not in DOCUMENT and folder.parts[1] != "games"
    }
    assert missing == set()
