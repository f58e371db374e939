"""What outlives a server: the data directory, and journals and recordings of matches.

This is the face of the room: import from here.
"""

from __future__ import annotations

from game_server.journal.adoption import adopt_journals
from game_server.journal.data_directory import (
    DATA_LIMIT,
    FAILED,
    JOURNALS,
    RECORDINGS,
    DataDirectory,
    bytes_used,
    default_directory,
)
from game_server.journal.journal_file import JournalFile, Verification, compare, verify
from game_server.journal.journals import ATTEMPTS, Journals
from game_server.journal.match_journal import MatchJournal
from game_server.journal.recording.clip import cut
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
from game_server.journal.recording.recordings import LISTED, SUFFIX, Recording, Recordings, new_id
from game_server.journal.recording.summary import Summary
from game_server.journal.records import ENDED
from game_server.journal.replay import Difference, Replay
from game_server.journal.rules_version import version_of_rules
from game_server.journal.segments import StoredJournal
from game_server.journal.world_difference import first_difference

__all__ = [
    "ATTEMPTS",
    "BY_CODE",
    "CHAT",
    "DATA_LIMIT",
    "ENDED",
    "FAILED",
    "HOST_ONLY",
    "JOURNALS",
    "LISTED",
    "OPEN",
    "PHASE",
    "RECORDINGS",
    "SEATED",
    "SUFFIX",
    "WINNERS",
    "DataDirectory",
    "Difference",
    "Header",
    "JournalFile",
    "Journals",
    "MatchJournal",
    "MatchRecorder",
    "Recording",
    "RecordingError",
    "RecordingReader",
    "Recordings",
    "Replay",
    "StoredJournal",
    "Summary",
    "Verification",
    "adopt_journals",
    "bytes_used",
    "compare",
    "cut",
    "default_directory",
    "first_difference",
    "new_id",
    "verify",
    "version_of_rules",
]
