"""The journals of all matches of a server, and the thread that carries them to the disk."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import trio

from game_server.errors import ConfigError, JournalError
from game_server.journal.data_directory import DATA_LIMIT, DataDirectory, bytes_used
from game_server.journal.journal_writer import TickWriter
from game_server.journal.match_journal import DESYNC, JournalLoad, MatchJournal
from game_server.journal.records import Header, pack_opened
from game_server.journal.rules_version import version_of_rules
from game_server.journal.segments import (
    SegmentWriter,
    StoredJournal,
    add_tail,
    newest_header,
    read_stored,
    segments,
)
from game_server.journal.tail import Tail
from game_server.journal.tail_content import TailContent, read_tail, tail_files
from game_server.journal.tail_split import split
from game_server.simulation import Match

logger = logging.getLogger("game_server.journal")

CARRY_EVERY: Final = 1.0
"""Seconds between two passes of the thread."""
SYNC_EVERY: Final = 10
"""Passes after which the disk is waited for: a machine that goes down loses what was written since."""
TAIL_BYTES: Final = 64 * 1024
TAIL_BYTES_A_SEAT: Final = 6 * 1024
"""That may wait in the tail for each match, and each seat of it: a match writes 480 bytes a second, a seat 180 to 360,
and 300 of each checkpoint, so a disk may hang for 15 seconds before anything is lost."""
PASSES_WELL: Final = 10
"""Passes without trouble after which a match counts as kept again."""
ATTEMPTS: Final = 2
"""Times that a journal fails when it is played again before it is set aside."""
DEATHS: Final = 5
"""Times that the server dies meanwhile before it is: for other reasons, it dies seldom in that tenth of a second."""
KEPT_DESYNCS: Final = 5
"""Journals that are set aside because a client reported a desync, which it can make up: the newest ones, of at most
64 MB each."""
_ATTEMPTS: Final = "attempts"
DATA_FILE: Final = "data-directory"
"""A file in the directory in memory: the path of the data directory to which it belongs."""
_BEGUN, _FAILED = b"?", b"x"
"""In that file, for each attempt: one that has begun and not ended has killed the server, or was killed with it."""


class Journals:
    """Opens journals, and carries them to the disk: `run` it once, and `close` it in the end.

    Args:
        data: the directory for them.
        limit: bytes that all of them may take; beyond that, the oldest that nothing needs are removed.

    Attributes:
        failures: times that something could not be kept.
        used: bytes that all of them took when that was last looked at.

    Raises:
        ConfigError: there is no place for what is not on the disk yet.
    """

    def __init__(self, data: DataDirectory, limit: int = DATA_LIMIT) -> None:
        self.failures = 0
        self.used = 0
        self._limit = limit
        self._data = data
        self._memory = memory_directory(data.path)
        self._tail = Tail(self._memory, f"{time.time_ns():x}")
        self._ticks = TickWriter(self._tail.append)
        self._left: dict[str, TailContent] = {}
        """By name, the tails that earlier servers have left."""
        self._unfinished: set[str] = set()
        """The names of their journals."""
        self._opened = 0
        self._open: list[MatchJournal] = []
        self._passes = 0

    def open(self, match: Match, code: str, people: Callable[[], Any]) -> MatchJournal | None:
        """Begin the journal of ``match``; None, with a line in the log, if there is no memory for one.

        Args:
            code: of the match.
            people: returns what the lobby needs to go on, as plain values.
        """
        game, self._opened = type(match.game), self._opened + 1
        header = Header(code, game.name, version_of_rules(game), time.time(), self._tail.name, self._opened)
        waits_at_most = TAIL_BYTES + TAIL_BYTES_A_SEAT * match.world.max_players
        self._tail.limit += waits_at_most
        if not self._tail.append(pack_opened(header)):
            self._tail.limit -= waits_at_most
            self.failures += 1
            logger.error("match %s is not kept: %s: %s", code, self._memory, self._tail.trouble)
            return None
        disk = SegmentWriter(self._data.journals / header.name, header)
        failed = self._data.failed / header.name
        journal = MatchJournal(header, self._tail, self._ticks, disk, people, failed, waits_at_most)
        journal.begin(match)
        self._open.append(journal)
        return journal

    async def run(self) -> None:
        """Carry the journals to the disk until cancelled; a pass is never cut short."""
        while True:
            await trio.sleep(CARRY_EVERY)
            await self.carry()

    async def carry(self, *, sync: bool = False) -> None:
        """Carry what there is, in a thread, and deal with the journals of matches that are over.

        Args:
            sync: wait for the disk, as happens from time to time in any case.
        """
        journals, tail = list(self._open), self._tail
        loads = [journal.load() for journal in journals]
        self._passes += 1
        sync = sync or self._passes % SYNC_EVERY == 0
        to = tail.end
        await trio.to_thread.run_sync(_carry, tail.waiting(), tail.begin, loads, sync)
        for journal, load in zip(journals, loads, strict=True):
            journal.unload(load, to)
            self._report(journal, load.trouble)
        if not any(load.trouble and not load.afresh for load in loads):
            tail.carried(to)
        on_disk = [
            journal for journal in journals if journal.replaces and (sync or journal.ended) and not journal.trouble
        ]
        over = [journal for journal in journals if journal.over]
        for journal in over:
            self._open.remove(journal)
            tail.limit -= journal.waits_at_most
        if on_disk or over or sync:
            await trio.to_thread.run_sync(self._tidy, on_disk, over, sync)

    async def close(self, *, keep: bool) -> None:
        """Stop: matches that go on are kept for the next start, or removed as if they had ended."""
        for journal in self._open:
            if not (keep or journal.ended):
                journal.finish()
        await self.carry(sync=True)
        for journal in self._open:
            journal.disk.close()
        self._tail.close()
        if not tail_files(self._memory):
            shutil.rmtree(self._memory, ignore_errors=True)

    def unfinished(self) -> list[str]:
        """The names of the journals that an earlier server has left, the newest first."""
        for name, blocks in tail_files(self._memory).items():
            if name != self._tail.name:
                self._left[name], faults = read_tail(name, blocks)
                for fault in faults:
                    logger.warning("%s: what was written to it last is lost", fault)
        self._unfinished = {path.name for path in self._data.journals.iterdir() if path.is_dir()}
        self._unfinished.update(name for tail in self._left.values() for name in tail.begun)
        self._drop_tails()
        return sorted(self._unfinished, key=lambda name: (name.rpartition("-")[2], name), reverse=True)

    def read(self, name: str) -> StoredJournal:
        """Read a journal that an earlier server has left.

        Raises:
            JournalError: it cannot be used, or has been played again `ATTEMPTS` times without success.
        """
        folder = self._data.journals / name
        attempts = folder / _ATTEMPTS
        try:
            before = attempts.read_bytes() if attempts.exists() else b""
        except OSError as error:
            raise JournalError(f"{folder} cannot be used: {error.strerror}") from error
        if (count := before.count(_FAILED)) >= ATTEMPTS:
            raise JournalError(f"{count} attempts to play it again have failed")
        if len(before) - count >= DEATHS:
            raise JournalError(f"the server has died {len(before) - count} times while it played it again")
        with suppress(OSError):  # on a full disk attempts are not counted, and matches go on
            folder.mkdir(mode=0o700, exist_ok=True)
            attempts.write_bytes(before + _BEGUN)
        return read_stored(folder, self._tail_of(name))

    def note_attempt(self, name: str, *, failed: bool) -> None:
        """Note how the attempt to play a journal again has ended that began with `read`."""
        attempts = self._data.journals / name / _ATTEMPTS
        with suppress(OSError):
            if failed:
                attempts.write_bytes(attempts.read_bytes().removesuffix(_BEGUN) + _FAILED)
            else:
                attempts.unlink()

    def forget(self, name: str) -> None:
        """Remove a journal that an earlier server has left: its match goes on in another one, or has ended."""
        shutil.rmtree(self._data.journals / name, ignore_errors=True)
        self._unfinished.discard(name)
        self._drop_tails()

    def put_away(self, name: str, *, failed: bool) -> None:
        """Remove the journal of a match that has ended, or set it aside because of a failure or a desync."""
        if failed:
            self.set_aside(name)
        else:
            self.forget(name)

    def set_aside(self, name: str) -> Path:
        """Move away a journal that an earlier server has left, whole; returns where it is then."""
        folder, aside = self._data.journals / name, self._data.failed / name
        try:
            with suppress(JournalError):
                if tail := self._tail_of(name):
                    add_tail(folder, tail)
            folder.rename(aside)
            self.forget(name)
        except OSError as error:
            logger.error("%s cannot be moved to %s: %s", folder, aside, error.strerror)
        return aside

    def _tail_of(self, name: str) -> TailContent | None:
        """The tail that has what was written last of the journal ``name``; None if no process has left it."""
        if header := newest_header(self._data.journals / name):
            return self._left.get(header.tail)
        return next((tail for tail in self._left.values() if tail.header_of(name)), None)

    def _drop_tails(self) -> None:
        """Remove the tails that earlier servers have left, when none of their journals needs them any more."""
        if not self._unfinished:
            for name, blocks in tail_files(self._memory).items():
                if name in self._left:
                    for block in blocks:
                        block.unlink(missing_ok=True)
            self._left.clear()

    def _trim(self) -> int:
        """Remove what is oldest until the limit is kept, and return how many bytes there are.

        Journals of reported desyncs go first, then those of failed matches, and then segments before the newest of a
        match.
        """
        used = bytes_used(self._data.journals) + bytes_used(self._data.failed)
        old = self._desyncs()
        old += [path for path in _oldest_first(self._data.failed) if path not in old]
        for folder in _oldest_first(self._data.journals):
            old += [path for _, path in segments(folder)[:-1]]
        for path in old:
            if used <= self._limit:
                break
            used -= bytes_used(path)
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return used

    def _desyncs(self) -> list[Path]:
        """The journals in which a desync was reported, the oldest first."""
        return [path for path in _oldest_first(self._data.failed) if path.name.endswith(DESYNC)]

    def _report(self, journal: MatchJournal, trouble: str) -> None:
        journal.trouble = trouble
        if trouble:
            journal.passes_well = 0
            if not journal.is_reported:
                self.failures += 1
                journal.is_reported = True
                folder = journal.disk.folder
                logger.error("match %s is not kept any more: %s: %s", journal.header.match, folder, trouble)
        elif journal.is_reported:
            # On a full disk, what a fresh beginning removes makes room for a little more: that is not worth a line.
            journal.passes_well += 1
            if journal.passes_well == PASSES_WELL:
                journal.is_reported = False
                logger.info("match %s is kept again", journal.header.match)

    def _tidy(self, on_disk: list[MatchJournal], over: list[MatchJournal], trim: bool) -> None:
        """Remove what the journals ``on_disk`` replace, put away those that are ``over``, and keep the limit."""
        for journal in on_disk:  # first: nothing older may be left of a match that is over
            self.forget(journal.replaces)
            journal.replaces = ""
        self._put_away(over)
        if trim:
            self.used = self._trim()

    def _put_away(self, journals: list[MatchJournal]) -> None:
        for journal in journals:
            try:
                if journal.set_aside is None:
                    journal.disk.remove()
                else:
                    journal.disk.close()
                    journal.disk.folder.rename(journal.set_aside)
            except OSError as error:
                logger.error("%s cannot be put away: %s", journal.disk.folder, error.strerror)
        for old in self._desyncs()[:-KEPT_DESYNCS]:
            shutil.rmtree(old, ignore_errors=True)


def _oldest_first(folder: Path) -> list[Path]:
    """List what is in ``folder``, where somebody may remove anything meanwhile, or all of it."""
    aged = []
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                aged.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(aged)]


def _carry(data: bytes, begin: int, loads: list[JournalLoad], sync: bool) -> None:
    to = begin + len(data)
    pieces = split(data, begin, {load.number: load.disk.since for load in loads if not load.afresh})
    for load in loads:
        load.carry(pieces.get(load.number, []), to, sync=sync)


def memory_directory(path: Path) -> Path:
    """A directory in memory that outlives the process, for what belongs to the data directory ``path``.

    It is for this user alone, and the same at each start; it lies in ``path`` if there is no memory file system.
    systemd removes what a service leaves in /dev/shm, but with ``RuntimeDirectoryPreserve=`` not its runtime directory.
    Those of data directories that are gone are removed: nobody will read what is in them.
    """
    name = f"{_memory_prefix()}{blake2b(str(path.resolve()).encode(), digest_size=8).hexdigest()}"
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    for parent in (Path(runtime or "/dev/shm"), path):
        directory = parent / name
        with suppress(OSError):
            directory.mkdir(mode=0o700, exist_ok=True)
            if _is_ours(directory):
                directory.chmod(0o700)
                (directory / DATA_FILE).write_text(str(path.resolve()))
                _remove_abandoned(parent)
                return directory
    raise ConfigError(f"there is no room for journals in {path}; give another directory with --data, or --no-data")


def _remove_abandoned(parent: Path) -> None:
    """Remove the directories in ``parent``, of this user, whose data directories are gone."""
    for directory in parent.glob(f"{_memory_prefix()}*"):
        with suppress(OSError):
            if _is_ours(directory) and not Path((directory / DATA_FILE).read_text()).exists():
                shutil.rmtree(directory)


def _memory_prefix() -> str:
    return f"game-server-{os.geteuid()}-"


def _is_ours(directory: Path) -> bool:
    return not directory.is_symlink() and directory.stat().st_uid == os.geteuid()
