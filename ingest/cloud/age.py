"""Encrypting and opening in the age format (age-encryption.org/v1), by pyrage; beside this file nothing knows it.

The library reads 8 KiB at a time and writes 64 KiB, through the objects below, whatever the size of the file. What they
raise it passes on as words, or at the end not at all, so they remember it. Any `age` program opens what is made here.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.cloud.errors import CloudError, CloudRefused, Unopened, WrongIdentity
from ingest.words import how_to_add

ENDING = ".age"
MAGIC = b"age-encryption.org/v1\n"
_NO_MATCH = "No matching keys found"  # the library's words when no identity here is one of the recipients

Take = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Facts:
    """What passed. sha1: hex. size in bytes."""

    size: int
    sha1: str


def largest(size: int) -> int:
    """The bytes that `size` bytes may become: 16 for each 64 KiB, and a beginning with a line for each recipient."""
    return size + size // 4096 + (8 << 10)


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Public keys, `age1...`.

    Raises:
        CloudRefused: one of them is none, or the library is missing.
    """
    library, found = _library(), []
    for number, text in enumerate(texts):
        try:
            found.append(library.x25519.Recipient.from_str(text))
        except library.RecipientError as error:
            hint = "It begins with age1; make one with: safelight cloud keygen"
            raise CloudRefused(f"[cloud] recipients[{number}] is no public key of age", hint=hint) from error
    return found


def identities_of(texts: Iterable[str]) -> list[Any]:
    """Private keys, `AGE-SECRET-KEY-1...`.

    Raises:
        CloudRefused: one of them is none, or the library is missing. It is not repeated.
    """
    library = _library()
    try:
        return [library.x25519.Identity.from_str(text) for text in texts]
    except library.IdentityError:
        raise CloudRefused("What should be an identity of age is none", hint="AGE-SECRET-KEY-1..., whole") from None


def new_identity() -> tuple[str, str]:
    """(public key, private key) of a new pair."""
    made = _library().x25519.Identity.generate()
    return str(made.to_public()), str(made)


def public_of(identity: Any) -> str:
    """The public key of an identity."""
    return str(identity.to_public())


def seal(pieces: Iterator[bytes], take: Take, recipients: Sequence[Any]) -> tuple[Facts, Any]:
    """Encrypt what `pieces` give into `take`. Gives what was read, and an identity made for this one file.

    That identity is one more recipient: with it the result is opened again before it counts, which nobody could do
    otherwise where only public keys are. It is kept nowhere.

    Raises:
        CloudError: the library failed. What `pieces` or `take` raise comes as it is.
    """
    library = _library()
    once = library.x25519.Identity.generate()
    reader, writer = _Reader(pieces), _Writer(take)
    try:
        library.encrypt_io(reader, writer, [*recipients, once.to_public()])
    except Exception as error:
        _raise_own(reader, writer)
        raise CloudError(f"It could not be encrypted: {error}") from error
    _raise_own(reader, writer)
    return reader.meter.facts(), once


def unseal(pieces: Iterator[bytes], take: Take, identities: Sequence[Any]) -> None:
    """Decrypt what `pieces` give into `take`, 64 KiB at most behind what was proven to be unchanged.

    Raises:
        WrongIdentity: none of the identities opens it; nothing was given to `take`.
        Unopened: it is damaged, cut, or not in this format. What `pieces` or `take` raise comes as it is.
    """
    library, reader, writer = _library(), _Reader(pieces), _Writer(take)
    try:
        library.decrypt_io(reader, writer, list(identities))
    except Exception as error:
        _raise_own(reader, writer)
        if _NO_MATCH in str(error):
            raise WrongIdentity("No identity here opens it: it was encrypted for others") from error
        raise Unopened("It cannot be decrypted: its bytes are damaged, cut, or no age file") from error
    _raise_own(reader, writer)


def _raise_own(reader: "_Reader", writer: "_Writer") -> None:
    """What happened on our side is the reason. The library does not tell what its last write met."""
    for error in (reader.error, writer.error):
        if error is not None:
            raise error


class Meter:
    """Counts and hashes what passes."""

    def __init__(self) -> None:
        self._size, self._sha1 = 0, hashlib.sha1(usedforsecurity=False)

    def take(self, data: bytes) -> None:
        """The next bytes."""
        self._size += len(data)
        self._sha1.update(data)

    def facts(self) -> Facts:
        """Of all so far."""
        return Facts(self._size, self._sha1.hexdigest())


class _Reader:
    """The file that the library reads: pieces of any size, counted and hashed as they go by."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.error: BaseException | None = None
        self.meter = Meter()
        self._pieces, self._left = pieces, memoryview(b"")

    def read(self, count: int = -1) -> bytes:
        """Some bytes, `count` at most; none at the end."""
        try:
            while not self._left:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self.meter.take(piece)
                self._left = memoryview(piece)
        except BaseException as error:
            self.error = error
            raise
        count = len(self._left) if count < 0 else count
        data, self._left = bytes(self._left[:count]), self._left[count:]
        return data


class _Writer:
    """The file that the library writes."""

    def __init__(self, take: Take) -> None:
        self.error: BaseException | None = None
        self._take = take

    def write(self, data: bytes) -> int:
        """All of it."""
        try:
            self._take(data)
        except BaseException as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def _library() -> Any:
    """The library, loaded by those who encrypt or open alone.

    Raises:
        CloudRefused: it is not installed.
    """
    try:
        import pyrage
    except ImportError as error:
        hint = how_to_add("encryption")
        raise CloudRefused("Encryption needs the library pyrage, which is not installed", hint=hint) from error
    return pyrage
