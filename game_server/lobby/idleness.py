"""Whether the people of a match do anything."""

from __future__ import annotations


class Idleness:
    """Looks at what people do. A key that is held, or a mouse that lies still, is nothing done.

    Args:
        after: seconds without anything done, after which a match is idle.
        now: seconds of any steady clock.
    """

    def __init__(self, after: float, now: float) -> None:
        self._after = after
        self._commands = b""
        self._done_at = now

    def look(self, commands: bytes, now: float, *, asked: bool) -> bool:
        """Whether the match is idle; to be called a few times a second.

        Args:
            commands: what everybody's last input holds: whoever comes or goes changes it, too.
            asked: whether somebody has asked for something since the last look.
        """
        if asked or commands != self._commands:
            self._commands = commands
            self._done_at = now
        return now - self._done_at >= self._after
