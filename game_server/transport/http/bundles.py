"""The browser client's ES modules, joined: a file for the page, one for what other pages share with it, and parts.

The sources stay modules that a browser can run as they are; joining them when the server starts is no build step. It
takes a first visit from 130 requests to nine, and its modules from 179 KB to 94 KB: small files compress badly.

Each module becomes a function that is called once, in the order in which the browser would have run them, and gives
back what the module exports. So a module's names stay its own. Lines stay lines of the source, but for comments, which
are left empty: a third of what would be sent.

    const $2 = (() => { // /src/net/backoff.js
    const { seconds } = $1;
    class Backoff { ... }
    return { Backoff };
    })();

The page's own module, whose top level starts the page, is in a bundle that nothing else needs: a page of somebody
else's that plays a match (``/sdk.js``) gets half of what our page has, and no lobby.

A bundle exports its modules by their numbers. So a module that is asked for by its own path can pass on what the bundle
holds, and exists once on a page, however it is imported.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Final

import attrs

_IMPORT: Final = re.compile(r'^import (?:(\{[^}]*\}|\* as \w+) from )?"(\.{1,2}/[^"]+)";', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?function\*?|class|const) (\w+)", re.MULTILINE)
_NOTHING: Final = re.compile(r"^export \{\};", re.MULTILINE)
"""How a file says that it is a module although it exports nothing."""
_DYNAMIC: Final = re.compile(r"(\bimport\([`\"'])(\.{1,2}/)")
"""A call of ``import`` with a path beside the module; in comments, JSDoc's types look the same."""
_ADDRESS: Final = re.compile(r"\bimport\.meta\.url\b")
_COMMENT: Final = re.compile(r"\s*(?:/?\*|//)")
_FOREIGN: Final = re.compile(r"^(?:import\b(?!\()|export\b|await\b|for await\b).*|\bimport\.meta\b", re.MULTILINE)
"""What is left of a module's syntax after the above: nothing here knows what to do with it."""


class NotJoinable(Exception):
    """A module uses syntax that cannot be joined; it says which and where."""


@attrs.frozen
class _Module:
    path: str
    needs: tuple[str, ...]
    """Paths of the modules that it imports, in the order of the source."""
    exports: tuple[str, ...]
    text: str


def join_modules(sources: Mapping[str, str], page: str) -> dict[str, str]:
    """Join ``sources`` into bundles.

    Args:
        sources: modules by path (``/src/app/main.js``).
        page: path of the module that the page begins with. What it alone needs goes into its bundle, and what others
            need as well into one of its own. Every other module goes into the bundle of the one that needs it, or has
            its own when several do.

    Returns:
        What to serve at each path of ``sources``: a bundle, or a few lines that pass on what is in one.

    Raises:
        NotJoinable: a module has syntax beyond what is understood here, needs one that is not there, or two need
            each other.
    """
    modules = {path: _read(path, text) for path, text in sources.items()}
    homes = _homes(modules, page)
    order = _order(modules)
    number = {path: at for at, path in enumerate(order)}
    bundles = {home: [path for path in order if homes[path] == home] for home in homes.values()}
    served = {home: _bundle(home, members, modules, homes, number) for home, members in bundles.items()}
    for path, home in homes.items():
        if path != home:
            served[path] = _stub(modules[path], home, number[path])
    return served


def _read(path: str, text: str) -> _Module:
    needs = tuple(posixpath.normpath(posixpath.join(posixpath.dirname(path), to)) for _, to in _IMPORT.findall(text))
    exports = tuple(name for _, name in _EXPORT.findall(text))
    rest = _ADDRESS.sub("", _NOTHING.sub("", _EXPORT.sub("", _IMPORT.sub("", text))))
    if strange := _FOREIGN.search(rest):
        raise NotJoinable(f"{path} has {strange.group().strip()!r}")
    return _Module(path, needs, exports, text)


def _order(modules: Mapping[str, _Module]) -> list[str]:
    """Paths, every one after those that it needs."""
    order: dict[str, bool] = {}  # whether it is finished

    def visit(path: str, needed_by: str) -> None:
        if path not in modules:
            raise NotJoinable(f"{needed_by} imports {path}, which is not there")
        if path in order:
            if not order[path]:
                raise NotJoinable(f"{needed_by} and {path} import each other")
            return
        order[path] = False
        for need in modules[path].needs:
            visit(need, path)
        del order[path]  # so that it comes after what it needs
        order[path] = True

    for path in modules:
        visit(path, path)
    return list(order)


