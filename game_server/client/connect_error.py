"""Why a client is not in, in the same words whichever kind of client it is."""

from __future__ import annotations

from game_server.client.connection import cause_of, is_fault_of_tester, is_loss
from game_server.protocol.closes import CloseCode


class NotLetIn(Exception):
    """The server did not let a client in, or did not keep it.

    Attributes:
        code: of the close frame, if that was it; 1006 for an end without one.
        refusal: the `RefusalCode`, if the request was refused.
        turned_away: whether the server did not want it, or had no room.
        fault_of_tester: whether it could not even ask, for want of files or ports on this side.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        refusal: int | None = None,
        turned_away: bool = False,
        fault_of_tester: bool = False,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.refusal = refusal
        self.turned_away = turned_away or refusal is not None
        self.fault_of_tester = fault_of_tester

    @classmethod
    def because(cls, error: BaseException) -> NotLetIn:
        """The connection failed."""
        if is_loss(error):
            return cls.closed(None)
        return cls(f"could not connect: {cause_of(error)}", fault_of_tester=is_fault_of_tester(error))

    @classmethod
    def closed(cls, code: int | None, reason: str | None = "") -> NotLetIn:
        """The connection was closed; ``code`` is None, or 1006, when that came without a word."""
        if code is None or code == CloseCode.ABNORMAL:
            return cls("connection lost", code=int(CloseCode.ABNORMAL))
        return cls(f"closed with {code} {reason or ''}".rstrip(), code=code)
