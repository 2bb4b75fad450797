"""What lies in the bucket of an S3 service: names a thousand a call, and what each of them is by a HEAD of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from ingest.cloud.s3_account import S3Account
from ingest.cloud.s3_errors import NotHereError, UnsupportedError
from ingest.cloud.store import StoredObject

_LOOKS = 8  # objects that are asked for at once: a listing tells no SHA-1
_PAGE = 1000  # names an answer, the most that a service gives
_AT_ONCE = 64


def listed(account: S3Account, prefix: str, *, every_version: bool) -> Iterator[StoredObject]:
    """As `Store.list`. A service that does not list versions (R2) gives those that are visible."""
    names = _every_version(account, prefix) if every_version else _visible(account, prefix)
    with ThreadPoolExecutor(_LOOKS, thread_name_prefix="look") as pool:
        while batch := list(islice(names, _AT_ONCE)):
            yield from filter(None, pool.map(lambda name: _look(account, *name), batch))


def _look(account: S3Account, key: str, version: str) -> StoredObject | None:
    """None for what went meanwhile."""
    try:
        return account.head(key, version)
    except NotHereError:
        return None


def _visible(account: S3Account, prefix: str) -> Iterator[tuple[str, str]]:
    """(key, "")."""
    after: dict[str, str] = {}
    while True:
        with account.client() as client:
            page = client.list_objects_v2(Bucket=account.bucket, Prefix=prefix, MaxKeys=_PAGE, **after)
        yield from ((str(entry["Key"]), "") for entry in page.get("Contents", ()))
        token = page.get("NextContinuationToken")
        if not page.get("IsTruncated") or not token:
            return
        after = {"ContinuationToken": token}


def _every_version(account: S3Account, prefix: str) -> Iterator[tuple[str, str]]:
    """(key, version), newest first within a name, without the marks that say that a name was deleted."""
    after: dict[str, str] = {}
    while True:
        try:
            with account.client() as client:
                page = client.list_object_versions(Bucket=account.bucket, Prefix=prefix, MaxKeys=_PAGE, **after)
        except UnsupportedError:
            yield from _visible(account, prefix)
            return
        for entry in page.get("Versions", ()):
            version = str(entry.get("VersionId") or "")
            yield str(entry["Key"]), "" if version == "null" and entry.get("IsLatest") else version
        before, after = after, _next_page(page, "KeyMarker", "VersionIdMarker")
        if not page.get("IsTruncated") or after == before:
            return


def begun_below(account: S3Account, prefix: str) -> Iterator[tuple[str, str]]:
    """(key, upload id) of what was begun in parts, by whomever."""
    after: dict[str, str] = {}
    while True:
        with account.client() as client:
            page = client.list_multipart_uploads(Bucket=account.bucket, Prefix=prefix, **after)
        yield from ((str(entry["Key"]), str(entry["UploadId"])) for entry in page.get("Uploads", ()))
        before, after = after, _next_page(page, "KeyMarker", "UploadIdMarker")
        if not page.get("IsTruncated") or after == before:
            return


def _next_page(page: dict[str, object], *names: str) -> dict[str, str]:
    """Where the next page begins."""
    return {name: str(page[f"Next{name}"]) for name in names if page.get(f"Next{name}")}
