"""Which certificate of a server is believed, and what went wrong with TLS in words."""

from __future__ import annotations

import re
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Final

import attrs

from game_server.errors import ConfigError

_DIGITS: Final = re.compile(r"[0-9a-f]{64}")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
"""What OpenSSL makes of the beginning of an answer that is no TLS."""


class TlsError(OSError):
    """There is no TLS with a server; says why, and what to do."""


@attrs.frozen
class Trust:
    """What makes a certificate one to believe, beside the authorities that the system knows.

    Attributes:
        ca: a PEM file of authorities, or a self-signed certificate itself.
        pin: the `fingerprint` of the one certificate that is believed, whatever name it is for; empty for none.
    """

    ca: Path | None = None
    pin: str = ""

    @classmethod
    def of(cls, ca: Path | None, pin: str) -> Trust:
        """What a person chose.

        Raises:
            ConfigError: it cannot be used.
        """
        if ca and pin:
            raise ConfigError(
                "--ca and --pin exclude one another: the one names who vouches for a certificate, the other it"
            )
        digits = pin.lower().removeprefix("sha256:").replace(":", "")  # others write a colon between two digits
        if pin and not _DIGITS.fullmatch(digits):
            raise ConfigError(f"--pin {pin} is no fingerprint: give what game-server host prints, sha256:...")
        trust = cls(ca, f"sha256:{digits}" if pin else "")
        trust.context()
        return trust

    def context(self) -> ssl.SSLContext:
        """What to encrypt with. With a pin, a handshake raises `TlsError` where the certificate is another.

        Raises:
            ConfigError: the file of authorities cannot be used.
        """
        if self.pin:
            return _pinned(self.pin)
        context = ssl.create_default_context()
        if self.ca:
            try:
                context.load_verify_locations(self.ca)
            except OSError as error:
                said = error.strerror if type(error) is not ssl.SSLError and error.strerror else "it is no PEM file"
                raise ConfigError(f"cannot use {self.ca} as --ca: {said}") from error
        return context


def _pinned(pin: str) -> ssl.SSLContext:
    """A context that looks at nothing of a certificate but its `fingerprint`, for every connection made with it."""

    def check(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
        found = fingerprint(connection.getpeercert(binary_form=True) or b"")
        if found != pin:
            raise TlsError(f"its certificate is another: its fingerprint is {found}, and --pin {pin}")

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            check(self)

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            check(self)

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class, context.sslobject_class = PinnedSocket, PinnedObject
    return context


def fingerprint(certificate: bytes) -> str:
    """The name of a certificate in DER: ``sha256:`` and 64 hexadecimal digits."""
    return f"sha256:{sha256(certificate).hexdigest()}"


def fingerprint_of_file(path: Path) -> str:
    """The `fingerprint` of the first certificate in a PEM file, which is a server's own.

    Raises:
        ConfigError: there is none.
    """
    first = _PEM.search(path.read_text("utf-8", "replace"))
    if first is None:
        raise ConfigError(f"{path} has no certificate; it must be a PEM file")
    return fingerprint(ssl.PEM_cert_to_DER_cert(first[0]))


def why_no_tls(error: BaseException | None) -> str:
    """Why a handshake failed, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.rstrip(".")
        return (
            f"its certificate is not to be trusted ({said}): if it is that of your own server, give the"
            " fingerprint that game-server host prints with --pin, or the certificate's file with --ca"
        )
    if isinstance(error, ssl.SSLError) and error.reason in _NO_TLS:
        return "it does not speak TLS: write http:// instead of https://"
    return "it broke off the TLS handshake; if it does not speak TLS, write http:// instead of https://"
