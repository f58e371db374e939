"""The recording of a hosted match: when one begins and ends, and what its timeline shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import attrs

from game_server.journal import (
    BY_CODE,
    CHAT,
    HOST_ONLY,
    OPEN,
    PHASE,
    SEATED,
    WINNERS,
    Header,
    MatchRecorder,
    Recording,
    new_id,
)
from game_server.lobby.match.match_state import MatchState
from game_server.protocol import NO_PLAYER, EventCode, Events, Line, Said, Spectating, encode

RESULTS_SECONDS: Final = 2.0
"""Of the results of a round that its part of the recording shows; after that, the round may be watched."""
LONG_SECONDS: Final = 20 * 60.0
"""A recording that is longer ends with the round, and the next one begins: what is watched again is seldom longer."""
MOST_SECONDS: Final = 60 * 60.0
"""One that is longer ends in any case."""


class MatchRecording:
    """Records a match while somebody is there. One recording follows the other.

    Args:
        state: of the match.
    """

    def __init__(self, state: MatchState) -> None:
        self._state = state
        self._recorder: MatchRecorder | None = None
        self._recording: Recording | None = None
        self._seen: set[tuple[int, str]] = set()
        self._phase = ""
        self._over = True
        """Whether the round was over at the last look. One that is over at the first look has been recorded before: the
        match goes on from another process."""
        self._publish_at: float | None = None
        state.chat.overheard = self._hear

    def begin(self) -> None:
        """Record the match as it stands from its next tick on, if the server and its options have it recorded."""
        state = self._state
        if self._recorder or state.context.recordings is None or not state.options.recorded:
            return
        match = state.match
        highlights = [event.code for event in match.game.highlights]
        self._recorder = match.recorder = MatchRecorder(match.world.tick_rate, highlights, self._introduce)
        self._seen.clear()
        self._phase, self._publish_at = "", None

    def end(self) -> None:
        """End the recording, if there is one."""
        if self._recording:
            self._note_seated()
            self._recording.finish()
        self._state.match.recorder = self._recorder = self._recording = None

    def look(self) -> None:
        """Note how the round stands; to be called a few times a second. The rules may raise."""
        recorder, recording = self._recorder, self._recording
        if recorder is None or recording is None:
            return
        state, now = self._state, self._state.context.now()
        phase, winners = state.match.game.phase(), state.match.game.winners
        if phase != self._phase:
            recorder.mark(PHASE, phase)
            self._phase = phase
        if winners is not None and not self._over:
            members = [state.roster.get(player) for player in winners]
            recorder.mark(WINNERS, [member.nickname for member in members if member])
            self._publish_at = now + RESULTS_SECONDS
        self._over = winners is not None
        # A recording that begins during results does not count that round again.
        seconds = (recorder.tick - recording.header.tick) / recording.header.tick_rate
        due = self._publish_at is not None and now >= self._publish_at
        if seconds >= (LONG_SECONDS if due else MOST_SECONDS):
            self.end()
            self.begin()
        elif due:
            self._publish_at = None
            self._note_seated()
            recording.publish()

    def _introduce(self) -> bytes:
        """A message that says who has a seat; the first one begins the recording."""
        assert self._recorder
        state, tick = self._state, self._recorder.tick
        if self._recording is None and state.context.recordings:
            self._recording = state.context.recordings.begin(self._header(tick), self._recorder)
        self._note_seated()
        entries = state.roster.entries()
        events: list[tuple[object, ...]] = [(EventCode.JOINED, *entry[:3]) for entry in entries]
        events += [(EventCode.LOST, entry.player, 0) for entry in entries if not entry.present]
        events += [(EventCode.HOST, state.moderation.host), (EventCode.RENAMED, state.name)]
        return encode(Events(tick, tuple(events)))

    def _header(self, tick: int) -> Header:
        state, options = self._state, self._state.options
        rules = state.match.game.rules
        return Header(
            id=new_id(),
            match=state.id,
            name=state.name,
            game=options.game.name,
            mode=rules.mode,
            seats=options.max_players,
            tick_rate=options.tick_rate,
            tick=tick,
            started=int(time.time()),
            access=self._access(),
            welcome=encode(attrs.evolve(state.welcome(NO_PLAYER, "", ""), roster=(), tick=tick)),
        )

    def _access(self) -> int:
        """Those who may watch the match may watch it again; where a password or the host keeps them out, nobody may."""
        options = self._state.options
        if options.password or options.spectating == Spectating.FORBIDDEN:
            return HOST_ONLY
        return BY_CODE if options.private else OPEN

    def _note_seated(self) -> None:
        """Mark those who have a seat and had none before."""
        for entry in self._state.roster.entries():
            if (entry.player, entry.nickname) not in self._seen and self._recorder:
                self._seen.add((entry.player, entry.nickname))
                self._recorder.mark(SEATED, *entry[:3])

    def _hear(self, lines: Sequence[Line]) -> None:
        """Take lines of chat that everybody here is sent."""
        if self._recorder is None or self._recording is None:
            return
        said = [line for line in lines if line.player != NO_PLAYER or line.nickname]
        if self._recorder.send(encode(Said(tuple(lines)))) and said:
            self._recorder.mark(CHAT, said[0].nickname)
