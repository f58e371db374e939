"""Chat of a place: who receives which line, whispers, history, rate limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import attrs

from game_server.lobby.text.nicknames import clean_chat, folded
from game_server.protocol import NO_PLAYER, Line, LineKind, Notice, NoticeCode, Said, encode
from game_server.throttling import AddressBudget, Keys, TokenBucket

CHAT_BURST: Final = 5
CHAT_PER_SECOND: Final = 1.0
"""Lines of one connection."""
CHAT_HISTORY: Final = 50
"""Lines of one place that are sent to those who arrive."""
CHAT_HISTORY_BYTES: Final = 16 * 1024
CHAT_INTERVAL: Final = 0.5
"""Seconds between two messages with lines of one place, at least: what is said meanwhile goes into one."""
CHAT_ROOM_BYTES: Final = 8 * 1024
"""Of lines in one place in that time: more than a hundred people write at once, a page of what nobody could read."""
WHISPERS_BURST: Final = 10
WHISPERS_PER_SECOND: Final = 2.0
"""To one person, from all others together."""

WordHook = Callable[[str], str]
"""Filters a line of chat, a nickname or the name of a match: returns the text as it may be shown."""

NOTICES: Final = {
    NoticeCode.WRITES_TOO_FAST: "You write too fast; that line was not sent.",
    NoticeCode.MUTED: "You are muted; nobody was shown that line.",
    NoticeCode.NOBODY_CALLED_SO: "Nobody here has that name.",
    NoticeCode.NO_SUCH_COMMAND: "There is no such command; nobody was shown that line.",
    NoticeCode.NOT_SHOWN_TO_PLAYERS: "Players do not see what spectators say here.",
    NoticeCode.HELD_BACK: "The game lets nobody see what you write now; that line was not sent.",
    NoticeCode.TOO_MUCH_IS_SAID: "Too much is being said here; that line was not sent.",
}
_ENCODED: Final = {code: encode(Notice(code, text)) for code, text in NOTICES.items()}
"""Encoded once: a notice answers a message, and must not cost more than that."""


class ChatRate(TokenBucket):
    """Lines out of a bucket of one's own first, and then out of the budget of the address.

    In the other order somebody who floods would use up what the neighbours behind the address may write.

    Args:
        now: seconds of any steady clock.
        budget: of all addresses.
        charged_to: whose of it is used up.
    """

    __slots__ = ("_budget", "_charged_to")

    def __init__(self, now: float, budget: AddressBudget, charged_to: Keys) -> None:
        super().__init__(CHAT_BURST, CHAT_PER_SECOND, now)
        self._budget = budget
        self._charged_to = charged_to

    def take(self, count: float, now: float) -> bool:
        """Whether ``count`` more lines are allowed at ``now``; those that are count."""
        return super().take(count, now) and self._budget.take(self._charged_to, now, count) == 0.0


@attrs.define(eq=False)
class Voice:
    """A person as a part of one chat.

    Attributes:
        nickname: unique here.
        send: takes an encoded message; False when it was left out, because the connection does not keep up.
        rate: lines that the person may still write; goes along from place to place.
        player: the seat; `NO_PLAYER` without one.
        watches: whether it is a spectator.
        muted: what is said is not passed on.
        hear: takes what players say, for a spectator who hears them late; None for `send`.
        missed: lines that were left out since the last one that was not.
    """

    nickname: str
    send: Callable[[bytes], bool]
    rate: TokenBucket
    player: int = NO_PLAYER
    watches: bool = False
    muted: bool = False
    hear: Callable[[bytes], bool] | None = None
    missed: int = attrs.field(default=0, init=False)
    _warned: bool = attrs.field(default=False, init=False)
    _whispers: TokenBucket | None = attrs.field(default=None, init=False)

    def notice(self, code: NoticeCode) -> None:
        """Send the notice ``code`` to this person alone."""
        self.send(_ENCODED[code])

    def warn(self) -> None:
        """Notify a spectator, once, that players do not see what spectators say."""
        if not self._warned:
            self._warned = True
            self.notice(NoticeCode.NOT_SHOWN_TO_PLAYERS)

    def deliver_line(self, line: Line) -> None:
        """Send one line to this person alone."""
        self.deliver(_said([line]), 1)

    def takes_whisper(self, now: float) -> bool:
        """Whether one more whisper is not too much for one person; if so, it counts."""
        if self._whispers is None:
            self._whispers = TokenBucket(WHISPERS_BURST, WHISPERS_PER_SECOND, now)
        return self._whispers.take(1, now)

    def deliver(self, message: bytes, lines: int, *, late: bool = False) -> None:
        """Send ``lines`` lines, encoded, and before them how many were left out, if any were."""
        send = self.hear if late and self.hear else self.send
        if self.missed:
            note = f"{self.missed} lines are missing here: your connection did not keep up."
            if not send(_said([Line(LineKind.SERVER, NO_PLAYER, "", note)])):
                self.missed += lines
                return
            self.missed = 0
        if not send(message):
            self.missed += lines


class ChatChannel:
    """The chat of one place: the lobby or a match.

    Lines are sent by `publish`, together, once in `CHAT_INTERVAL` seconds: what many people say costs each of the
    others no more than that, and to say something costs the same however many hear it.

    Args:
        kind: of the lines: `LineKind.MATCH` or `LineKind.LOBBY`.
        words: see `WordHook`.
        now: a steady clock in seconds.
        apart: whether what spectators say only spectators see.

    Attributes:
        remembered: called with lines that go into the history, before anybody is sent them.
    """

    def __init__(self, kind: LineKind, words: WordHook, now: Callable[[], float], *, apart: bool = False) -> None:
        self.remembered: Callable[[list[Line]], object] = lambda _lines: None
        self.held_back: Callable[[Voice, str], bool] = lambda _voice, _text: False
        """Whether nobody is to see a line, by the rules of the match."""
        self.far_whisper: Callable[[Voice, str, str], object] | None = None
        """Called with speaker, text and nickname, if nobody here has that nickname."""
        self._kind = kind
        self._words = words
        self._now = now
        self._apart = apart
        self._voices: dict[str, Voice] = {}
        self._history: deque[Line] = deque(maxlen=CHAT_HISTORY)
        self._history_bytes = 0
        self._encoded_history: dict[bool, tuple[bytes, int]] = {}
        """For those who see what spectators say, and for the others; empty when it is out of date."""
        self.overheard: Callable[[Sequence[Line]], object] = lambda _lines: None
        """Called with the lines that everybody here is sent."""
        self._fresh: list[Line] = []
        """Said, and not sent to anybody yet."""
        self._from_afar: deque[Line] = deque()
        """The same, said at other nodes."""
        self._fresh_bytes = 0
        self._sent_at = float("-inf")

    @property
    def history(self) -> tuple[Line, ...]:
        """The lines that those who arrive are sent, the oldest first."""
        return tuple(self._history)

    def restore(self, lines: Iterable[Line]) -> None:
        """Go on with the history of another process."""
        self._remember(list(lines))

    def enter(self, voice: Voice) -> None:
        """Let ``voice`` speak and hear from now on."""
        self._voices[folded(voice.nickname)] = voice

    def recall(self, voice: Voice) -> None:
        """Send what was said before, if anything was; what is still to be sent to everybody comes then."""
        hears_all = voice.watches or not self._apart
        if hears_all not in self._encoded_history:
            lines = [line for line in self._history if hears_all or line.kind != LineKind.SPECTATOR]
            self._encoded_history[hears_all] = _said(lines) if lines else b"", len(lines)
        message, count = self._encoded_history[hears_all]
        if message:
            voice.deliver(message, count)

    def leave(self, voice: Voice) -> None:
        """Remove ``voice``."""
        name = folded(voice.nickname)
        if self._voices.get(name) is voice:
            del self._voices[name]

    def has(self, nickname: str) -> bool:
        """Whether somebody here has ``nickname``."""
        return folded(nickname) in self._voices

    def say(self, voice: Voice, text: str, to: str = "") -> None:
        """``voice`` says ``text``: to everybody here or, with ``to``, to that nickname alone.

        A speaker who may not, or writes too fast, gets a notice, and nobody hears anything. What is too fast is not
        looked at, and what nothing is left of counts as a line all the same: looking at it is what costs. A notice is
        all that comes of a line to everybody that begins with a slash, too: a command that some client does not know
        may hold what is for one alone.
        """
        if not voice.rate.take(1, self._now()):
            voice.notice(NoticeCode.WRITES_TOO_FAST)
        elif voice.muted:
            voice.notice(NoticeCode.MUTED)
        elif not (text := clean_chat(text)):
            pass
        elif text.startswith("/") and not to:
            voice.notice(NoticeCode.NO_SUCH_COMMAND)
        elif self.held_back(voice, text):
            voice.notice(NoticeCode.HELD_BACK)
        elif to:
            self._whisper(voice, self._words(text), to)
        else:
            kind = LineKind.SPECTATOR if voice.watches else self._kind
            if not self._add(Line(kind, voice.player, voice.nickname, self._words(text))):
                voice.notice(NoticeCode.TOO_MUCH_IS_SAID)
            elif voice.watches and self._apart:
                voice.warn()

    def announce(self, text: str, *, to: Voice | None = None, kind: LineKind = LineKind.SERVER) -> None:
        """Say ``text`` as the server, at once: to one person, or to everybody here.

        Args:
            kind: one of those that only the server says.
        """
        line = Line(kind, NO_PLAYER, "", text)
        if to:
            to.deliver(_said([line]), 1)
        else:
            self._fresh.append(line)
            self.flush()

    def hear_from_afar(self, lines: Iterable[Line]) -> None:
        """Have `publish` send ``lines``, which were said, and filtered, in the same place of another node.

        Of more than it sends at once, the oldest are only remembered, as when a node reads what was said before.
        """
        for line in lines:
            self._from_afar.append(line)
            self._fresh_bytes += _size(line)
        while self._from_afar and self._fresh_bytes > CHAT_ROOM_BYTES:
            oldest = self._from_afar.popleft()
            self._fresh_bytes -= _size(oldest)
            self._remember([oldest])

    def whisper_from_afar(self, line: Line, to: str) -> str | None:
        """Send ``line`` to the nickname ``to``.

        Returns:
            The nickname; empty if nobody here has it, None if too much is whispered to them.
        """
        voice = self._voices.get(folded(to))
        if voice is None:
            return ""
        if not voice.takes_whisper(self._now()):
            return None
        voice.deliver_line(line)
        return voice.nickname

    def publish(self) -> None:
        """Send what was said, if it is time; to be called more often than once in `CHAT_INTERVAL` seconds."""
        if (self._fresh or self._from_afar) and self._now() - self._sent_at >= CHAT_INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Send what was said, now."""
        lines, afar = self._fresh, list(self._from_afar)
        self._fresh, self._from_afar, self._fresh_bytes = [], deque(), 0
        if not (lines or afar):
            return
        self._sent_at = self._now()
        self.remembered(lines)
        lines = afar + lines
        self._remember(lines)
        self.overheard(lines)
        batches: dict[tuple[bool, bool], list[tuple[bytes, int, bool]]] = {}
        for voice in list(self._voices.values()):
            key = voice.watches, voice.hear is not None
            if key not in batches:
                batches[key] = self._batches(lines, *key)
            for message, count, late in batches[key]:
                voice.deliver(message, count, late=late)

    def _batches(self, lines: list[Line], watches: bool, hears_late: bool) -> list[tuple[bytes, int, bool]]:
        """What to send of ``lines`` to those who watch, or do not: a message, its lines, and whether it comes late."""
        if self._apart and not watches:
            lines = [line for line in lines if line.kind != LineKind.SPECTATOR]
        parts = {False: lines}
        if hears_late:
            parts = {late: [line for line in lines if (line.kind == LineKind.MATCH) is late] for late in (True, False)}
        return [(_said(part), len(part), late) for late, part in parts.items() if part]

    def _add(self, line: Line) -> bool:
        """Have `publish` send ``line`` to everybody; False when too much is said here."""
        size = _size(line)
        if self._fresh_bytes + size > CHAT_ROOM_BYTES:
            return False
        self._fresh.append(line)
        self._fresh_bytes += size
        return True

    def _remember(self, lines: list[Line]) -> None:
        self._encoded_history.clear()
        for line in lines:
            if len(self._history) == CHAT_HISTORY:
                self._history_bytes -= _size(self._history.popleft())
            self._history.append(line)
            self._history_bytes += _size(line)
        while self._history_bytes > CHAT_HISTORY_BYTES:
            self._history_bytes -= _size(self._history.popleft())

    def _whisper(self, voice: Voice, text: str, to: str) -> None:
        other = self._voices.get(folded(to))
        if other is None and self.far_whisper:
            self.far_whisper(voice, text, to)
        elif other is None:
            voice.notice(NoticeCode.NOBODY_CALLED_SO)
        elif self._apart and voice.watches and not other.watches:
            voice.notice(NoticeCode.NOT_SHOWN_TO_PLAYERS)
        elif other is not voice and not other.takes_whisper(self._now()):
            voice.notice(NoticeCode.TOO_MUCH_IS_SAID)
        else:
            if other is not voice:
                other.deliver_line(Line(LineKind.WHISPER, voice.player, voice.nickname, text))
            voice.deliver_line(Line(LineKind.WHISPERED, other.player, other.nickname, text))


def _said(lines: Iterable[Line]) -> bytes:
    return encode(Said(tuple(lines)))


def _size(line: Line) -> int:
    """Bytes, about."""
    return len(line.nickname.encode()) + len(line.text.encode())
