"""One tiny object there and back: what no look at capabilities shows is shown by doing it."""

import hashlib
import os
import tempfile

from ingest.cloud.errors import CloudError
from ingest.cloud.naming import object_key
from ingest.cloud.store import ShouldStop, Store, StoredObject

TEXT = (
    b"Safelight sent this file when this bucket was set up, found it in the bucket's listing and brought it back.\n"
    b"It may stay here: another setup finds it and sends nothing.\n"
)
"""Never to be changed: the same station sends it once, whatever the version of the program."""


def round_trip(store: Store, prefix: str, station: str, should_stop: ShouldStop) -> StoredObject:
    """Send `<prefix>.safelight/setup/<station>.txt` unless it is there, find it in a listing, bring it back, compare.

    prefix, station: of the settings.

    Raises:
        CloudError: as `Store` does, or what came back is not what was sent.
    """
    key = object_key(prefix, f".safelight/setup/{station}.txt".encode())
    sha1 = hashlib.sha1(TEXT, usedforsecurity=False).hexdigest()
    with tempfile.TemporaryDirectory(prefix="safelight-") as folder:
        path = os.path.join(os.fsencode(folder), b"setup.txt")
        with open(path, "wb") as file:
            file.write(TEXT)
        sent = store.put(path, key, len(TEXT), sha1, {}, lambda _: None, should_stop)
    listed = next((each for each in store.list(key) if each.key == key), None)
    if listed is None:
        raise CloudError("What was sent is not in the bucket's listing", path=key)
    if (listed.size, listed.sha1, listed.verified) != (len(TEXT), sha1, True):
        raise CloudError("The bucket lists another size or SHA-1 than was sent", path=key)
    back = bytearray()

    def take(block: bytes) -> None:
        back.extend(block)
        if len(back) > len(TEXT):
            raise CloudError("More came back from the bucket than was sent", path=key)

    store.get(key, take, file_id=listed.file_id)
    if back != TEXT:
        raise CloudError("Other bytes came back from the bucket than were sent", path=key)
    return sent
