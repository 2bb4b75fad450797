"""The store that the settings name, with its key. The SDK is imported only here, by those who need a store."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ingest.cloud.apart import run_apart
from ingest.cloud.errors import CloudUnreachable, Interrupted
from ingest.cloud.hygiene import BucketFacts
from ingest.cloud.keys import ApplicationKey, find_key
from ingest.cloud.line import Line
from ingest.cloud.store import ShouldStop, Store
from ingest.config import home_folder
from ingest.config.settings import CloudKind, CloudSettings
from ingest.ledger.seals import SealBook

_LEDGER = "ledger.sqlite"
_SPOOL = "spool"

T = TypeVar("T")


def open_store(settings: CloudSettings, line: Line | None = None) -> Store:
    """The configured store; nothing is asked of the network yet. line: what uploads are sent on, by default a free one.

    Where the settings encrypt, or something was ever encrypted for the bucket, it is a `SealedStore` with the home's
    ledger and spool.

    Raises:
        CloudRefused: no key, or a realm that is no place for a key; a recipient that is none.
    """
    store, home = plain_store(settings, line), home_folder()
    book = SealBook(home / _LEDGER, settings.bucket)
    if not settings.encrypt and book.is_empty():
        return store
    from ingest.cloud.identities import find_identities
    from ingest.cloud.sealed import SealedStore
    from ingest.cloud.spool import Spool

    recipients = settings.recipients if settings.encrypt else ()
    return SealedStore(store, book, Spool(home / _SPOOL), recipients, partial(find_identities, settings.bucket))


def plain_store(settings: CloudSettings, line: Line | None = None, key: ApplicationKey | None = None) -> Store:
    """The same, which encrypts nothing. key: the one to use in place of that of the environment or the keychain."""
    key = key or find_key(settings.bucket)
    match settings.kind:
        case CloudKind.B2:
            from ingest.cloud.b2 import B2Store  # slow to import

            return B2Store(settings.bucket, key, realm=settings.realm, line=line)


def in_the_clear(store: Store) -> Store:
    """The store itself, beneath what encrypts: for what everybody may read."""
    inner: Store = getattr(store, "inner", store)
    return inner


def ask_facts(settings: CloudSettings, seconds: float, key: ApplicationKey | None = None) -> BucketFacts:
    """What the key may do and how its bucket is set, asked of the service itself; see `within`. key: as `open_store`'s.

    Raises:
        CloudRefused: no key, or not for this bucket.
        CloudUnreachable: no answer in time.
    """
    key = key or find_key(settings.bucket)
    from ingest.cloud.b2_account import B2Account  # slow to import
    from ingest.cloud.b2_bucket import ask_bucket

    account = B2Account(settings.bucket, key, settings.realm)
    return within(seconds, lambda _: ask_bucket(account))


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
