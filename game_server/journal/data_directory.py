"""The data directory: what a server keeps from one start to the next, for one server at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

import attrs

from game_server.errors import ConfigError

DATA_LIMIT: Final = 1_000_000_000
"""Bytes, unless the host chooses otherwise: some 60 hours of recordings of a match of 16."""
KEY_BYTES: Final = 32
"""Of the key that signs session tokens: as long as the digest of HMAC-SHA256."""

LOCK, KEY, JOURNALS, FAILED, RECORDINGS = "lock", "key", "journals", "failed", "recordings"
"""What is in the directory."""


def default_directory(port: int, environ: Mapping[str, str] = os.environ) -> Path:
    """The directory of a server on ``port``, in the state directory of its service or its user.

    The former is what systemd gives to a unit with ``StateDirectory=``, the latter follows the XDG Base Directory
    Specification.

    Raises:
        ConfigError: the user has no home directory.
    """
    if service := environ.get("STATE_DIRECTORY", ""):
        return Path(service.partition(":")[0], str(port))
    state = environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):  # the specification has other paths ignored
        return Path(state, "game-server", str(port))
    try:
        return Path.home() / ".local" / "state" / "game-server" / str(port)
    except RuntimeError as error:
        raise ConfigError("there is no home directory to keep data in: give --data, or --no-data") from error


@attrs.define(eq=False)
class DataDirectory:
    """A directory that this process alone uses until it is closed. Open it with `open`.

    Attributes:
        path: the directory.
        key: `KEY_BYTES` bytes that sign session tokens; the same at each start.
    """

    path: Path
    key: bytes = attrs.field(repr=False)
    _lock: int

    @classmethod
    def open(cls, path: Path) -> DataDirectory:
        """Make the directory at ``path`` if it is missing, and lock it.

        Raises:
            ConfigError: it cannot be used: no directory, another user's, not writable, full, or in use by a server.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()) and not (path / LOCK).exists():  # its mode is about to change
                raise ConfigError(f"data directory {path} has other things in it: give one that is new or empty")
            if path.stat().st_uid != os.geteuid():
                raise ConfigError(f"data directory {path} belongs to another user: give a directory of your own")
            path.chmod(0o700)
            lock = _lock(path / LOCK)
            try:
                for name in (JOURNALS, FAILED, RECORDINGS):
                    (path / name).mkdir(mode=0o700, exist_ok=True)
                return cls(path, _read_key(path / KEY), lock)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            raise ConfigError(
                f"data directory {path} cannot be used: {error.strerror}; give another with --data, or --no-data"
            ) from error

    @property
    def journals(self) -> Path:
        """Where the journals of matches are."""
        return self.path / JOURNALS

    @property
    def failed(self) -> Path:
        """Where the journals of matches are whose rules have raised, or in which a client reported a desync."""
        return self.path / FAILED

    @property
    def recordings(self) -> Path:
        """Where the recordings of matches are."""
        return self.path / RECORDINGS

    def close(self) -> None:
        """Let another server use the directory."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> DataDirectory:
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: object, _traceback: TracebackType | None) -> None:
        self.close()


def bytes_used(path: Path) -> int:
    """Bytes that the files in and below ``path`` take on their disk; 0 if it is missing."""
    used = path.lstat().st_blocks * 512 if path.is_file() else 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                used += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:  # removed meanwhile
                continue
    return used


def _lock(path: Path) -> int:
    """Lock the file ``path`` for this process, and return its descriptor; the lock ends with the process.

    Raises:
        ConfigError: another process holds the lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise ConfigError(
            f"data directory {path.parent} is in use by another server (process {holder}): stop it, or give another "
            "directory with --data"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _read_key(path: Path) -> bytes:
    """Read the key of session tokens, or make one.

    Raises:
        ConfigError: the file is no key.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return _make_key(path)
    with open(descriptor, "rb") as file:
        key = file.read(KEY_BYTES + 1)
        os.fchmod(descriptor, 0o600)
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path} is not a key of {KEY_BYTES} bytes: remove it, and session tokens begin afresh")
    return key


def _make_key(path: Path) -> bytes:
    # Written beside it and renamed: a server that is killed in between leaves no half a key.
    key, beside = secrets.token_bytes(KEY_BYTES), path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    beside.rename(path)
    return key
