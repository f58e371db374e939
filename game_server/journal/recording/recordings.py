"""The recordings of a server: files that a thread writes once a second, and what there is to watch."""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import attrs
import trio

from game_server.journal.data_directory import DATA_LIMIT
from game_server.journal.recording.format import BY_CODE, HOST_ONLY, OPEN, Header, RecordingError, pack_index
from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.recorder import MatchRecorder, Waiting, fold
from game_server.journal.recording.summary import Summary, public_end
from game_server.journal.recording.writer import RecordingWriter

logger = logging.getLogger("game_server.journal")

SUFFIX: Final = ".gsrec"
WRITE_EVERY: Final = 1.0
"""Seconds. A chunk is written when it is complete, so that a process that is killed loses its last five seconds."""
CLOSE_SECONDS: Final = 2.0
"""For the last write, when the server stops."""
LEAST_SECONDS: Final = 10.0
"""Of a match: a shorter recording is not kept, nor one without a person."""
LISTED: Final = 50
"""Recordings in a list, the newest."""
_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ID: Final = re.compile(rf"[{_DIGITS}]{{14}}")


def new_id() -> str:
    """Make an ID: milliseconds since 1970 in 9 digits of base 32, so that names sort by age, and 5 digits of chance."""
    number = time.time_ns() // 1_000_000 << 25 | secrets.randbits(25)
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(14)))


@attrs.define(eq=False)
class Recording:
    """A match that is being recorded.

    Attributes:
        header: of its file.
        recorder: takes its ticks.
        public: bytes that may be watched already.
    """

    header: Header
    recorder: MatchRecorder
    public: int = 0
    _writer: RecordingWriter = attrs.field(init=False)
    _file: BinaryIO | None = attrs.field(default=None, init=False)
    _public_tick: int = attrs.field(default=-1, init=False)
    _finished: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._writer = RecordingWriter(self.header)

    def publish(self) -> None:
        """Let everybody watch what was recorded until now, as soon as it is written."""
        self._public_tick = self.recorder.tick
        self.recorder.restart()

    def finish(self) -> None:
        """Nothing more comes: the whole may be watched as soon as it is written."""
        self._finished = True


