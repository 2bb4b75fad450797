"""The store that the settings name, with its key. The SDK is imported only here, by those who need a store."""

from ingest.cloud.keys import find_key
from ingest.cloud.store import Store
from ingest.config.settings import CloudKind, CloudSettings


def open_store(settings: CloudSettings) -> Store:
    """The configured store; nothing is asked of the network yet.

    Raises:
        CloudRefused: no key, or a realm that is no place for a key.
    """
    key = find_key(settings.bucket)
    match settings.kind:
        case CloudKind.B2:
            from ingest.cloud.b2 import B2Store  # slow to import

            return B2Store(settings.bucket, key, realm=settings.realm)
