"""Whether the people of a match do anything."""

from __future__ import annotations

from game_server.protocol.limits import BOTS_REST_WHEN_LATE


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

    def look(self, commands: bytes, now: float, *, asked: bool, late: bool = False) -> bool:
        """Whether the match is idle; to be called a few times a second.

        Args:
            commands: what everybody's last input holds: whoever comes or goes changes it, too.
            asked: whether somebody has asked for something since the last look.
            late: whether ticks are late: then it is idle after `BOTS_REST_WHEN_LATE` seconds.
        """
        if asked or commands != self._commands:
            self._commands = commands
            self._done_at = now
        return now - self._done_at >= (min(self._after, BOTS_REST_WHEN_LATE) if late else self._after)
