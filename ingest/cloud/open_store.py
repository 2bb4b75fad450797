"""The store that the settings name, with its key. The SDKs are imported only here, by those who need a store."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from ingest.cloud.apart import run_apart
from ingest.cloud.errors import CloudRefused, CloudUnreachable, Interrupted
from ingest.cloud.hygiene import BucketFacts
from ingest.cloud.keys import ApplicationKey, find_key
from ingest.cloud.line import Line
from ingest.cloud.store import ShouldStop, Store
from ingest.config import home_folder
from ingest.config.cloud_settings import CloudKind, CloudSettings
from ingest.ledger.seals import SealBook
from ingest.words import how_to_add

_LEDGER = "ledger.sqlite"
_SPOOL = "spool"
_NOTES = "uploads"  # a folder of the home

T = TypeVar("T")


def open_store(settings: CloudSettings, line: Line | None = None, *, home: Path | None = None) -> Store:
    """The configured store; nothing is asked of the network yet. line: what uploads are sent on, by default a free one.

    home: where is noted what was begun and which drive belongs here; who only reads needs none. Where the settings
    encrypt, or something was ever encrypted for the bucket, it is a `SealedStore` with our ledger and spool.

    Raises:
        CloudRefused: no key, no place for one, a recipient that is none, or what speaks to such a service is not
            installed.
    """
    store, ours = plain_store(settings, line, home=home), home_folder()
    book = SealBook(ours / _LEDGER, settings.bucket)
    if not settings.encrypt and book.is_empty():
        return store
    from ingest.cloud.identities import find_identities
    from ingest.cloud.sealed import SealedStore
    from ingest.cloud.spool import Spool

    recipients = settings.recipients if settings.encrypt else ()
    return SealedStore(store, book, Spool(ours / _SPOOL), recipients, partial(find_identities, settings.bucket))


def plain_store(
    settings: CloudSettings, line: Line | None = None, key: ApplicationKey | None = None, home: Path | None = None
) -> Store:
    """The same, which encrypts nothing. key: the one to use in place of that of the environment or the keychain."""
    notes = os.fsencode(home / _NOTES) if home else b""
    match settings.kind:
        case CloudKind.B2:
            from ingest.cloud.b2 import B2Store  # slow to import

            return B2Store(settings.bucket, key or find_key(settings.bucket), realm=settings.realm, line=line)
        case CloudKind.S3:
            return _s3(settings, line, notes)
        case CloudKind.FOLDER:
            from ingest.cloud.folder import FolderStore

            return FolderStore(os.fsencode(settings.path), memory=notes, line=line)


def _s3(settings: CloudSettings, line: Line | None, notes: bytes) -> Store:
    try:
        from ingest.cloud.s3 import S3Store  # slow to import, and boto3 is an extra of its own
    except ModuleNotFoundError as error:
        raise CloudRefused("boto3, which speaks to S3 services, is not installed", hint=how_to_add("s3")) from error
    key = find_key(settings.bucket, kind="s3")
    return S3Store(settings.bucket, key, endpoint=settings.endpoint, region=settings.region, begun=notes, line=line)


def in_the_clear(store: Store) -> Store:
    """The store itself, beneath what encrypts: for what everybody may read."""
    inner: Store = getattr(store, "inner", store)
    return inner


def ask_facts(settings: CloudSettings, seconds: float, key: ApplicationKey | None = None) -> BucketFacts:
    """What the key may do and how its bucket at B2 is set, asked of the service itself; see `within`.

    key: as `plain_store`'s.

    Raises:
        CloudRefused: no key, or not for this bucket.
        CloudUnreachable: no answer in time.
    """
    key = key or find_key(settings.bucket)
    from ingest.cloud.b2_account import B2Account  # slow to import
    from ingest.cloud.b2_bucket import ask_bucket

    account = B2Account(settings.bucket, key, settings.realm)
    return within(seconds, lambda _: ask_bucket(account))


def ask_for_a_listing(settings: CloudSettings, seconds: float) -> None:
    """All that can be known of a key where the service does not tell what it may do. Raises as `ask_facts`."""
    store = plain_store(settings)
    within(seconds, lambda _: next(store.list(settings.prefix), None))


def change_bucket(settings: CloudSettings, seconds: float, key: ApplicationKey, lock_days: int = 0) -> None:
    """Let new files be locked for so many days by governance; with 0 days: let them be encrypted (SSE-B2).

    Raises:
        CloudError: the service refuses, or does not answer in time.
    """
    from ingest.cloud.b2_account import B2Account  # slow to import
    from ingest.cloud.b2_bucket import encrypt_new_files, lock_new_files

    account = B2Account(settings.bucket, key, settings.realm)
    if lock_days:
        within(seconds, lambda _: lock_new_files(account, lock_days))
    else:
        within(seconds, lambda _: encrypt_new_files(account))


def within(seconds: float, work: Callable[[ShouldStop], T]) -> T:
    """The result of a call to the service; a few seconds of grace beyond `seconds` at most.

    Raises:
        CloudUnreachable: no answer in time.
    """
    end = time.monotonic() + seconds
    try:
        return run_apart(work, lambda: time.monotonic() > end, lambda: None)
    except Interrupted as error:
        raise CloudUnreachable(f"The bucket did not answer within {seconds:.0f} seconds") from error
