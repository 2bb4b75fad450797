"""The store that the settings name, with its key. The SDK is imported only here, by those who need a store."""

import time

from ingest.cloud.apart import run_apart
from ingest.cloud.errors import CloudUnreachable, Interrupted
from ingest.cloud.keys import find_key
from ingest.cloud.line import Line
from ingest.cloud.store import KeyPowers, Store
from ingest.config.settings import CloudKind, CloudSettings


def open_store(settings: CloudSettings, line: Line | None = None) -> Store:
    """The configured store; nothing is asked of the network yet. line: what uploads are sent on, by default a free one.

    Raises:
        CloudRefused: no key, or a realm that is no place for a key.
    """
    key = find_key(settings.bucket)
    match settings.kind:
        case CloudKind.B2:
            from ingest.cloud.b2 import B2Store  # slow to import

            return B2Store(settings.bucket, key, realm=settings.realm, line=line)


def ask_powers(settings: CloudSettings, seconds: float) -> KeyPowers:
    """What the key may do, asked of the service itself; a few seconds of grace beyond `seconds` at most.

    Raises:
        CloudRefused: no key, or not for this bucket.
        CloudUnreachable: no answer in time.
    """
    key = find_key(settings.bucket)
    end = time.monotonic() + seconds
    from ingest.cloud.b2_account import B2Account  # slow to import

    account = B2Account(settings.bucket, key, settings.realm)
    try:
        return run_apart(lambda _: account.powers(), lambda: time.monotonic() > end, lambda: None)
    except Interrupted as error:
        raise CloudUnreachable(f"The bucket did not answer within {seconds:.0f} seconds") from error
