"""The bucket at Backblaze B2, through b2sdk. Beside the `b2_*` files nothing in Safelight knows the SDK.

b2sdk is used one request at a time (its session), not by its upload manager: that one sends a file again as soon as
an answer is lost, which leaves two billed versions, and keeps sending after Ctrl-C. Here one attempt is one request,
and after every attempt in doubt the name is listed before anything is sent again.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping

from ingest.cloud.b2_account import B2Account
from ingest.cloud.b2_parts import LARGE_SHA1, PartDriver, cancel
from ingest.cloud.b2_wire import Window
from ingest.cloud.errors import CloudError, CloudUnreachable, NameTaken, ObjectRefused, SlowDown
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.line import Line
from ingest.cloud.naming import problem_with
from ingest.cloud.source import opened, rest
from ingest.cloud.store import OnBytes, ShouldStop, Sink, StoredObject, Unfinished

_ATTEMPTS = 5
_WHOLE = 3  # of them with the whole file, where it is large enough for the smallest parts
_PAGE = 1000  # names a listing call; more are billed as more calls
_CHUNK = 1 << 20
_CONTENT_TYPE = "b2/x-auto"
_CUT = "The bucket cannot be reached: the download was cut"


class B2Store:
    """One bucket; see `ingest.cloud.store.Store` for the contract.

    large_from: bytes from which a file goes in parts; below, B2 itself checks the SHA-1 of the whole file.
    part_size: bytes of a part; what a cut connection costs at most. line: shared by all that is sent.

    Raises:
        CloudRefused: the realm is no place to send a key to.
    """

    def __init__(
        self,
        bucket: str,
        key: ApplicationKey,
        *,
        realm: str = "production",
        large_from: int = 200_000_000,
        part_size: int = 25_000_000,
        line: Line | None = None,
    ) -> None:
        self.line = line or Line()
        self._account = B2Account(bucket, key, realm)
        self._large_from, self._part_size = large_from, part_size

    @property
    def name(self) -> str:
        """For people: "b2:my-archive"."""
        return f"b2:{self._account.bucket}"

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
        with opened(local_path, size) as fd:
            there = self._find(key, size, sha1_hex)
            if there is not None:
                return dataclasses.replace(self._with_versions(there), already_there=True)  # one may have come late

            def in_parts(part_size: int) -> StoredObject:
                driver = PartDriver(self._account, part_size, on_bytes, should_stop, self.line)
                sent = driver.send(fd, key, size, sha1_hex, file_info)
                return dataclasses.replace(_agreed(sent, size, sha1_hex), verified=True)

            if size >= self._large_from:
                return in_parts(self._size_of_parts(size))

            def send() -> StoredObject:
                with self.line.connection(should_stop):
                    window = Window(fd, 0, size, on_bytes, should_stop, self.line)
                    return self._send_whole(window, key, sha1_hex, file_info)

            least = self._account.least_part_size()
            attempts = _ATTEMPTS if size < 2 * least else _WHOLE
            try:
                return self._attempts(send, lambda: self._find(key, size, sha1_hex), should_stop, attempts)
            except SlowDown:
                raise
            except CloudUnreachable:
                if attempts == _ATTEMPTS:
                    raise
            return in_parts(
                least
            )  # a line that is cut again and again: keep at least what goes through between the cuts

    def stat(self, key: str) -> StoredObject | None:
        """See `Store.stat`. One listing call."""
        with self._account.session() as session:
            page = session.list_file_names(self._account.bucket_id, key, 1, key)
        found = [self._account.stored(entry) for entry in page["files"]]
        return found[0] if found and found[0].key == key else None

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        """See `Store.list`. One call a thousand names; newest version first within a name."""
        name: str | None = prefix
        version: str | None = None
        while name is not None:
            with self._account.session() as session:
                if every_version:
                    page = session.list_file_versions(self._account.bucket_id, name, version, _PAGE, prefix)
                else:
                    page = session.list_file_names(self._account.bucket_id, name, _PAGE, prefix)
            for entry in page["files"]:
                if entry["action"] == "upload":  # not: hide markers, unfinished large files
                    yield self._account.stored(entry)
            name, version = page["nextFileName"], page.get("nextFileId")

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See `Store.unfinished`. One call a hundred files."""
        start: str | None = None
        while True:
            with self._account.session() as session:
                page = session.list_unfinished_large_files(self._account.bucket_id, start, 100, prefix)
            for entry in page["files"]:
                info = {str(name): str(value) for name, value in entry["fileInfo"].items()}
                yield Unfinished(str(entry["fileName"]), str(entry["fileId"]), info.get(LARGE_SHA1, ""), info)
            start = page.get("nextFileId")
            if not start:
                return

    def cancel(self, file_id: str) -> None:
        """See `Store.cancel`."""
        cancel(self._account, file_id)

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """See `Store.get`. A cut connection is taken up again where it broke, in the very same version."""
        wanted = _twice(lambda: self._by_id(file_id) if file_id else self._newest(key))
        position, failures = offset, 0
        while position < wanted.size:
            before = position
            try:
                for block in self._blocks(wanted, position):
                    sink(block)
                    position += len(block)
            except SlowDown:
                raise
            except CloudUnreachable:
                if failures >= _ATTEMPTS:
                    raise
            if position < wanted.size:
                failures = 1 if position > before else failures + 1
                if failures > _ATTEMPTS:
                    raise CloudUnreachable(_CUT, path=key)
                time.sleep(0.1 * 2**failures)
        return position - offset

    def _send_whole(self, window: Window, key: str, sha1_hex: str, file_info: Mapping[str, str]) -> StoredObject:
        with self._account.session() as session:
            answer = session.upload_file(
                self._account.bucket_id, key, len(window), _CONTENT_TYPE, sha1_hex, dict(file_info), window
            )
        sent = _agreed(self._account.stored(answer), len(window), sha1_hex)
        if not sent.verified:
            raise CloudError("The bucket did not check the SHA-1 that was sent with the file", path=key)
        return sent

    def _size_of_parts(self, size: int) -> int:
        """Constant for a size, so that a later run finds the parts of an earlier one; at most 10,000 parts."""
        return max(self._account.least_part_size(), self._part_size, -(-size // 10_000))

    def _attempts(
        self,
        send: Callable[[], StoredObject],
        find: Callable[[], StoredObject | None],
        should_stop: ShouldStop,
        attempts: int,
    ) -> StoredObject:
        """Up to `attempts` of them with growing pauses; whether a lost answer meant a lost file is found by listing."""
        for attempt in range(1, attempts + 1):
            try:
                sent = send()
                return self._with_versions(sent) if attempt > 1 else sent
            except SlowDown:
                raise
            except CloudUnreachable:
                self._account.new_upload_urls()
                arrived = find()
                if arrived is not None:
                    return self._with_versions(arrived)
                if attempt == attempts:
                    raise
            rest(0.125 * 2**attempt, should_stop)
        raise AssertionError("the last attempt returns or raises")

    def _with_versions(self, sent: StoredObject) -> StoredObject:
        """With the number of versions of this very content: an attempt in doubt may have arrived late after all."""
        every = self.list(sent.key, every_version=True)
        alike = [v for v in every if (v.key, v.size, v.sha1) == (sent.key, sent.size, sent.sha1)]
        return dataclasses.replace(sent, versions=max(1, len(alike)))

    def _find(self, key: str, size: int, sha1_hex: str) -> StoredObject | None:
        """The object of this content under this key, None when the key is free."""
        found = self.stat(key)
        if found is not None and (found.size, found.sha1) != (size, sha1_hex):
            raise NameTaken("Another content has this name in the bucket", path=key)
        return found

    def _by_id(self, file_id: str) -> StoredObject:
        with self._account.session() as session:
            entry = session.get_file_info_by_id(file_id)
        return self._account.stored(entry)

    def _newest(self, key: str) -> StoredObject:
        """The newest version that still exists, even when the name was hidden since: hiding is not losing."""
        found = next(self.list(key, every_version=True), None)
        if found is None or found.key != key:
            raise CloudError("The bucket does not hold this object any more", path=key, hint="Use another copy")
        return found

    def _blocks(self, wanted: StoredObject, start: int) -> Iterator[bytes]:
        """The bytes of one version from `start` to its end or the next cut."""
        with self._account.session() as session:
            url = session.get_download_url_by_id(wanted.file_id)
            span = (start, wanted.size - 1) if start else None
            with session.download_file_from_url(url, range_=span) as response:
                blocks: Iterator[bytes] = response.iter_content(chunk_size=_CHUNK)
        with contextlib.closing(response):
            while block := self._next(blocks):
                yield block

    def _next(self, blocks: Iterator[bytes]) -> bytes:
        """The next block, b"" at the end; here, not around `yield`, so that the caller's errors stay the caller's."""
        with self._account.session():
            return next(blocks, b"")


def _twice(ask: Callable[[], StoredObject]) -> StoredObject:
    """A question, asked once more when its answer was cut: the SDK asks again only where none began to come."""
    try:
        return ask()
    except SlowDown:
        raise
    except CloudUnreachable:
        return ask()


def _agreed(stored: StoredObject, size: int, sha1_hex: str) -> StoredObject:
    """Our own comparison with the answer: the SDK's is an assert, which `python -O` drops."""
    if (stored.size, stored.sha1) != (size, sha1_hex):
        raise CloudError("The bucket answered with another size or SHA-1 than was sent", path=stored.key)
    return stored
