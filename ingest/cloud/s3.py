"""The bucket at any S3-compatible service, through boto3. Beside the `s3_*` files nothing in Safelight knows the SDK.

`put` looks before it writes, and asks the service itself to write only where there is nothing (`If-None-Match: *`:
Amazon, MinIO, R2 and others take it). Where a service refuses that header or passes over it, two stations that bring
two contents to one name at the same moment may both believe that they were first: in a bucket with versions both
contents stay, and each one's own version is what it remembers; in a bucket without versions the later one replaces the
earlier one, which the next check of what was sent finds and sends again beside it. So let a bucket keep its versions.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ingest.cloud.begun import BegunUploads
from ingest.cloud.errors import (
    CloudError,
    CloudUnreachable,
    NameTaken,
    ObjectRefused,
    SlowDown,
)
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.line import Line
from ingest.cloud.naming import problem_with
from ingest.cloud.s3_account import MD5, S3Account, where
from ingest.cloud.s3_errors import NotHereError, TakenError
from ingest.cloud.s3_listing import begun_below, listed
from ingest.cloud.s3_parts import S3PartDriver, cancel, is_of_these_parts
from ingest.cloud.s3_whole import agreed, md5_of, metadata_of, send_whole
from ingest.cloud.s3_wire import ProvenWindow
from ingest.cloud.source import opened, rest
from ingest.cloud.store import OnBytes, ShouldStop, Sink, StoredObject, Unfinished

_ATTEMPTS = 5
_WHOLE = 3  # of them with the whole file, where it is large enough for the smallest parts
_CHUNK = 1 << 20
_LEAST_PART = 5 << 20
_CUT = "The bucket cannot be reached: the download was cut"
_GONE = "The bucket does not hold this object any more"


@dataclasses.dataclass(frozen=True)
class _Outgoing:
    """One file on its way, opened: what `Store.put` was told of it."""

    fd: int
    key: str
    size: int
    sha1_hex: str
    info: Mapping[str, str]
    on_bytes: OnBytes
    should_stop: ShouldStop


class S3Store:
    """One bucket; see `ingest.cloud.store.Store` for the contract.

    endpoint: the service's URL, "" for Amazon's own. large_from: bytes from which a file goes in parts. part_size:
    bytes of a part, at least `least_part`. begun: the folder where what goes in parts is noted, b"" for none, without
    which a killed upload in parts is begun anew. line: shared by all that is sent.

    Raises:
        CloudRefused: the endpoint is no place to send photographs to.
    """

    def __init__(
        self,
        bucket: str,
        key: ApplicationKey,
        *,
        endpoint: str = "",
        region: str = "us-east-1",
        large_from: int = 200_000_000,
        part_size: int = 25_000_000,
        least_part: int = _LEAST_PART,
        begun: bytes = b"",
        line: Line | None = None,
    ) -> None:
        self.line = line or Line()
        self._account = S3Account(bucket, key, endpoint, region)
        self._begun = BegunUploads(begun, self._account.place)
        self._large_from, self._part_size, self._least_part = large_from, part_size, least_part

    @property
    def name(self) -> str:
        """For people: "s3:my-archive"."""
        return f"s3:{self._account.bucket}"

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
        """See `Store.put`. Before anything is sent, and after each attempt in doubt, the name is looked at."""
        problem = problem_with(key)
        if problem:
            raise ObjectRefused(f"The bucket would not take this name: {problem}", path=key)
        with opened(local_path, size) as fd:
            file = _Outgoing(fd, key, size, sha1_hex, file_info, on_bytes, should_stop)
            there = self._find(key, size, sha1_hex)
            if there is not None:
                return self._as_it_lies(there, file)
            if size >= self._large_from:
                return self._in_parts(file, self._size_of_parts(size))
            # On a line that is cut again and again, at least what goes through between the cuts is kept.
            return self._whole(file) or self._in_parts(file, self._least_part)

    def stat(self, key: str) -> StoredObject | None:
        """See `Store.stat`. One HEAD."""
        try:
            return self._account.head(key)
        except NotHereError:
            return None

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        """See `Store.list`. One call a thousand names, and a HEAD for each of them; newest version first.

        A service that does not list versions (R2) gives those that are visible.
        """
        return listed(self._account, prefix, every_version=every_version)

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See `Store.unfinished`. Of those that another computer began the service tells the name alone."""
        ours = {(begun.key, begun.upload_id): begun for begun in self._begun.all()}
        for key, upload_id in begun_below(self._account, prefix):
            begun = ours.pop((key, upload_id), None)
            sha1, info = (begun.sha1, dict(begun.info)) if begun else ("", {})
            yield Unfinished(key, f"{upload_id} {key}", sha1, info)
        for key, upload_id in ours:  # noted before the listing began, and not in it: finished, or cancelled by a rule
            if key.startswith(prefix):
                self._begun.forget(key, upload_id)

    def cancel(self, file_id: str) -> None:
        """See `Store.cancel`."""
        upload_id, _, key = file_id.partition(" ")
        cancel(self._account, self._begun, key, upload_id)

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """See `Store.get`. A cut connection is taken up again where it broke, in the very same version."""
        wanted = self._asked_twice(lambda: self._exactly(key, file_id) if file_id else self._newest(key))
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

    def _as_it_lies(self, there: StoredObject, file: _Outgoing) -> StoredObject:
        """Nothing is sent; a file in parts, which no service checks whole, is compared with its parts."""
        sizes = (self._size_of_parts(file.size), self._least_part)
        verified = there.verified or is_of_these_parts(self._account, there, file.fd, sizes, file.should_stop)
        there = self._with_versions(there)  # one may have come late
        return dataclasses.replace(there, already_there=True, verified=verified)

    def _in_parts(self, file: _Outgoing, part_size: int) -> StoredObject:
        driver = S3PartDriver(self._account, self._begun, part_size, file.on_bytes, file.should_stop, self.line)
        metadata = metadata_of(file.info, file.sha1_hex)
        sent = driver.send(file.fd, file.key, file.size, file.sha1_hex, file.info, metadata)
        return agreed(sent, file.size, file.sha1_hex)

    def _whole(self, file: _Outgoing) -> StoredObject | None:
        """By one request; None where the line was cut again and again, and the file is large enough for two parts."""
        sha1, md5 = bytes.fromhex(file.sha1_hex), md5_of(file.fd, file.size, file.sha1_hex, file.should_stop)
        metadata = metadata_of(file.info, file.sha1_hex) | {MD5: md5.hex()}

        def send() -> StoredObject:
            with self.line.connection(file.should_stop):
                window = ProvenWindow(file.fd, 0, file.size, file.on_bytes, file.should_stop, self.line, sha1, "sha1")
                return send_whole(self._account, window, file.key, sha1, md5, metadata)

        attempts = _ATTEMPTS if file.size < 2 * self._least_part else _WHOLE
        try:
            return self._attempts(send, file, attempts)
        except SlowDown:
            raise
        except CloudUnreachable:
            if attempts == _ATTEMPTS:
                raise
            return None

    def _size_of_parts(self, size: int) -> int:
        """Constant for a size, so that a later run finds the parts of an earlier one; at most 10,000 parts."""
        return max(self._least_part, self._part_size, -(-size // 10_000))

    def _attempts(self, send: Callable[[], StoredObject], file: _Outgoing, attempts: int) -> StoredObject:
        """Up to `attempts` of them with growing pauses; whether a lost answer meant a lost file is found by looking."""
        for attempt in range(1, attempts + 1):
            try:
                sent = send()
                return self._with_versions(sent) if attempt > 1 else sent
            except SlowDown:
                raise
            except TakenError as error:
                arrived = self._find(file.key, file.size, file.sha1_hex)  # raises when it is another content
                if arrived is not None:
                    return self._with_versions(dataclasses.replace(arrived, already_there=attempt == 1))
                raise NameTaken("Another content has this name in the bucket") from error
            except CloudUnreachable:
                arrived = self._find(file.key, file.size, file.sha1_hex)
                if arrived is not None:
                    return self._with_versions(arrived)
                if attempt == attempts:
                    raise
            rest(0.125 * 2**attempt, file.should_stop)
        raise AssertionError("the last attempt returns or raises")

    def _with_versions(self, sent: StoredObject) -> StoredObject:
        """With the number of versions of this very content: an attempt in doubt may have arrived late after all."""
        alike = [
            found
            for found in self.list(sent.key, every_version=True)
            if (found.key, found.size, found.sha1) == (sent.key, sent.size, sent.sha1)
        ]
        return dataclasses.replace(sent, versions=max(1, len(alike)))

    def _find(self, key: str, size: int, sha1_hex: str) -> StoredObject | None:
        """The object of this content under this key, None when the key is free."""
        found = self.stat(key)
        if found is not None and (found.size, found.sha1) != (size, sha1_hex):
            raise NameTaken("Another content has this name in the bucket", path=key)
        return found

    def _exactly(self, key: str, file_id: str) -> StoredObject:
        try:
            found = self._account.head(key, where(file_id).get("VersionId", ""))
        except NotHereError as error:
            raise CloudError(_GONE, path=key, hint="Use another copy") from error
        if found.file_id != file_id:
            raise CloudError(_GONE, path=key, hint="Use another copy")
        return found

    def _newest(self, key: str) -> StoredObject:
        """The newest version that still exists, even when the name was deleted since: that marks, and loses nothing."""
        found = self.stat(key) or next((each for each in self.list(key, every_version=True) if each.key == key), None)
        if found is None:
            raise CloudError(_GONE, path=key, hint="Use another copy")
        return found

    def _blocks(self, wanted: StoredObject, start: int) -> Iterator[bytes]:
        """The bytes of one version from `start` to its end or the next cut."""
        try:
            with self._account.client() as client:
                answer: Mapping[str, Any] = client.get_object(
                    Bucket=self._account.bucket, Key=wanted.key, Range=f"bytes={start}-", **where(wanted.file_id)
                )
        except (NotHereError, TakenError) as error:
            raise CloudError(_GONE, path=wanted.key, hint="Use another copy") from error
        with contextlib.closing(answer["Body"]) as body:
            while block := self._next(body):
                yield block

    def _next(self, body: Any) -> bytes:
        """The next block, b"" at the end; here, not around `yield`, so that the caller's errors stay the caller's."""
        with self._account.client():
            return bytes(body.read(_CHUNK))

    @staticmethod
    def _asked_twice(ask: Callable[[], StoredObject]) -> StoredObject:
        """A question, asked once more when its answer was cut."""
        try:
            return ask()
        except SlowDown:
            raise
        except CloudUnreachable:
            return ask()