class Recordings:
    """The recordings below ``folder``. `run` it once.

    Args:
        folder: made when it is not there.
        limit: returns how many bytes all of them may take; beyond that the oldest are deleted.

    Attributes:
        failed: matches whose recording was given up since the disk failed.
        version: counts changes of what there is to watch.
    """

    def __init__(self, folder: Path, limit: Callable[[], int] = lambda: DATA_LIMIT) -> None:
        self.folder = folder
        self.failed = 0
        self.version = 0
        self._limit = limit
        self._going: list[Recording] = []
        self._kept: dict[str, Summary] = {}
        """By ID, those that are finished, and the public part of the others."""
        self._writing = trio.Lock()
        self._gone = False

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Look at what is there, then write until cancelled. It has started when the list is complete."""
        found = await trio.to_thread.run_sync(self._look)
        self._kept.update({summary.header.id: summary for summary in found if summary.header.id not in self._kept})
        self.version += 1
        task_status.started()
        try:
            while True:
                await trio.sleep(WRITE_EVERY)
                await self.write()
        finally:
            self.let_go()

    def begin(self, header: Header, recorder: MatchRecorder) -> Recording:
        """Record a match from now on, until `Recording.finish`."""
        recording = Recording(header, recorder)
        self._going.append(recording)
        return recording

    def let_go(self) -> None:
        """Close the files of matches that are being recorded, as they are: the next server completes them."""
        self._gone = True
        for recording in self._going:
            if recording._file:
                recording._file.close()

    async def close(self) -> None:
        """Finish and write everything that is being recorded, within `CLOSE_SECONDS`."""
        for recording in self._going:
            recording.finish()
        with trio.move_on_after(CLOSE_SECONDS):
            await self.write()

    async def write(self) -> None:
        """Write what has come since the last call; a cancellation leaves a write that has begun to its thread."""
        async with self._writing:
            batch = [(recording, recording.recorder.take(), recording._finished) for recording in self._going]
            outdated = self._outdated()
            if not batch and not outdated:
                return
            errors = await trio.to_thread.run_sync(self._write, batch, outdated, abandon_on_cancel=True)
            self._report(errors)
            for recording, _, finished in batch:
                if recording in self._going:
                    self._note(recording, finished)

    def listed(self, match: str = "") -> list[Summary]:
        """What may be watched, the newest first: of the match with this code or, for none, what everybody may watch."""
        chosen = [
            summary
            for summary in self._kept.values()
            if (
                summary.header.access == OPEN
                if not match
                else summary.header.match == match and summary.header.access != HOST_ONLY
            )
        ]
        return sorted(chosen, key=lambda summary: summary.header.id, reverse=True)[:LISTED]

    def find(self, id: str, match: str = "") -> Summary | None:
        """The recording ``id``; None if there is none, or if only those may watch it who know the code of its match.

        Args:
            match: the code.
        """
        summary = self._kept.get(id)
        if summary is None:
            return None
        access = summary.header.access
        return summary if access == OPEN or (access == BY_CODE and summary.header.match == match) else None

    def is_finished(self, id: str) -> bool:
        """Whether the file of the recording ``id`` does not change any more."""
        return all(recording.header.id != id for recording in self._going)

    def path(self, id: str) -> Path:
        """The file of the recording ``id``, which `find` has found."""
        return self.folder / f"{id}{SUFFIX}"

    def forget(self, id: str) -> None:
        """Note that the file of the recording ``id`` is gone."""
        self._kept.pop(id, None)
        self.version += 1

    # In the thread

    def _look(self) -> list[Summary]:
        """Read what is in the folder; a file that was cut off gets its index."""
        try:
            paths = sorted(self.folder.glob(f"*{SUFFIX}"))
        except OSError as error:
            logger.error("cannot read the recordings in %s: %s", self.folder, error.strerror or error)
            return []
        going = {recording.header.id for recording in self._going}
        found = []
        for path in paths:
            if not _ID.fullmatch(path.stem) or path.stem in going:
                continue
            try:
                if summary := _read(path):
                    found.append(summary)
            except (RecordingError, OSError) as error:
                logger.warning("cannot show the recording %s: %s", path, error)
        return found

    def _write(
        self, batch: Sequence[tuple[Recording, list[Waiting], bool]], outdated: Sequence[str]
    ) -> list[tuple[Recording, OSError]]:
        errors: list[tuple[Recording, OSError]] = []
        for id in outdated:
            self.path(id).unlink(missing_ok=True)
        for recording, waiting, finished in batch:
            writer = recording._writer
            data = writer.begin() if waiting and not writer.size else b""
            data += fold(waiting, writer)
            writer.compact()
            if finished and writer.size:
                data += writer.finish()
            try:
                if data:
                    self._append(recording, data)
                if finished:
                    self._close(recording)
            except OSError as error:
                errors.append((recording, error))
            # A tick that is due need not wait for the interpreter until all matches are done.
            time.sleep(0)
        if self._gone:  # while this was written, and a file was opened
            self.let_go()
        return errors

    def _append(self, recording: Recording, data: bytes) -> None:
        if recording._file is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            recording._file = os.fdopen(os.open(self.path(recording.header.id), flags, 0o600), "wb", buffering=0)
        at = 0
        while at < len(data):
            at += recording._file.write(data[at:]) or 0

    def _close(self, recording: Recording) -> None:
        if recording._file is None:
            return
        recording._file.close()
        if not _is_worth(_summary(recording)):
            self.path(recording.header.id).unlink()

    # After it

    def _note(self, recording: Recording, finished: bool) -> None:
        """Note what there is to watch of ``recording`` now."""
        writer = recording._writer
        public = writer.size if finished else public_end(writer.index.chunks, recording._public_tick)
        if finished:
            self._going.remove(recording)
        elif public == recording.public:
            return
        recording.public = public
        if public == 0 or (finished and not _is_worth(_summary(recording))):
            self._kept.pop(recording.header.id, None)
        else:
            self._kept[recording.header.id] = Summary.of(recording.header, writer.index, public)
        self.version += 1

    def _report(self, errors: Sequence[tuple[Recording, OSError]]) -> None:
        if not errors:
            return
        self.failed += len(errors)
        for recording, _ in errors:
            recording.recorder.stop()
            self._going.remove(recording)
            if recording._file:
                recording._file.close()
        _, error = errors[0]
        matches = ", ".join(recording.header.match for recording, _ in errors)
        why = error.strerror or error
        logger.error("cannot write to %s: %s; no recording is kept any more of: %s", self.folder, why, matches)

    def _outdated(self) -> list[str]:
        """Forget the oldest recordings that are beyond the limit, and return their IDs."""
        total, limit = sum(summary.size for summary in self._kept.values()), self._limit()
        outdated = []
        for id in sorted(self._kept):
            if total <= limit:
                break
            if self.is_finished(id):
                total -= self._kept[id].size
                outdated.append(id)
        for id in outdated:
            self.forget(id)
        return outdated


def _read(path: Path) -> Summary | None:
    """Read the file of a recording, and complete one that was cut off; None if it is not worth that: it is removed.

    Raises:
        RecordingError: it is none, or has another name than its ID.
        OSError: it cannot be read, or not completed.
    """
    with path.open("rb") as file:
        reader = RecordingReader(file)
    if reader.header.id != path.stem:
        raise RecordingError(f"its ID is {reader.header.id}")
    size = path.stat().st_size
    found = Summary.of(reader.header, reader.index, size)
    if not (_is_worth(found) or (reader.whole and reader.index.chunks)):
        path.unlink()
        return None
    if not reader.whole:
        data = pack_index(reader.index)
        with path.open("r+b") as file:
            file.truncate(reader.end)
            file.seek(reader.end)
            file.write(data)
        size = reader.end + len(data)
        logger.info("completed the recording %s, which was cut off: %.0f s of it can be watched", path, reader.seconds)
    return Summary.of(reader.header, reader.index, size)


def _summary(recording: Recording) -> Summary:
    return Summary.of(recording.header, recording._writer.index, recording._writer.size)


def _is_worth(summary: Summary) -> bool:
    """Whether the whole of a recording is to be kept."""
    return summary.seconds >= LEAST_SECONDS and bool(summary.people)
