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
from game_server.journal.match_journal import DESYNC, JournalLoad, MatchJournal
from game_server.journal.records import Header
from game_server.journal.rules_version import version_of_rules
from game_server.journal.segments import SegmentWriter, StoredJournal, add_tail, read_stored, segments
from game_server.journal.tail import Tail, read_tail
from game_server.simulation import Match

logger = logging.getLogger("game_server.journal")

CARRY_EVERY: Final = 1.0
"""Seconds between two passes of the thread."""
SYNC_EVERY: Final = 10
"""Passes after which the disk is waited for: a machine that goes down loses what was written since."""
TAIL_BYTES: Final = 128 * 1024
TAIL_BYTES_A_SEAT: Final = 6 * 1024
"""Capacity of a tail: a seat makes 240 bytes of inputs a second, and 300 of each checkpoint, so a disk may hang for
15 seconds before anything is lost."""
ATTEMPTS: Final = 2
"""Times that a journal is played again before it is set aside."""
KEPT_DESYNCS: Final = 5
"""Journals that are set aside because a client reported a desync, which it can make up: the newest ones, of at most
64 MB each."""
_ATTEMPTS: Final = "attempts"
_TAIL: Final = ".tail"


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
        self._tails = memory_directory(data.path)
        self._open: list[MatchJournal] = []
        self._passes = 0

    def open(self, match: Match, code: str, people: Callable[[], Any]) -> MatchJournal | None:
        """Begin the journal of ``match``; None, with a line in the log, if there is no memory for one.

        Args:
            code: of the match.
            people: returns what the lobby needs to go on, as plain values.
        """
        game, began = type(match.game), time.time()
        header = Header(code, game.name, version_of_rules(game), began)
        name = f"{code}-{int(began * 1000)}"
        path = self._tails / f"{name}{_TAIL}"
        try:
            tail = Tail(path, TAIL_BYTES + TAIL_BYTES_A_SEAT * match.world.max_players, header)
        except OSError as error:
            self.failures += 1
            logger.error("match %s is not kept: %s: %s", code, path, error.strerror)
            return None
        disk = SegmentWriter(self._data.journals / name, header)
        journal = MatchJournal(header, tail, disk, people, self._data.failed / name)
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
        journals = list(self._open)
        loads = [journal.load() for journal in journals]
        self._passes += 1
        sync = sync or self._passes % SYNC_EVERY == 0
        await trio.to_thread.run_sync(_carry, loads, sync)
        for journal, load in zip(journals, loads, strict=True):
            journal.unload(load)
            self._report(journal, load.trouble)
        on_disk = [
            journal for journal in journals if journal.replaces and (sync or journal.ended) and not journal.trouble
        ]
        over = [journal for journal in journals if journal.ended and journal.tail.begin == journal.tail.end]
        over += [journal for journal in journals if journal.ended and journal.trouble and journal not in over]
        for journal in over:
            self._open.remove(journal)
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
            journal.tail.close(remove=False)
        with suppress(OSError):  # something was kept
            self._tails.rmdir()

    def unfinished(self) -> list[str]:
        """The names of the journals that an earlier server has left, the newest first."""
        folders = {path.name for path in self._data.journals.iterdir() if path.is_dir()}
        names = folders | {path.name.removesuffix(_TAIL) for path in self._tails.glob(f"*{_TAIL}")}
        return sorted(names, key=lambda name: (name.rpartition("-")[2], name), reverse=True)

    def read(self, name: str) -> StoredJournal:
        """Read a journal that an earlier server has left.

        Raises:
            JournalError: it cannot be used, or has been played again `ATTEMPTS` times without success.
        """
        folder = self._data.journals / name
        attempts = folder / _ATTEMPTS
        try:
            count = len(attempts.read_bytes()) if attempts.exists() else 0
        except OSError as error:
            raise JournalError(f"{folder} cannot be used: {error.strerror}") from error
        if count >= ATTEMPTS:
            raise JournalError(f"{count} attempts to play it again have failed")
        with suppress(OSError):  # on a full disk attempts are not counted, and matches go on
            folder.mkdir(mode=0o700, exist_ok=True)
            attempts.write_bytes(b"x" * (count + 1))
        try:
            tail = read_tail(self._tails / f"{name}{_TAIL}")
        except JournalError as error:
            logger.warning("%s: what was written to it last is lost", error)
            tail = None
        return read_stored(folder, tail)

    def forget(self, name: str) -> None:
        """Remove a journal that an earlier server has left: its match goes on in another one, or has ended."""
        (self._tails / f"{name}{_TAIL}").unlink(missing_ok=True)
        shutil.rmtree(self._data.journals / name, ignore_errors=True)

    def put_away(self, name: str, *, failed: bool) -> None:
        """Remove the journal of a match that has ended, or set it aside because of a failure or a desync."""
        if failed:
            self.set_aside(name)
        else:
            self.forget(name)

    def set_aside(self, name: str) -> Path:
        """Move away a journal that an earlier server has left, whole; returns where it is then."""
        folder, tail, aside = self._data.journals / name, self._tails / f"{name}{_TAIL}", self._data.failed / name
        try:
            with suppress(JournalError):
                if content := read_tail(tail):
                    add_tail(folder, content)
            folder.rename(aside)
            tail.unlink(missing_ok=True)
        except OSError as error:
            logger.error("%s cannot be moved to %s: %s", folder, aside, error.strerror)
        return aside

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
        if trouble and not journal.trouble:
            self.failures += 1
            logger.error("match %s is not kept any more: %s: %s", journal.header.match, journal.disk.folder, trouble)
        elif journal.trouble and not trouble:
            logger.info("match %s is kept again", journal.header.match)
        journal.trouble = trouble

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
            journal.tail.close(remove=True)
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


def _carry(loads: list[JournalLoad], sync: bool) -> None:
    for load in loads:
        load.carry(sync=sync)


def memory_directory(path: Path) -> Path:
    """A directory in memory that outlives the process, for what belongs to the data directory ``path``.

    It is for this user alone, and the same at each start; it lies in ``path`` if there is no memory file system.
    systemd removes what a service leaves in /dev/shm, but with ``RuntimeDirectoryPreserve=`` not its runtime directory.
    """
    name = f"game-server-{os.geteuid()}-{blake2b(str(path.resolve()).encode(), digest_size=8).hexdigest()}"
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    for parent in (Path(runtime or "/dev/shm"), path):
        directory = parent / name
        with suppress(OSError):
            directory.mkdir(mode=0o700, exist_ok=True)
            if not directory.is_symlink() and directory.stat().st_uid == os.geteuid():
                directory.chmod(0o700)
                return directory
    raise ConfigError(f"there is no room for journals in {path}; give another directory with --data, or --no-data")
