"""The bucket at Backblaze B2, through b2sdk. Beside the other `b2_*` files nothing in Safelight knows the SDK.

b2sdk is used one call at a time (`B2Api.session`), not by its upload manager: that one sends a file again as soon as
an answer is lost, which leaves two billed versions, and keeps sending after Ctrl-C. Here one attempt is one request,
and after every doubtful one the name is listed before anything is sent again.
"""

import contextlib
import dataclasses
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from b2sdk.v3 import B2Api, B2HttpApiConfig, InMemoryAccountInfo

from ingest import __version__
from ingest.cloud.b2_errors import translate
from ingest.cloud.b2_parts import PartDriver
from ingest.cloud.b2_wire import StopSending, TimeLimitedSession, Window, keep_quiet
from ingest.cloud.errors import (
    CloudError,
    CloudUnreachable,
    Interrupted,
    NameTaken,
    ObjectRefused,
    SlowDown,
    SourceChanged,
    SourceGone,
)
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.naming import problem_with
from ingest.cloud.store import OnBytes, ShouldStop, Sink, StoredObject

_ATTEMPTS = 5
_PAGE = 1000  # names a listing call; more are billed as more calls
_CHUNK = 1 << 20
_CONTENT_TYPE = "b2/x-auto"


class B2Store:
    """One bucket. large_from: bytes from which a file goes in parts (below, B2 checks the SHA-1 of the whole file).

    Opened at the first call; the key never leaves memory. See `ingest.cloud.store.Store` for the contract.
    """

    def __init__(
        self,
        bucket: str,
        key: ApplicationKey,
        *,
        realm: str = "production",
        large_from: int = 200_000_000,
        part_size: int = 25_000_000,
    ) -> None:
        keep_quiet()
        self.bucket = bucket
        self._key, self._realm = key, realm
        self._large_from, self._part_size = large_from, part_size
        self._opening = threading.Lock()
        self._api: Any = None
        self._bucket_id = ""

    @property
    def name(self) -> str:
        """For people."""
        return f"b2:{self.bucket}"

    # --- the contract

    def put(
        self,
        local_path: bytes,
        key: str,
        size: int,
        sha1_hex: str,
        file_info: Mapping[str, str],
        on_bytes: OnBytes,
        should_stop: ShouldStop,
    ) -> StoredObject:
        """See `Store.put`. Before anything is sent, and after each attempt in doubt, the name is listed."""
        problem = problem_with(key)
        if problem:
            raise ObjectRefused(f"The bucket would not take this name: {problem}", path=key)
        with _opened(local_path, size) as fd:
            there = self._find(key, size, sha1_hex)
            if there is not None:
                return dataclasses.replace(there, already_there=True)
            if size >= self._large_from:
                return self._put_parts(fd, key, size, sha1_hex, file_info, on_bytes, should_stop)

            def send() -> StoredObject:
                window = Window(fd, 0, size, on_bytes, should_stop)
                with self._session() as session:
                    answer = session.upload_file(
                        self._bucket_id, key, size, _CONTENT_TYPE, sha1_hex, dict(file_info), window
                    )
                return self._agreed(answer, size, sha1_hex)

            return self._attempts(send, lambda: self._find(key, size, sha1_hex), should_stop)

    def stat(self, key: str) -> StoredObject | None:
        """See `Store.stat`. One listing call."""
        with self._session() as session:
            page = session.list_file_names(self._bucket_id, key, 1, key)
            found = [self._stored(entry) for entry in page["files"]]
        return found[0] if found and found[0].key == key else None

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        """See `Store.list`. One call a thousand names; newest version first within a name."""
        name, version = prefix, None
        while name is not None:
            with self._session() as session:
                if every_version:
                    page = session.list_file_versions(self._bucket_id, name, version, _PAGE, prefix)
                else:
                    page = session.list_file_names(self._bucket_id, name, _PAGE, prefix)
                found = [self._stored(entry) for entry in page["files"] if entry["action"] == "upload"]
            yield from found
            name, version = page["nextFileName"], page.get("nextFileId")

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """See `Store.get`. A cut connection is taken up again where it broke, in the very same version."""
        wanted = self._by_id(file_id) if file_id else self._newest(key)
        position, failures = offset, 0
        while position < wanted.size:
            before = position
            try:
                for chunk in self._blocks(wanted, position):
                    sink(chunk)
                    position += len(chunk)
            except CloudUnreachable:
                failures = 1 if position > before else failures + 1
                if failures >= _ATTEMPTS:
                    raise
                time.sleep(0.2 * 2**failures)
        return position - offset

    # --- inside

    @contextlib.contextmanager
    def _session(self) -> Iterator[Any]:
        """The SDK's session on the opened bucket; whatever is raised inside comes out as a CloudError."""
        capabilities = None
        try:
            with self._opening:
                if self._api is None:
                    self._open()
            capabilities = self._api.account_info.get_allowed()["capabilities"]
            yield self._api.session
        except CloudError:
            raise
        except Exception as error:  # the SDK lets JSONDecodeError, AssertionError and requests' own errors escape
            raise translate(error, self.bucket, capabilities) from error

    def _open(self) -> None:
        config = B2HttpApiConfig(http_session_factory=TimeLimitedSession, user_agent_append=f"safelight/{__version__}")
        api = B2Api(InMemoryAccountInfo(), api_config=config)
        api.authorize_account(self._key.key_id, self._key.secret, realm=self._realm)
        self._bucket_id = api.get_bucket_by_name(self.bucket).id_
        self._api = api

    def _put_parts(
        self,
        fd: int,
        key: str,
        size: int,
        sha1_hex: str,
        file_info: Mapping[str, str],
        on_bytes: OnBytes,
        should_stop: ShouldStop,
    ) -> StoredObject:
        with self._session() as session:
            part_size = self._size_of_parts(size)
            driver = PartDriver(session, self._api, self._bucket_id, part_size, should_stop, _rest)
            answer = driver.send(fd, key, size, sha1_hex, file_info, on_bytes)
        found = self._stored(answer)
        if found.size != size:
            raise CloudError(f"The bucket says it holds {found.size} bytes, {size} were sent", path=key)
        return dataclasses.replace(found, sha1=sha1_hex, verified=True)

    def _size_of_parts(self, size: int) -> int:
        """Constant for a size, so that a later run finds the parts of an earlier one; at most 10,000 parts."""
        least = int(self._api.account_info.get_absolute_minimum_part_size())
        return max(least, self._part_size, -(-size // 10_000))

    def _attempts(
        self, send: Callable[[], StoredObject], find: Callable[[], StoredObject | None], should_stop: ShouldStop
    ) -> StoredObject:
        """Up to five attempts with growing pauses; a lost answer is found out by listing, never by sending again."""
        for attempt in range(_ATTEMPTS):
            try:
                sent = send()
                return self._counted(sent) if attempt else sent
            except SlowDown:
                raise
            except CloudUnreachable:
                with self._session() as session:
                    session.account_info.clear_bucket_upload_data(self._bucket_id)
                arrived = find()
                if arrived is not None:
                    return self._counted(arrived)
                if attempt == _ATTEMPTS - 1:
                    raise
                _rest(0.25 * 2**attempt, should_stop)
        raise AssertionError("the last attempt returns or raises")

    def _counted(self, sent: StoredObject) -> StoredObject:
        """With the number of versions of this very content: an attempt in doubt may have arrived late after all."""
        alike = [
            version
            for version in self.list(sent.key, every_version=True)
            if (version.key, version.size, version.sha1) == (sent.key, sent.size, sent.sha1)
        ]
        return dataclasses.replace(sent, versions=max(1, len(alike)))

    def _find(self, key: str, size: int, sha1_hex: str) -> StoredObject | None:
        """The object of this content under this key, None when the key is free."""
        found = self.stat(key)
        if found is not None and (found.size, found.sha1) != (size, sha1_hex):
            raise NameTaken("Another content has this name in the bucket", path=key)
        return found

    def _agreed(self, answer: Mapping[str, Any], size: int, sha1_hex: str) -> StoredObject:
        """Our own comparison: the SDK's is an assert, which `python -O` drops."""
        stored = self._stored(answer)
        if stored.size != size or stored.sha1 != sha1_hex or not stored.verified:
            raise CloudError("The bucket answered with another size or SHA-1 than was sent", path=stored.key)
        return stored

    def _stored(self, entry: Mapping[str, Any]) -> StoredObject:
        version = self._api.file_version_factory.from_api_response(dict(entry))
        whole = version.content_sha1 not in (None, "none")
        return StoredObject(
            key=str(version.file_name),
            size=int(version.size),
            sha1=str(version.get_content_sha1() or ""),
            verified=whole and bool(version.content_sha1_verified),
            file_id=str(version.id_),
            uploaded_at=float(version.upload_timestamp) / 1000,
        )

    def _by_id(self, file_id: str) -> StoredObject:
        with self._session() as session:
            return self._stored(session.get_file_info_by_id(file_id))

    def _newest(self, key: str) -> StoredObject:
        """The newest version that still exists, even when the name was hidden since: hiding is not losing."""
        for version in self.list(key, every_version=True):
            if version.key != key:
                break
            return version
        raise CloudError("The bucket does not hold this object any more", path=key, hint="Restore from another copy")

    def _blocks(self, wanted: StoredObject, start: int) -> Iterator[bytes]:
        """The bytes of one version from `start` to its end or the next cut."""
        with self._session() as session:
            url = session.get_download_url_by_id(wanted.file_id)
            span = (start, wanted.size - 1) if start else None
            with session.download_file_from_url(url, range_=span) as response:
                blocks = response.iter_content(chunk_size=_CHUNK)
        with contextlib.closing(response):
            while True:
                with self._session():
                    block = next(blocks, b"")
                if not block:
                    return
                yield block


@contextlib.contextmanager
def _opened(path: bytes, size: int) -> Iterator[int]:
    """A descriptor of the regular file `path`, which has `size` bytes now; no link is followed, no pipe waited for."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceGone(f"The file to send cannot be opened: {error.strerror}") from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise SourceGone("What should be sent is not a regular file")
        if found.st_size != size:
            raise SourceChanged(f"The file has {found.st_size} bytes, {size} were proven")
        yield fd
    finally:
        os.close(fd)


def _rest(seconds: float, should_stop: ShouldStop) -> None:
    """Sleep in slices, so that a stop acts within a fifth of a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if should_stop():
            raise Interrupted("Stopped")
        time.sleep(min(0.2, seconds))
