"""One job: its sources in their order, until one of them gives the bytes that were proven."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from ingest.cloud.errors import CloudError, NoSpool, ObjectRefused, SourceChanged, SourceGone
from ingest.cloud.events import UploadSourceSuspect, UploadStarted
from ingest.cloud.naming import CONTENT, OWNER
from ingest.cloud.source import sha1_of
from ingest.cloud.store import OnBytes, ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.model.names import join
from ingest.model.uploads import UploadJob

OnSuspect = Callable[[int, str, bytes], object]
"""Told (asset id, destination, path) of a proven copy that has other bytes now."""

_FORMAT = "1"
T = TypeVar("T")


class Apart(Protocol):
    """Runs a call that may hang so that a stop is obeyed all the same; see `run_apart`."""

    def __call__(self, work: Callable[[ShouldStop], T]) -> T:
        """The call's result, or its exception."""
        ...


def file_info(job: UploadJob, owner: str = "") -> dict[str, str]:
    """What is stored beside the bytes: constant for the Asset, so that an upload can be taken up again.

    owner: the ledger's tag, so that it knows its own unfinished files among those of other stations.

    `src_last_modified_millis` is the convention that rclone and the b2 command line read as modification time.
    """
    return {
        "src_last_modified_millis": str(max(0, job.mtime_ms)),
        CONTENT: job.xxh128,
        "safelight_format": _FORMAT,
        **({OWNER: owner} if owner else {}),
    }


def send_job(
    job: UploadJob,
    store: Store,
    roots: Mapping[str, bytes],
    apart: Apart,
    *,
    on_bytes: OnBytes,
    emit: Callable[[Event], object],
    on_suspect: OnSuspect,
    owner: str = "",
) -> StoredObject:
    """Send one job from its first good source. roots: destination name -> absolute root, of those that are there.

    owner: as `file_info`.

    Raises:
        SourceGone: no source can be read now, and at least one may come back; NoSpool: as `SealedStore.put`.
        ObjectRefused: no source has the right bytes.
        CloudError: as `Store.put`.
    """
    away: list[str] = []
    for destination, path in job.sources:
        if destination not in roots:
            away.append(f"waiting for {destination}")
            continue
        local = join(roots[destination], path)
        emit(UploadStarted(job.key, job.size, destination))
        try:
            return _put(job, store, local, apart, on_bytes, owner)
        except NoSpool:  # another copy of it finds no more room
            raise
        except SourceGone as error:
            away.append(f"{destination}: {error.message}")
        except SourceChanged as error:
            if trouble := _trouble_behind(error, job, local, apart):
                away.append(f"{destination}: {trouble}")
                continue
            on_suspect(job.asset_id, destination, path)
            emit(UploadSourceSuspect(destination, path))
    if away:
        raise SourceGone("; ".join(away))
    raise ObjectRefused("no copy has the proven bytes any more", hint="Look at the copies with: safelight verify")


def _put(job: UploadJob, store: Store, local: bytes, apart: Apart, on_bytes: OnBytes, owner: str) -> StoredObject:
    info = file_info(job, owner)
    return apart(lambda should_stop: store.put(local, job.key, job.size, job.sha1, info, on_bytes, should_stop))


def _trouble_behind(error: SourceChanged, job: UploadJob, local: bytes, apart: Apart) -> str:
    """Bytes arrived that were not the proven ones: "" when the source itself is not the Asset any more, else why it
    cannot be read again.

    Raises:
        CloudError: the source is right.
    """
    try:
        found = apart(lambda should_stop: sha1_of(local, job.size, should_stop))
    except SourceChanged:
        return ""
    except SourceGone as gone:
        return gone.message or "cannot be read"
    if found == job.sha1:
        raise CloudError("The file is right here but arrived damaged; this computer or its network errs") from error
    return ""
