"""Who hears which line: in the lobby, in a match, in a whisper, among spectators."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import attrs

from game_server.lobby.names import clean_chat, folded
from game_server.protocol.codec import encode
from game_server.protocol.codes import NO_PLAYER, LineKind, NoticeCode
from game_server.protocol.limits import CHAT_HISTORY
from game_server.protocol.rate import TokenBucket
from game_server.protocol.server_messages import Line, Notice, Said

WordHook = Callable[[str], str]
"""What a line of chat, a nickname or the name of a match goes through: the text as it may be shown."""

NOTICES: Final = {
    NoticeCode.WRITES_TOO_FAST: "You write too fast; that line was not sent.",
    NoticeCode.MUTED: "You are muted; nobody was shown that line.",
    NoticeCode.NOBODY_CALLED_SO: "Nobody here is called so.",
    NoticeCode.NO_SUCH_COMMAND: "There is no such command; nobody was shown that line.",
    NoticeCode.NOT_SHOWN_TO_PLAYERS: "Players do not see what spectators say here.",
}


@attrs.define(eq=False)
class Voice:
    """Somebody who is here to speak and to hear.

    Attributes:
        nickname: unique here.
        send: takes an encoded message.
        hear: the same for what players say: a spectator may hear them late.
        rate: lines that the person may still write; goes along from place to place.
        player: the seat; `NO_PLAYER` without one.
        watches: whether it is a spectator.
        muted: what is said is not passed on.
    """

    nickname: str
    send: Callable[[bytes], None]
    rate: TokenBucket
    player: int = NO_PLAYER
    watches: bool = False
    muted: bool = False
    hear: Callable[[bytes], None] = attrs.field(default=attrs.Factory(lambda self: self.send, takes_self=True))
    _warned: bool = attrs.field(default=False, init=False)

    def notice(self, code: NoticeCode) -> None:
        """Tell this one alone."""
        self.send(encode(Notice(code, NOTICES[code])))

    def warn(self) -> None:
        """Tell a spectator, once, that players do not see what spectators say."""
        if not self._warned:
            self._warned = True
            self.notice(NoticeCode.NOT_SHOWN_TO_PLAYERS)


class Conversation:
    """What is said in one place.

    Args:
        kind: of the lines: `LineKind.MATCH` or `LineKind.LOBBY`.
        words: see `WordHook`.
        now: a steady clock in seconds.
        apart: whether what spectators say only spectators see.
    """

    def __init__(self, kind: LineKind, words: WordHook, now: Callable[[], float], *, apart: bool = False) -> None:
        self._kind = kind
        self._words = words
        self._now = now
        self._apart = apart
        self._voices: dict[str, Voice] = {}
        self._history: deque[Line] = deque(maxlen=CHAT_HISTORY)

    def enter(self, voice: Voice) -> None:
        """Hear what is said from now on."""
        self._voices[folded(voice.nickname)] = voice

    def recall(self, voice: Voice) -> None:
        """Tell what was said before, if anything was."""
        lines = tuple(line for line in self._history if self._may_hear(voice, line))
        if lines:
            voice.send(encode(Said(lines)))

    def leave(self, voice: Voice) -> None:
        """Hear no more."""
        name = folded(voice.nickname)
        if self._voices.get(name) is voice:
            del self._voices[name]

    def say(self, voice: Voice, text: str, to: str = "") -> None:
        """``voice`` says ``text``: to everybody here or, with ``to``, to that nickname alone.

        Whoever may not, or writes too fast, gets a notice, and nobody hears anything. So does whoever begins a line to
        everybody with a slash: a command that some client does not know may hold what is for one alone.
        """
        text = clean_chat(text)
        if not text:
            return
        if not voice.rate.take(1, self._now()):
            voice.notice(NoticeCode.WRITES_TOO_FAST)
        elif voice.muted:
            voice.notice(NoticeCode.MUTED)
        elif text.startswith("/") and not to:
            voice.notice(NoticeCode.NO_SUCH_COMMAND)
        elif to:
            self._whisper(voice, self._words(text), to)
        else:
            kind = LineKind.SPECTATOR if voice.watches else self._kind
            self._pass_on(Line(kind, voice.player, voice.nickname, self._words(text)))
            if voice.watches and self._apart:
                voice.warn()

    def tell(self, text: str, *, to: Voice | None = None, but: Voice | None = None) -> None:
        """The server says ``text``: to one, or to everybody here but for ``but``."""
        line = Line(LineKind.SERVER, NO_PLAYER, "", text)
        if to:
            to.send(encode(Said((line,))))
        else:
            self._pass_on(line, but)

    def _pass_on(self, line: Line, but: Voice | None = None) -> None:
        self._history.append(line)
        message = encode(Said((line,)))
        for voice in self._voices.values():
            if voice is not but and self._may_hear(voice, line):
                (voice.hear if line.kind == LineKind.MATCH else voice.send)(message)

    def _whisper(self, voice: Voice, text: str, to: str) -> None:
        other = self._voices.get(folded(to))
        if other is None:
            voice.notice(NoticeCode.NOBODY_CALLED_SO)
        elif self._apart and voice.watches and not other.watches:
            voice.notice(NoticeCode.NOT_SHOWN_TO_PLAYERS)
        else:
            if other is not voice:
                other.send(encode(Said((Line(LineKind.WHISPER, voice.player, voice.nickname, text),))))
            voice.send(encode(Said((Line(LineKind.WHISPERED, other.player, other.nickname, text),))))

    def _may_hear(self, voice: Voice, line: Line) -> bool:
        return voice.watches or not self._apart or line.kind != LineKind.SPECTATOR
