"""The contract of an off-site store: what the queue, the check and the way back ask of a bucket or a carried drive.

A store never deletes, hides or replaces what is finished: `put` under a name that holds other content raises NameTaken.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

OnBytes = Callable[[int], object]
"""Told how many bytes of the present object have been sent so far; may go back when a part is sent again."""

ShouldStop = Callable[[], bool]
"""Asked before each block is sent; True ends the transfer with Interrupted within two seconds."""

Sink = Callable[[bytes], object]
"""Takes the next bytes of a download; what it raises reaches the caller as it is."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as the store describes it. key: name without the bucket. size in bytes. sha1: hex, "" when untold.

    verified: the store itself computed this SHA-1 over what it holds (or, for an object just put in parts, over each
    part of bytes whose whole hash was the Asset's). False: `sha1` is a claim of whoever uploaded it.
    file_id: names exactly this version for ever. uploaded_at: seconds since 1970 UTC, by the store's clock.
    already_there: `put` sent nothing. versions: objects of this content under this key; above 1 all are billed.
    """

    key: str
    size: int
    sha1: str
    verified: bool
    file_id: str
    uploaded_at: float
    already_there: bool = False
    versions: int = 1


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A large file that was begun and never finished. sha1: of the whole, as its beginner said, "" when untold."""

    key: str
    file_id: str
    sha1: str
    file_info: Mapping[str, str]


class Store(Protocol):
    """One bucket (or drive), opened at first use. Methods may be called from several threads at once.

    All raise CloudRefused, CloudUnreachable or another CloudError of `ingest.cloud.errors`, never the library's own.
    """

    @property
    def name(self) -> str:
        """For people: "b2:my-archive"."""
        ...

    def put(
        self,
        local_path: bytes,
        key: str,
        size: int,
        sha1_hex: str,
        file_info: Mapping[str, str],
        on_bytes: OnBytes,
        should_stop: ShouldStop,
    ) -> StoredObject:
        """Bring a file to `key` unless its content is there; never return before the store agreed on size and SHA-1.

        file_info: at most nine short entries, constant for the Asset.

        Raises:
            SourceChanged: the file's bytes are not `size` bytes of `sha1_hex`; nothing wrong became visible.
            SourceGone: the file cannot be read.
            NameTaken: another content has the key.
            Interrupted: `should_stop` said so.
        """
        ...

    def stat(self, key: str) -> StoredObject | None:
        """The newest visible version under exactly this key."""
        ...

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        """Objects whose key begins with `prefix`, by key; with `every_version` also replaced and hidden ones."""
        ...

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """Feed the content from `offset` on to `sink`, give the number of bytes fed. The caller proves them.

        file_id: exactly that version. Without it the newest visible one, or, when the name was hidden or its
        last version deleted, the newest that is still there.
        """
        ...

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """Large files below `prefix` that were begun and neither finished nor cancelled, by whomever."""
        ...

    def cancel(self, file_id: str) -> None:
        """Give up an unfinished file with its parts; one that is gone already is no error."""
        ...