def _homes(modules: Mapping[str, _Module], page: str) -> dict[str, str]:
    """For each module, the module that names its bundle."""
    needed = {need for module in modules.values() for need in module.needs}
    roots = [page, *(path for path in modules if path not in needed and path != page)]
    reached: dict[str, list[str]] = {path: [] for path in modules}
    for root in roots:
        for path in _needed_by(modules, root):
            reached[path].append(root)
    shared = [path for path, by in reached.items() if by[:1] == [page] and len(by) > 1]
    # Named by the one that needs the most of them: of all names, it says most of what is inside.
    middle = max(shared, key=lambda path: len(_needed_by(modules, path)), default=page)
    homes = {path: by[0] if len(by) == 1 else path for path, by in reached.items()}
    # What no root reaches stands in a circle, which `_order` reports.
    return homes | dict.fromkeys(shared, middle)


def _needed_by(modules: Mapping[str, _Module], root: str) -> set[str]:
    """Paths of ``root`` and of all that it needs; those that are not there, which `_order` reports, left out."""
    waiting, seen = [root], {root}
    while waiting:
        fresh = {need for need in modules[waiting.pop()].needs if need in modules} - seen
        seen |= fresh
        waiting += fresh
    return seen


def _bundle(
    home: str,
    members: list[str],
    modules: Mapping[str, _Module],
    homes: Mapping[str, str],
    number: Mapping[str, int],
) -> str:
    foreign = list(dict.fromkeys(need for path in members for need in modules[path].needs if homes[need] != home))
    parts = []
    for other in dict.fromkeys(homes[need] for need in foreign):
        names = ", ".join(f"${number[need]}" for need in foreign if homes[need] == other)
        parts.append(f'import {{ {names} }} from "{_relative(other, home)}";')
    for path in members:
        module = modules[path]
        body = _body(module, home, number).rstrip("\n")
        returned = f"return {{ {', '.join(module.exports)} }};" if module.exports else "return {};"
        parts.append(f"const ${number[path]} = (() => {{ // {path}\n{body}\n{returned}\n}})();")
    parts.append(f"export {{ {', '.join(f'${number[path]}' for path in members)} }};")
    if own := modules[home].exports:
        parts.append(f"export const {{ {', '.join(own)} }} = ${number[home]};")
    return "\n".join(parts) + "\n"


def _body(module: _Module, home: str, number: Mapping[str, int]) -> str:
    def imported(found: re.Match[str]) -> str:
        names, to = found.groups()
        if names is None:
            return ""
        source = f"${number[posixpath.normpath(posixpath.join(posixpath.dirname(module.path), to))]}"
        if names.startswith("*"):
            return f"const {names.removeprefix('* as ')} = {source};"
        return f"const {names.replace(' as ', ': ')} = {source};"

    aside = posixpath.relpath(posixpath.dirname(module.path), posixpath.dirname(home))
    text = _IMPORT.sub(imported, module.text)
    text = _ADDRESS.sub(f'new URL("{_relative(module.path, home)}", import.meta.url).href', text)
    text = _NOTHING.sub("", _EXPORT.sub(r"\1 \2", text))
    lines = text.split("\n")
    if not any(line.count("`") % 2 for line in lines):  # in a text of several lines, what looks like a comment is none
        lines = _without_comments(lines)
    return "\n".join(line if _COMMENT.match(line) else _DYNAMIC.sub(rf"\g<1>./{aside}/\g<2>", line) for line in lines)


def _without_comments(lines: list[str]) -> list[str]:
    """``lines``, empty where there is nothing but a comment."""
    kept, inside = [], False
    for line in lines:
        if inside or line.lstrip().startswith("/*"):
            _, ended, rest = line.partition("*/")
            kept.append(rest if rest.strip() else "")
            inside = not ended
        else:
            kept.append("" if line.lstrip().startswith("//") else line)
    return kept


def _stub(module: _Module, home: str, number: int) -> str:
    lines = [f'import {{ ${number} }} from "{_relative(home, module.path)}";']
    if module.exports:
        lines.append(f"export const {{ {', '.join(module.exports)} }} = ${number};")
    return "\n".join(lines) + "\n"


def _relative(path: str, to: str) -> str:
    return "./" + posixpath.relpath(path, posixpath.dirname(to))
