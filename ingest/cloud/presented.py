"""An object of the inner store as the content that it holds, by what the ledger knows of its encryption. Pure."""

import dataclasses
from collections.abc import Iterable, Sequence

from ingest.cloud.store import StoredObject
from ingest.ledger.seals import SEALED_ID, Seal


def names_of(seals: Sequence[Seal]) -> list[str]:
    """Under which names they may lie, the newest first."""
    return list(dict.fromkeys(seal.name for seal in seals))


def seal_of(found: StoredObject | None, seals: Iterable[Seal]) -> Seal | None:
    """The seal that this object is of: its name, size and SHA-1 are the ledger's; one that is untold stays untold."""
    if found is None:
        return None
    alike = (seal for seal in seals if (seal.name, seal.sealed_size) == (found.key, found.size))
    return next((seal for seal in alike if found.sha1 in ("", seal.sealed_sha1)), None)


def opened_up(found: StoredObject, seal: Seal) -> StoredObject:
    """An object as the content that it holds; `verified` as the inner store says it of the ciphertext."""
    sha1 = seal.sha1 if found.sha1 else ""
    return dataclasses.replace(found, key=seal.key, size=seal.size, sha1=sha1, file_id=SEALED_ID + found.file_id)


def as_held(found: StoredObject, seals: Sequence[Seal]) -> StoredObject:
    """As the content that it holds where it is of one of the seals, else as it is."""
    mine = seal_of(found, seals)
    return found if mine is None else opened_up(found, mine)


def as_stranger(found: StoredObject, key: str) -> StoredObject:
    """What lies where ours lay: under our key, with its own size and SHA-1, so that the queue tells it."""
    return dataclasses.replace(found, key=key, file_id=SEALED_ID + found.file_id)
