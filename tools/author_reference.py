"""docs/authors/REFERENCE.md, made from the docstrings of the face for games."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, Final

import attrs

from game_server import author
from game_server.authoring.bot import Seen, SeenRows, Sight
from game_server.authoring.chance import Chance
from game_server.authoring.declarations import HOOKS
from game_server.authoring.entities import Rows

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "authors" / "REFERENCE.md"

_INTRODUCTION: Final = """\
# Reference

All of `game_server.author`. Nothing else is promised to stay as it is. `tools/make_author_reference` generates this \
page from the code.

A game is a class that is derived from `Game`; its classes and attributes are declarations, and its methods are the \
rules. [FIRST_GAME.md](FIRST_GAME.md) is the way in, and \
[BROWSER.md](BROWSER.md) has the other half.
"""
_USED: Final = ("now", "playing", "ticks", "option", "input", "emit", "end_round")
_DECLARED: Final = """\
| attribute | what it says | unless you say so |
| --- | --- | --- |
| `name` | what hosts call it, `--game NAME` | the class in small letters |
| `title` | what people call it | its name with a capital |
| `seats` | players that a round needs, and most that a match has | `(1, 4096)` |
| `tick_rate` | ticks a second, unless the host chooses otherwise | 30 |
| `size` | width and height of the field in world units | none: a game without places |
| `camera` | `"whole"` shows the whole field, `"follow"` the part around one's own player | `"follow"` |
| `minimap` | whether a small map of the field stands beside it | `False` |
| `may_idle` | seconds for which a player may do nothing and keep the seat | 300 without inputs, else as hosts say |
| `inputs` | what players press: `Inputs(...)` | nothing |
| `rounds` | how long the phases of a round last: `Rounds(...)` | no rounds |
| `modes`, `options` | what those who open a match may choose | nothing |
| `web` | the folder with `game.js` | `web` beside the module |

A class `Player(Entity)` has to be there. Other entities, `Single`, `Event` and `Command` are classes inside the class \
of the game, too. A field of an event is `int`, `str`, or the name of an entity: `player: "Player"`.

`predicted(me, input, dt)` is the rule that browsers predict: [PREDICTION.md](PREDICTION.md).
"""
_SECTIONS: Final[tuple[tuple[str, tuple[Any, ...]], ...]] = (
    ("Who joins", (author.Newcomer,)),
    ("Rows", (author.Entity, Rows, author.Single)),
    ("Fields", (author.place, author.number, author.count, author.flag, author.ticks, author.player, author.total)),
    ("Events and commands", (author.Event, author.Command, author.text, author.counts)),
    ("Inputs", (author.Inputs, author.Stick, author.Button, author.Aim, author.Pointer, author.Wheel)),
    ("Rounds", (author.Rounds, author.RoundPhases, author.RoundRow, author.PlayedInRounds)),
    ("Chance", (Chance,)),
    ("Options", (author.Mode, author.Switch, author.Number, author.Choice)),
    ("Bots", (author.Bot, Sight, SeenRows, Seen)),
    (
        "Functions of predicted rules",
        (author.sqrt, author.floor, author.ceil, author.trunc, author.sign, author.clamp),
    ),
    ("Errors", (author.RulesError,)),
)


def reference() -> str:
    """Write the page."""
    parts = [_INTRODUCTION, "## Game\n", _DECLARED, "### What you write\n"]
    parts += [_member(author.Game, name, "self.") for name in HOOKS]
    parts.append("### What your rules may use\n")
    parts.append("`self.players` and the rows of each other entity, `self.chance`, and:\n")
    parts += [_member(author.Game, name, "self.") for name in _USED]
    for title, things in _SECTIONS:
        parts.append(f"## {title}\n")
        parts += [_thing(thing) for thing in things]
    return "\n".join(parts)


def documented() -> set[str]:
    """Return the names that have an entry of their own, and `Game`."""
    return {"Game", *(thing.__name__ for _, things in _SECTIONS for thing in things)}


def _thing(thing: Any) -> str:
    if inspect.isfunction(thing):
        return f"### {thing.__name__}{_parameters(thing)}\n\n{_markdown(thing)}"
    own = [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)) and value.__doc__
    ]
    members = [_member(thing, name, "") for name in own if thing.__name__ not in ("Inputs", "Event", "Field")]
    call = _parameters(thing) if attrs.has(thing) and attrs.fields(thing) else ""
    return "\n".join([f"### {thing.__name__}{call}\n\n{_markdown(thing)}", *_without_engine(members)])


def _without_engine(members: list[str]) -> list[str]:
    """Leave out what the engine calls: the methods of options."""
    return [member for member in members if not member.startswith(("- `read", "- `preset", "- `parse"))]


def _member(owner: type, name: str, prefix: str) -> str:
    value = inspect.getattr_static(owner, name)
    call = "" if isinstance(value, property) else _parameters(value)
    text = re.sub(r"\n(?=.)", "\n  ", _markdown(value)).rstrip()
    return f"- `{prefix}{name}{call}`: {text}\n"


def _parameters(function: Any) -> str:
    """Return the parameters without annotations and without `self`."""
    out = []
    star = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            out.append("*")
            star = True
        name = f"**{parameter.name}" if parameter.kind is inspect.Parameter.VAR_KEYWORD else parameter.name
        default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
        out.append(name + default)
    return f"({', '.join(out)})"


def _markdown(thing: Any) -> str:
    """Return the docstring of ``thing`` as Markdown: examples in fences, sections as lists."""
    text = inspect.getdoc(thing) or ""
    lines, fenced = [], False
    for line in text.replace("``", "`").splitlines():
        if line.endswith("::") and not fenced:
            lines += [line[:-1], ""] if line != "::" else []
            lines.append("```text")
            fenced = True
        elif fenced and line and not line.startswith(" "):
            while not lines[-1]:
                lines.pop()
            lines += ["```", "", line]
            fenced = False
        elif fenced:
            if line or lines[-1] != "```text":
                lines.append(line.removeprefix("    "))
        elif line in ("Args:", "Raises:", "Attributes:", "Returns:"):
            lines += [f"*{line[:-1]}*", ""]
        elif re.match(r" {4}\w[\w, ]*: ", line):
            lines.append(f"- {line.strip()}")
        else:
            lines.append(line.strip() if line.startswith("    ") else line)
    if fenced:
        lines.append("```")
    return "\n".join(lines).replace("```text", "```").strip() + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(reference(), encoding="utf-8")
    print(f"docs/authors/{DOCUMENT.name}: {len(documented())} names")
