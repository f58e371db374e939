"""Options on their way to a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.options import ServerOptions
from game_server.protocol import Spectating
from game_server.simulation import Rules
from game_server.supervisor.packing import pack, unpack
from tests.live_server import toy_options

texts = st.text(max_size=10)
others = st.fixed_dictionaries(
    {},
    optional={
        "name": texts,
        "bots": st.integers(0, 4),
        "seed": st.none() | st.integers(),
        "rules": st.builds(Rules, texts, st.dictionaries(texts, st.integers() | st.booleans())),
        "spectating": st.sampled_from(Spectating),
        "password": texts,
    },
)


def carried(options: Any) -> Any:
    return unpack(json.loads(json.dumps(pack(options))))


@given(others, st.tuples(texts), st.none() | st.just(Path("some/where")), st.none() | st.just(()))
def test_options_arrive_as_they_were(
    match: dict[str, Any], origins: tuple[str], data: Path | None, matches: tuple[()] | None
) -> None:
    options = attrs.evolve(toy_options(**match), origins=origins, data=data, matches=matches)
    assert carried(options) == options


def test_an_option_that_is_new_has_its_default_and_one_that_is_gone_is_ignored() -> None:
    packed = pack(toy_options())
    del packed["fields"]["port"]
    packed["fields"]["gone"] = 7
    assert unpack(packed).port == attrs.fields(ServerOptions).port.default


def test_what_is_no_option_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be packed"):
        pack(object())
