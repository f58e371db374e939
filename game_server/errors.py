"""The errors that this package raises on purpose.

::

    GameServerError
     +-- ConfigError           what the host asked for cannot be done
     +-- ProtocolError         a peer broke the protocol; carries the close code
     +-- RequestRefused        what a person asked for cannot be granted; the connection goes on
     +-- LinkClosed            the other end of a link is gone
     +-- ServerUnreachable     no server answers where one was looked for
     +-- RulesError            a game declares or does what the engine cannot carry
     +-- JournalError          what was read from the data directory cannot be used
     +-- DirectoryUnavailable  the directory of the cluster does not answer; what there is goes on
     +-- CodeTaken             another node has the match
     +-- NodeNameTaken         another node has the name

Each message says what was wrong, with the value, and what to do about it.
"""

from __future__ import annotations


class GameServerError(Exception):
    """The root: whatever this package raises on purpose."""


class ConfigError(GameServerError):
    """An option, a config file or an address that cannot be used. One line, for the host to read."""


class ProtocolError(GameServerError):
    """What came off the wire is not allowed.

    Attributes:
        code: the close code that the peer gets (docs/PROTOCOL.md section 8).
        reason: a sentence for the peer, at most 123 bytes as UTF-8.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class RequestRefused(GameServerError):
    """What somebody asked for cannot be granted, and nothing has changed.

    Attributes:
        code: a `RefusalCode` (docs/PROTOCOL.md section 4).
        reason: a sentence for the person who asked.
        wait: seconds after which it is worth asking again; 0 for no such time.
    """

    def __init__(self, code: int, reason: str, wait: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.wait = wait


class LinkClosed(GameServerError):
    """The connection is gone.

    Attributes:
        code: the close code, 1006 when the peer went without a closing handshake.
        reason: what the closing side said; may be empty.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"link closed with code {code}: {reason or 'no reason given'}")
        self.code = code
        self.reason = reason


class ServerUnreachable(GameServerError):
    """Nobody answers there, or what answers is no server that speaks this protocol. One line, for a person to read."""


class RulesError(GameServerError):
    """A game's declarations or its steps break what the engine asks of games."""


class JournalError(GameServerError):
    """What was read from the data directory is not what a server of this version writes, or cannot be played again."""


class DirectoryUnavailable(GameServerError):
    """The directory of the cluster has not answered in time, or cannot be reached; the call may have had effect."""


class CodeTaken(GameServerError):
    """A claim does not stand, since the directory has another one of the code.

    Attributes:
        code: of the match.
        node: who has it; empty for nobody.
        epoch: of that claim; 0 for none.
    """

    def __init__(self, code: str, node: str, epoch: int) -> None:
        super().__init__(f"match {code} is {f'with node {node}, epoch {epoch}' if node else 'with nobody'}")
        self.code = code
        self.node = node
        self.epoch = epoch


class NodeNameTaken(GameServerError):
    """Another node with the same name is in the cluster."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a node called {name!r} is in the cluster already: give this one another --node-name")
        self.name = name


def as_fault(error: BaseException) -> Exception:
    """``error``, which the rules of a game have raised, as one that ends their match alone.

    `SystemExit` and `KeyboardInterrupt` would end the process, and whatever else is no `Exception` would go past those
    who take care of one.
    """
    if isinstance(error, Exception):
        return error
    fault = RulesError(f"the rules raised {error!r}, as if the whole server were to end")
    fault.__cause__ = error
    return fault


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors themselves in a group of errors, groups in the group included; nurseries raise such groups."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
