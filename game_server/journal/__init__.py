"""What outlives a server: the data directory, and recordings of matches.

This is the face of the room: import from here.
"""

from __future__ import annotations

from game_server.journal.data_directory import RECORDINGS, DataDirectory, bytes_used, default_directory
from game_server.journal.recording.format import (
    BY_CODE,
    CHAT,
    HOST_ONLY,
    OPEN,
    PHASE,
    SEATED,
    WINNERS,
    Header,
    RecordingError,
)
from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.recorder import MatchRecorder
from game_server.journal.recording.recordings import Recording, Recordings, new_id
from game_server.journal.recording.summary import Summary

__all__ = [
    "BY_CODE",
    "CHAT",
    "HOST_ONLY",
    "OPEN",
    "PHASE",
    "RECORDINGS",
    "SEATED",
    "WINNERS",
    "DataDirectory",
    "Header",
    "MatchRecorder",
    "Recording",
    "RecordingError",
    "RecordingReader",
    "Recordings",
    "Summary",
    "bytes_used",
    "default_directory",
    "new_id",
]
