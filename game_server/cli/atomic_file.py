"""Files that are there whole, or as they were before."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Put ``text`` into the file at ``path``, in the place of what is there.

    A process that ends half-way, or a disk that is full, leaves the old file as it was. The permissions of an old
    file stay, and a link goes on to lead where it led. What is no file, a pipe or a terminal, is written to as it is,
    and so is a file in a folder in which nothing new may be made.

    Raises:
        OSError: it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    # In a container every process has the same number, and one that was killed may have left such a file behind.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        file = fresh.open("xb")
    except PermissionError:
        path.write_bytes(data)
        return
    try:
        with file:
            file.write(data)
            file.flush()
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
