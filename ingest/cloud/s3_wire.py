"""How Safelight's bytes, time limits and checksums reach boto3, whose own retries and default checksums are off.

Since 1.36 botocore adds CRC32 headers and trailers of its own to every upload; Backblaze's S3 interface and others
refuse them ("Unsupported header ..."). Here nothing is added but Content-MD5, which every S3 service checks, and an
`x-amz-checksum-sha1` where the service takes it.
"""

import base64
import hashlib
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config

from ingest import __version__
from ingest.cloud.errors import CloudRefused, SourceChanged
from ingest.cloud.line import Line
from ingest.cloud.window import Window

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60  # of silence, for a listing or any other small question
UPLOAD_SECONDS = 120  # of silence while a body goes out or the service takes it in
_CONNECTIONS = 64
_HERE = ("127.0.0.1", "::1", "localhost")


def keep_quiet() -> None:
    """At DEBUG botocore and urllib3 write signatures and headers into the log."""
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def client_config(endpoint: str, silence: int) -> Config:
    """One attempt a call: the queue owns all retries. silence: seconds without a byte that are waited for."""
    s3: dict[str, Any] = {"addressing_style": "auto"}
    if urlsplit(endpoint).scheme == "http":  # only on this computer: there a body would be read twice, to be signed
        s3["payload_signing_enabled"] = False
    return Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=silence,
        retries={"total_max_attempts": 1, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=_CONNECTIONS,
        user_agent_extra=f"safelight/{__version__}",
        s3=s3,
    )


def check_endpoint(endpoint: str) -> None:
    """HTTPS; plain HTTP only on this computer, since the photographs would travel in clear.

    Raises:
        CloudRefused: it is no such address.
    """
    parts = urlsplit(endpoint)
    if not endpoint or (parts.hostname and parts.scheme == "https"):
        return
    if parts.scheme == "http" and parts.hostname in _HERE:
        return
    raise CloudRefused(
        f"The endpoint {endpoint!r} is not an https address",
        hint='Set [cloud] endpoint in the settings, e.g. "https://s3.eu-central-003.backblazeb2.com"',
    )


class ProvenWindow(Window):
    """A window that never gives its last bytes away unless all of them together have the hash that they should have.

    A request whose body stays short is no upload to any service: a file that changes while it goes out never becomes
    visible, whatever the service itself compares. proven: the digest; `algorithm`: "sha1" or "md5".
    """

    def __init__(
        self,
        fd: int,
        offset: int,
        length: int,
        on_bytes: Callable[[int], object],
        should_stop: Callable[[], bool],
        line: Line,
        proven: bytes,
        algorithm: str,
    ) -> None:
        super().__init__(fd, offset, length, on_bytes, should_stop, line)
        self._proven, self._algorithm = proven, algorithm
        self._digest = hashlib.new(algorithm, usedforsecurity=False)

    def seek(self, position: int, whence: int = 0) -> int:
        """Back to the beginning alone: the hash begins anew."""
        if position:
            raise ValueError("a window that hashes goes back to its beginning alone")
        self._digest = hashlib.new(self._algorithm, usedforsecurity=False)
        return super().seek(position, whence)

    def read(self, size: int = -1) -> bytes:
        """As `Window.read`.

        Raises:
            SourceChanged: with these bytes the whole would be another one.
        """
        data = super().read(size)
        self._digest.update(data)
        if data and self.tell() == len(self) and self._digest.digest() != self._proven:
            raise SourceChanged("The file changed while it was sent; nothing of it became visible")
        return data


def in_base64(digest: bytes) -> str:
    """As checksums travel in headers."""
    return base64.b64encode(digest).decode()


def from_base64(text: str) -> bytes:
    """A checksum of a header; b"" for what is none, such as that of a whole made of its parts' (`...-3`)."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
