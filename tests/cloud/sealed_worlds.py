"""A sealed store over the loopback B2, with keys of its own: what the tests of encryption share."""

from pathlib import Path

from cloud_worlds import store_for

from ingest.cloud.age import identities_of, new_identity
from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.sealed import SealedStore
from ingest.cloud.spool import Spool
from ingest.ledger.seals import SealBook

PUBLIC, PRIVATE = new_identity()
SPARE_PUBLIC, SPARE_PRIVATE = new_identity()
BUCKET = "my-archive"


def sealed_store(
    server: LoopbackB2,
    folder: Path,
    *,
    recipients: tuple[str, ...] = (PUBLIC,),
    private: str = PRIVATE,
    ledger: str = "ledger.sqlite",
) -> SealedStore:
    """As the settings would open it. folder: of the ledger and the spool. private: the key that is here."""
    book = SealBook(folder / ledger, BUCKET)
    return SealedStore(store_for(server), book, Spool(folder / "spool"), recipients, lambda: identities_of([private]))


def raw(server: LoopbackB2) -> dict[str, bytes]:
    """Name -> bytes of all that the service holds, as whoever breaks into it would see it."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        return {
            name: bytes(file.data_bytes)
            for (name, _), file in bucket.file_name_and_id_to_file.items()
            if file.is_visible()
        }


def facts(server: LoopbackB2) -> dict[str, dict[str, str]]:
    """Name -> what is stored beside the bytes."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        return {name: dict(file.file_info) for (name, _), file in bucket.file_name_and_id_to_file.items()}


def spooled(folder: Path) -> list[str]:
    """The names in the spool."""
    spool = folder / "spool"
    return sorted(path.name for path in spool.iterdir()) if spool.exists() else []
