"""The certificates to trust, and reasons for failed TLS handshakes in words."""

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
"""OpenSSL's reasons for an answer that is not TLS."""


class TlsError(OSError):
    """The TLS handshake failed; the message says why and what to do."""


@attrs.frozen
class Trust:
    """What to trust besides the authorities that the system knows.

    Attributes:
        ca: a PEM file of authorities, or a self-signed certificate itself.
        pin: the `fingerprint` of the only certificate to trust, whatever name it is for; empty for no pin.
    """

    ca: Path | None = None
    pin: str = ""

    @classmethod
    def of(cls, ca: Path | None, pin: str) -> Trust:
        """Check what a person chose.

        Raises:
            ConfigError: the file or the pin cannot be used, or both are given.
        """
        if ca and pin:
            raise ConfigError(
                "--ca and --pin exclude one another: one names the authority, the other the certificate itself"
            )
        digits = pin.lower().removeprefix("sha256:").replace(":", "")  # openssl writes a colon after every two digits
        if pin and not _DIGITS.fullmatch(digits):
            raise ConfigError(f"--pin {pin} is not a fingerprint: give what game-server host prints, sha256:...")
        trust = cls(ca, f"sha256:{digits}" if pin else "")
        trust.context()
        return trust

    def context(self) -> ssl.SSLContext:
        """Return the context to encrypt with. With a pin, handshakes raise `TlsError` for any other certificate.

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
                said = error.strerror if type(error) is not ssl.SSLError and error.strerror else "it is not a PEM file"
                raise ConfigError(f"cannot use {self.ca} as --ca: {said}") from error
        return context


def _pinned(pin: str) -> ssl.SSLContext:
    """Return a context that checks nothing of a certificate but its `fingerprint`."""

    def check(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
        found = fingerprint(connection.getpeercert(binary_form=True) or b"")
        if found != pin:
            raise TlsError(f"its certificate has the fingerprint {found}, not the pinned {pin}")

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
    """Return the fingerprint of a certificate in DER: ``sha256:`` and 64 hexadecimal digits."""
    return f"sha256:{sha256(certificate).hexdigest()}"


def fingerprint_of_file(path: Path) -> str:
    """Return the `fingerprint` of the first certificate in a PEM file, which is the server's own.

    Raises:
        ConfigError: the file has no certificate.
    """
    first = _PEM.search(path.read_text("utf-8", "replace"))
    if first is None:
        raise ConfigError(f"{path} has no certificate; it must be a PEM file")
    return fingerprint(ssl.PEM_cert_to_DER_cert(first[0]))


def why_no_tls(error: BaseException | None) -> str:
    """Say why a handshake failed, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.rstrip(".")
        return (
            f"its certificate is not trusted ({said}): if the server is yours, give the"
            " fingerprint that game-server host prints with --pin, or the certificate's file with --ca"
        )
    if isinstance(error, ssl.SSLError) and error.reason in _NO_TLS:
        return "it does not speak TLS: write http:// instead of https://"
    return "it broke off the TLS handshake; if it does not speak TLS, write http:// instead of https://"
