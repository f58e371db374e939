"""What is secret is in no text that is made of an object: such texts come into logs and tracebacks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import attrs

import game_server

SECRETS = {"password", "token", "key", "admin_token"}
PLAIN = {("TomlEntry", "key"), ("Upgrade", "key")}
"""The name of an option, and what a handshake has to repeat."""


def classes() -> Iterator[type[attrs.AttrsInstance]]:
    """Every class of ours that attrs made."""
    for module in pkgutil.walk_packages(game_server.__path__, "game_server."):
        if not module.name.endswith("__main__"):
            made = vars(importlib.import_module(module.name)).values()
            yield from (
                one for one in made if inspect.isclass(one) and attrs.has(one) and one.__module__ == module.name
            )


def test_no_secret_is_in_the_text_of_the_object_that_holds_it() -> None:
    held = {
        (one.__name__, field.name): field.repr
        for one in classes()
        for field in attrs.fields(one)
        if field.name in SECRETS
    }
    assert len(held) > 10
    assert {names for names, shown in held.items() if shown} == PLAIN
