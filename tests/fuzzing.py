"""How long to fuzz, and a fuzzer that is led by where its inputs take the server.

A few seconds in the suite, as long as one likes by hand: ``FUZZ_EXAMPLES=20000 HYPOTHESIS_PROFILE=explore pytest
tests/test_fuzzing.py tests/transport/websocket/test_rfc6455.py`` tries that many, and others each time.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

Step = tuple[CodeType, int, int]
"""From one line of a function to another."""

PACKAGE: Final = f"{os.sep}game_server{os.sep}"
_MOST_CHANGES: Final = 4
_MOST_BYTES: Final = 8
"""That one change puts in."""


def examples(usual: int) -> int:
    """How many examples to try of what is worth ``usual`` in the suite."""
    return int(os.environ.get("FUZZ_EXAMPLES", usual))


class Fuzzer:
    """Inputs made of others, of which those are kept that took the program where none had been before.

    Args:
        seeds: what to begin with.
        within: what the path of a file has whose lines count.
    """

    def __init__(self, seeds: Sequence[bytes], within: str = PACKAGE) -> None:
        self.corpus = list(seeds)
        self.steps: set[Step] = set()
        """That any input has taken so far."""
        self._within = within
        explores = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
        self._random = random.Random() if explores else random.Random(0)

    def inputs(self, count: int) -> Iterator[bytes]:
        """The seeds, and then ``count`` others, each to be run inside `watched` before the next."""
        yield from tuple(self.corpus)
        for _ in range(count):
            yield self._changed(self._random.choice(self.corpus))

    @contextmanager
    def watched(self, data: bytes) -> Iterator[None]:
        """Run ``data`` in here: it is kept if it leads anywhere new, and named in what it raises."""
        known, before = len(self.steps), sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        except BaseException as error:
            error.add_note(f"the input was {data!r}")
            raise
        finally:
            sys.settrace(before)
        if len(self.steps) > known and data not in self.corpus:
            self.corpus.append(data)

    def _called(self, frame: FrameType, _event: str, _argument: object) -> Any:
        code, last = frame.f_code, 0
        if self._within not in code.co_filename:
            return None

        def went(frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal last
            if event == "line":
                self.steps.add((code, last, frame.f_lineno))
                last = frame.f_lineno
            return went

        return went

    def _changed(self, data: bytes) -> bytes:
        rng = self._random
        for _ in range(rng.randint(1, _MOST_CHANGES)):
            at = rng.randint(0, len(data))
            end = min(len(data), at + rng.randint(0, _MOST_BYTES))
            match rng.randrange(5):
                case 0:
                    data = data[:at] + rng.randbytes(end - at) + data[end:]
                case 1:
                    data = data[:at] + rng.randbytes(rng.randint(1, _MOST_BYTES)) + data[at:]
                case 2:
                    data = data[:at] + data[end:]
                case 3 if at < len(data):
                    data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
                case _:
                    other = rng.choice(self.corpus)
                    data = data[:at] + other[rng.randint(0, len(other)) :]
        return data
