"""The list of files in docs/FILES.md: of each, the first sentence of its docstring, and the constants that it sets.

Numbers are there with their values, so that a changed limit or default shows in a document, not in the code alone.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "FILES.md"

_INTRODUCTION: Final = """\
# Files

Every file of the server and of the browser client: what it is about, and the constants and options that it sets, \
with their values and defaults. To find the file of a change, search this page for the usual word for it. \
`tools/make_file_list` generates the page from the code; [ARCHITECTURE.md](ARCHITECTURE.md) has the structure.
"""
_OPTIONS: Final = ("Options", "Budgets", "Limits", "Stays")
_TABLE_HEAD: Final = ("| file | what it is about | constants, options |", "| --- | --- | --- |")
_FIRST_SENTENCE: Final = re.compile(r".*?[\w)`]{2}\.(?=\s|$)")
_FIRST_COMMENT: Final = re.compile(r"(?:<!doctype html>)?\s*(?:/\*\*?|<!--)(.*?)(?:\*/|-->)", re.DOTALL)
_JS_CONSTANT: Final = re.compile(r"^(?:export )?const ([A-Z][A-Z0-9_]+) = [-\d\"'\[({]", re.MULTILINE)


def first_sentence(docstring: str) -> str:
    """The first sentence of a docstring, or all of its first paragraph if that has none."""
    paragraph = " ".join(docstring.strip().split("\n\n")[0].split())
    found = _FIRST_SENTENCE.match(paragraph)
    return found.group() if found else paragraph


def _is_plain(value: ast.expr | None) -> bool:
    """Whether an expression is a number, a text, or made of such by arithmetic or in a tuple."""
    match value:
        case ast.Constant(value=int() | float() | str()) | ast.Name():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_plain(operand)
        case ast.BinOp(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
        case ast.Tuple(elts=elements):
            return all(map(_is_plain, elements))
    return False


def _python_constants(module: ast.Module) -> Iterator[str]:
    """Constants of a module, and the fields of its classes of options."""
    for node in module.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if name.isupper() and _is_plain(value):
                yield f"{name.strip('_')}{_shown(value)}"
            case ast.ClassDef(name=name, body=body) if any(name.endswith(kind) for kind in _OPTIONS):
                for field in body:
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                        yield f"{field.target.id}{_shown(field.value)}"


def _shown(value: ast.expr | None) -> str:
    """The value of a constant, or the default of an option, if it is made of numbers and names."""
    if isinstance(value, ast.Call):
        value = next((keyword.value for keyword in value.keywords if keyword.arg == "default"), None)
    if value is None or not _is_plain(value) or any(map(_is_text, ast.walk(value))):
        return ""
    return f" = {ast.unparse(value)}"


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def describe(path: Path) -> tuple[str, list[str]]:
    """The first sentence of the docstring of a file, and the names that it sets."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        module = ast.parse(text)
        return first_sentence(ast.get_docstring(module) or ""), list(_python_constants(module))
    found = _FIRST_COMMENT.match(text)
    docstring = re.sub(r"^ \* ?", "", found.group(1), flags=re.MULTILINE) if found else ""
    return first_sentence(docstring), _JS_CONSTANT.findall(text)


def files() -> list[Path]:
    """The files of the list, folder by folder; no ``__init__.py``, since ARCHITECTURE.md describes the folders."""
    python = (path for path in (ROOT / "game_server").rglob("*.py") if path.name != "__init__.py")
    client = ROOT / "web_client"
    found = [*python, client / "index.html", client / "style.css", *(client / "src").rglob("*.js")]
    return sorted(found, key=lambda path: (path.parent.relative_to(ROOT).parts, path.name))


def row(path: Path) -> str:
    """The row of a file in its table."""
    sentence, names = describe(path)
    cells = (f"`{path.name}`", sentence.replace("|", r"\|"), ", ".join(f"`{name}`" for name in names))
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def file_list() -> str:
    """The text of docs/FILES.md."""
    lines = [_INTRODUCTION]
    for folder, members in groupby(files(), key=lambda path: path.parent):
        lines += [f"## {folder.relative_to(ROOT)}", "", *_TABLE_HEAD]
        for path in members:
            lines.append(row(path))
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(file_list(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)}: {len(files())} files\n")
