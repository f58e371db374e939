"""The files beside docs/PROTOCOL.md are what the code makes of them, and say what the document says."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import msgpack
import pytest

from tests.protocol_document import section, section_of, tables
from tests.test_protocol_document import RANGES
from tests.vectors import arena_session, examples, protocol_schema

FOLDER = protocol_schema.FILE.parent
PROTOCOL: dict[str, Any] = json.loads(protocol_schema.FILE.read_text())
MESSAGES = {message["name"]: message for message in PROTOCOL["messages"]}


@pytest.mark.parametrize("made", [arena_session, examples, protocol_schema], ids=lambda made: made.FILE.name)
def test_a_file_is_what_the_code_makes_of_it(made: ModuleType) -> None:
    committed = made.FILE.read_text(encoding="utf-8")
    assert committed == made.document(), "the wire or the rules have changed; if on purpose, run tools/make_vectors"


def test_every_file_is_linked_and_described() -> None:
    text = section("## 12. Files")
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == sorted(file.name for file in FOLDER.iterdir())
    for file in FOLDER.iterdir():
        assert f"[protocol/{file.name}](protocol/{file.name})" in section(f"### {file.name}", text)


def test_the_messages_and_fields_of_the_schema_are_those_of_the_document() -> None:
    for sender, heading in (("client", "## 3. Messages from the client"), ("server", "## 4. Messages from the server")):
        documented = {
            name.strip("`"): (int(number), fields.strip("`").split(", ") if fields else [])
            for number, name, fields, _ in tables(section(heading))[0]
        }
        assert documented == {
            name: (message["type"], [field["name"] for field in message["fields"]])
            for name, message in MESSAGES.items()
            if message["from"] == sender
        }


def test_the_document_names_each_array_whose_items_the_schema_does_not_describe() -> None:
    open_ended = [
        f"the `{field['name']}` of `{message['name']}`"
        for message in PROTOCOL["messages"]
        for field in message["fields"]
        if field["type"] == "array" and not field.keys() & {"of", "of_by_turns"}
    ]
    assert f"if it has neither ({', '.join(open_ended)}), sections 5 and 4 describe it" in section("### protocol.json")


@pytest.mark.parametrize(("name", "index", "low", "high", "characters"), RANGES)
def test_a_range_of_the_schema_is_that_of_the_document(
    name: str, index: int, low: int, high: int, characters: bool
) -> None:
    field = MESSAGES[name]["fields"][index - 1]
    if characters:
        assert field["max_characters"] == high
    else:
        assert (field["min"], field["max"]) == (low, high)


@pytest.mark.parametrize("name", ["events", "notice", "home", "refused", "said", "moderate", "admin"])
def test_codes_of_the_schema_are_those_of_the_document(name: str) -> None:
    documented = {row[1].strip("`"): int(row[0]) for row in tables(section_of(name))[-1]}
    assert PROTOCOL["codes"][name] == documented


def test_close_codes_of_the_schema_and_what_they_do_to_the_seat_are_those_documented() -> None:
    text = section("## 8. Close codes")
    documented = {int(code): name.replace(" ", "_") for code, name, *_ in tables(text)[0]}
    assert {one["code"]: one["name"] for one in PROTOCOL["close_codes"]} == documented
    said = re.search(r"ends with ([\d, ]+) or (\d+) gives up the seat", text)
    assert said
    assert [one["code"] for one in PROTOCOL["close_codes"] if one["gives_up_the_seat"]] == [
        *map(int, said[1].split(", ")),
        int(said[2]),
    ]


def test_there_is_an_answer_for_every_message_of_a_client_in_every_state() -> None:
    answers = PROTOCOL["answers"]
    assert {re.split(r"\W", row)[0] for row in answers} == {
        name for name, message in MESSAGES.items() if message["from"] == "client"
    }
    assert len({tuple(outcomes) for outcomes in answers.values()}) == 1
    assert all(outcome for outcomes in answers.values() for outcome in outcomes.values())


def test_what_fields_stand_for_is_in_the_schema() -> None:
    named = PROTOCOL["codes"] | PROTOCOL["bits"] | PROTOCOL["kinds"]
    coded = {field["codes"] for message in MESSAGES.values() for field in message["fields"] if "codes" in field}
    assert coded == set(protocol_schema.CODED.values())
    assert coded <= named.keys()


def test_every_example_of_the_file_is_of_a_message_of_the_schema() -> None:
    def restored(value: Any) -> Any:
        if isinstance(value, list):
            return [restored(item) for item in value]
        return bytes.fromhex(value["bin"]) if isinstance(value, dict) and "bin" in value else value

    seen = set()
    for example in examples.examples():
        array = restored(example["message"])
        assert msgpack.unpackb(bytes.fromhex(example["data"])) == array
        [message] = [one for one in MESSAGES.values() if one["type"] == array[0]]
        assert (example["from"], len(array)) == (message["from"], 1 + len(message["fields"]))
        seen.add(array[0])
    assert seen == {one["type"] for one in MESSAGES.values()}
