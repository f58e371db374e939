"""The browser's QR codes are those that segno makes, module for module."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno
from segno import encoder

NODE = Path(sys.executable).with_name("node")
MODULE = Path(__file__).parents[3] / "web_client" / "src" / "view" / "qr.js"

SCRIPT = f"""
import {{ qrCode }} from {json.dumps(MODULE.as_uri())};
const text = JSON.parse(process.argv[1]);
const masks = [null, 0, 1, 2, 3, 4, 5, 6, 7];
console.log(JSON.stringify(masks.map((mask) => qrCode(text, mask)?.map((row) => row.map(Number)) ?? null)));
"""


def codes(text: str) -> list[list[list[int]] | None]:
    """The code with the best mask, and with each of the eight."""
    command = [str(NODE), "--input-type=module", "--eval", SCRIPT, json.dumps(text)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    found: list[list[list[int]] | None] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "http://10.0.0.7:8000/?match=K7RW2P",
        "http://192.168.178.20:8000/?match=K7RW2P",
        "https://play.example.org/?match=K7RW2P",
        "https://a-rather-long-name.of-a-server.example.org:8443/?match=K7RW2P",
        "https://ä.example/?match=K7RW2P",
        "x" * 106,
    ],
)
def test_a_code_is_the_one_of_the_standard(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_final_message: Callable[..., Any] = encoder.make_final_message

    def padded_by_the_standard(version: int, error: int, bits: Any) -> Any:
        # segno begins its padding with a byte of zeros, which readers pass over and ISO/IEC 18004, 7.4.10, has not.
        whole, end = bits.getbits(), 4 + 8 + 8 * len(text.encode()) + 4
        padding = (int(bit) for byte in itertools.cycle((0xEC, 0x11)) for bit in f"{byte:08b}")
        padded = [*whole[:end], *itertools.islice(padding, max(0, len(whole) - end))]
        again: Callable[[list[int]], Any] = type(bits)
        return make_final_message(version, error, again(padded))

    monkeypatch.setattr(encoder, "make_final_message", padded_by_the_standard)
    best, *masked = codes(text)
    made = [
        [list(row) for row in segno.make_qr(text.encode(), error="m", mode="byte", mask=mask, boost_error=False).matrix]
        for mask in range(8)
    ]
    assert masked == made
    assert best in made


def test_a_text_that_is_too_long_has_no_code() -> None:
    assert codes("x" * 107) == [None] * 9
