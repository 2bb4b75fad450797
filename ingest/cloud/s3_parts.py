"""Large files on S3: our own driver of parts, so that a stop acts at once and a restart sends only what is missing.

An upload in parts is known by what was written down when it began (`begun.py`), and of what has arrived nothing is
believed but the service's own list of parts: one whose length and MD5 are those of our bytes is not sent again. It is
finished only when the whole file, read part by part as it was sent, hashed to the Asset's SHA-1, and the service gave
the MD5 of every part back; that is why a finished file of this driver may be called verified. In a bucket whose objects
are encrypted with keys of the customer's own (SSE-KMS, SSE-C) no MD5 is told: parts are then sent anew after a restart,
and the object is sent, not checked.
"""

import contextlib
import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ingest.cloud.begun import Begun, BegunUploads
from ingest.cloud.errors import CloudError, CloudUnreachable, Interrupted, NameTaken, SlowDown, SourceChanged
from ingest.cloud.line import Line
from ingest.cloud.parts_under_way import PartsUnderWay
from ingest.cloud.s3_account import S3Account, etag_of
from ingest.cloud.s3_errors import NotHereError, TakenError, UnsupportedError
from ingest.cloud.s3_wire import ProvenWindow, in_base64
from ingest.cloud.source import blocks, rest
from ingest.cloud.store import OnBytes, ShouldStop, StoredObject

_ATTEMPTS = 5
_MD5 = re.compile(r"[0-9a-f]{32}")
_Part = tuple[int, str]  # bytes, ETag


class S3PartDriver:
    """Sends one large file. part_size: bytes, constant for the file's size. For one thread and one file at a time.

    As many parts at once as `line` has connections to give. No part is held in memory: beside each connection's few
    KiB there is one block of 4 MiB, with which the next part is hashed meanwhile.
    """

    def __init__(
        self,
        account: S3Account,
        begun: BegunUploads,
        part_size: int,
        on_bytes: OnBytes,
        should_stop: ShouldStop,
        line: Line,
    ) -> None:
        self._account, self._begun, self._part_size, self._line = account, begun, part_size, line
        self._on_bytes, self._should_stop = on_bytes, should_stop

    def send(
        self, fd: int, key: str, size: int, sha1_hex: str, info: Mapping[str, str], metadata: Mapping[str, str]
    ) -> StoredObject:
        """Start or take up the file, send the missing parts, prove the whole, finish.

        info: what the caller says of the file; metadata: what is stored with it.

        Raises:
            SourceChanged: the file is not the Asset; what was sent is cancelled and never became visible.
            NameTaken: another object got the name meanwhile; what was sent is cancelled.
            CloudError: as everywhere; the parts that arrived are kept for the next time.
        """
        wanted = Begun(key, "", sha1_hex, size, self._part_size, dict(info))
        try:
            return self._once(fd, wanted, metadata)
        except NotHereError:  # a rule of the bucket or a person cancelled it
            try:
                return self._once(fd, wanted, metadata)
            except NotHereError as error:
                raise CloudError("The bucket cancels this file while it is being sent", path=key) from error

    def _once(self, fd: int, wanted: Begun, metadata: Mapping[str, str]) -> StoredObject:
        begun, have = self._take_up(wanted, metadata)
        whole, md5s, etags = hashlib.sha1(usedforsecurity=False), list[str](), dict[int, str]()
        with PartsUnderWay(self._line, self._on_bytes, self._should_stop) as under_way:
            for number, offset in enumerate(range(0, wanted.size, self._part_size), start=1):
                length = min(self._part_size, wanted.size - offset)
                part = hashlib.md5(usedforsecurity=False)
                for data in blocks(fd, offset, length, under_way.should_stop):
                    part.update(data)
                    whole.update(data)
                md5s.append(part.hexdigest())
                if have.get(number) == (length, md5s[-1]):
                    etags[number] = md5s[-1]
                    under_way.is_there(length)
                else:
                    under_way.send(partial(self._send_part, begun, number, fd, offset, length, part.digest(), etags))
        if whole.hexdigest() != wanted.sha1:
            cancel(self._account, self._begun, begun.key, begun.upload_id)
            raise SourceChanged(
                "The file is not the one that was proven; what was sent of it was cancelled", path=begun.key
            )
        told = all(etags[number] == md5 for number, md5 in enumerate(md5s, start=1))
        stored = self._finish(begun, etags, told=told)
        self._begun.forget(begun.key, begun.upload_id)
        return stored

    def _take_up(self, wanted: Begun, metadata: Mapping[str, str]) -> tuple[Begun, dict[int, _Part]]:
        """Of our unfinished uploads of this very content the one with most parts, or a new one; others are cancelled.

        Of two only one would ever be finished, and the parts of the other are billed.
        """
        chosen: Begun | None = None
        most: dict[int, _Part] = {}
        for begun in self._begun.of(wanted.key):
            if (begun.sha1, begun.size) != (wanted.sha1, wanted.size):
                continue  # of another content: whether it is still wanted is for the sweep to say
            try:
                have = self._parts(begun)
            except NotHereError:
                self._begun.forget(begun.key, begun.upload_id)
                continue
            of_no_use: Begun | None = begun
            fits = dataclasses.replace(begun, upload_id="") == wanted
            if fits and (chosen is None or len(have) > len(most)):
                chosen, most, of_no_use = begun, have, chosen
            if of_no_use is not None:
                cancel(self._account, self._begun, of_no_use.key, of_no_use.upload_id)
        return (self._begin(wanted, metadata), {}) if chosen is None else (chosen, most)

    def _begin(self, wanted: Begun, metadata: Mapping[str, str]) -> Begun:
        with self._account.client() as client:
            answer = client.create_multipart_upload(
                Bucket=self._account.bucket,
                Key=wanted.key,
                ContentType="application/octet-stream",
                Metadata=dict(metadata),
            )
            begun = dataclasses.replace(wanted, upload_id=str(answer["UploadId"]))
        try:
            self._begun.note(begun)
        except OSError as error:
            with contextlib.suppress(CloudError):
                cancel(self._account, self._begun, begun.key, begun.upload_id)
            raise CloudError(f"That this file was begun cannot be written down: {error.strerror}") from error
        return begun

    def _parts(self, begun: Begun) -> dict[int, _Part]:
        """What the service holds of an upload: the only truth about it."""
        found: dict[int, _Part] = {}
        marker = 0
        while True:
            with self._account.client() as client:
                page = client.list_parts(
                    Bucket=self._account.bucket, Key=begun.key, UploadId=begun.upload_id, PartNumberMarker=marker
                )
            for part in page.get("Parts", ()):
                found[int(part["PartNumber"])] = (int(part["Size"]), str(part["ETag"]).strip('"'))
            last = int(page.get("NextPartNumberMarker") or 0)
            if not page.get("IsTruncated") or last <= marker:
                return found
            marker = last

    def _send_part(
        self, begun: Begun, number: int, fd: int, offset: int, length: int, md5: bytes, etags: dict[int, str],
        on_bytes: OnBytes, should_stop: ShouldStop,
    ) -> None:  # fmt: skip
        """A part sent twice replaces itself, so a lost answer costs nothing but time. on_bytes: of this part."""

        def told(read: int) -> object:
            return on_bytes(read - offset)

        for attempt in range(_ATTEMPTS):
            window = ProvenWindow(fd, offset, length, told, should_stop, self._line, md5, "md5")
            try:
                with self._account.client(sends=True) as client:
                    answer = client.upload_part(
                        Bucket=self._account.bucket,
                        Key=begun.key,
                        UploadId=begun.upload_id,
                        PartNumber=number,
                        Body=window,
                        ContentLength=length,
                        ContentMD5=in_base64(md5),
                    )
                    check_md5(answer, md5, begun.key)
                    etags[number] = etag_of(answer)
                return
            except SlowDown:
                raise
            except CloudUnreachable:
                if attempt == _ATTEMPTS - 1:
                    raise
                rest(0.25 * 2**attempt, should_stop)

    def _finish(self, begun: Begun, etags: Mapping[int, str], *, told: bool) -> StoredObject:
        """To finish is not idempotent: after any error the object itself is asked for. told: every part's MD5 was."""
        try:
            version = self._complete(begun, etags)
        except Interrupted:
            raise
        except TakenError as error:
            cancel(self._account, self._begun, begun.key, begun.upload_id)
            there = self._arrived(begun)  # another station was quicker with the very same content
            if there is None:
                raise NameTaken("Another content has this name in the bucket", path=begun.key) from error
            return dataclasses.replace(there, already_there=True)
        except CloudError:
            there = self._arrived(begun)
            if there is None:
                raise
            return dataclasses.replace(there, verified=told)
        return dataclasses.replace(self._account.head(begun.key, version), verified=told)

    def _complete(self, begun: Begun, etags: Mapping[int, str]) -> str:
        """The version that was made, "" where the bucket keeps none."""
        parts = [{"PartNumber": number, "ETag": f'"{etags[number]}"'} for number in sorted(etags)]
        while True:
            only_new = {"IfNoneMatch": "*"} if self._account.conditional else {}
            try:
                with self._account.client(sends=True) as client:
                    answer: Mapping[str, Any] = client.complete_multipart_upload(
                        Bucket=self._account.bucket,
                        Key=begun.key,
                        UploadId=begun.upload_id,
                        MultipartUpload={"Parts": parts},
                        **only_new,
                    )
                    etag_of(answer)
                version = str(answer.get("VersionId") or "")
                return "" if version == "null" else version
            except UnsupportedError:
                if not self._account.conditional:
                    raise
                self._account.conditional = False

    def _arrived(self, begun: Begun) -> StoredObject | None:
        try:
            found = self._account.head(begun.key)
        except NotHereError:
            return None
        return found if (found.size, found.sha1) == (begun.size, begun.sha1) else None


def is_of_these_parts(
    account: S3Account, found: StoredObject, fd: int, part_sizes: Iterable[int], should_stop: ShouldStop
) -> bool:
    """Whether an object that was sent in parts holds this file, by the service's own MD5 over the MD5s of its parts.

    For one that is there already: the program ended before it could write down that it had finished it. Reads the file.
    part_sizes: those that it may have been cut into. found.sha1 is the claim that the file must agree with, too.
    """
    etag = account.etag(found)
    for part_size in set(part_sizes):
        if etag.endswith(f"-{-(-found.size // part_size)}"):
            whole, md5s = hashlib.sha1(usedforsecurity=False), b""
            for offset in range(0, found.size, part_size):
                part = hashlib.md5(usedforsecurity=False)
                for data in blocks(fd, offset, min(part_size, found.size - offset), should_stop):
                    part.update(data)
                    whole.update(data)
                md5s += part.digest()
            if whole.hexdigest() == found.sha1 and etag.startswith(
                hashlib.md5(md5s, usedforsecurity=False).hexdigest()
            ):
                return True
    return False


def check_md5(answer: Mapping[str, Any], md5: bytes, key: str) -> bool:
    """Whether the service gave the MD5 of these bytes back; False where its ETags are none.

    Raises:
        CloudError: it has other bytes.
    """
    etag = etag_of(answer)
    if etag == md5.hex():
        return True
    encrypted = answer.get("SSECustomerAlgorithm") or str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    if not encrypted and _MD5.fullmatch(etag):
        raise CloudError("The bucket answered with another MD5 than was sent", path=key)
    return False


def cancel(account: S3Account, begun: BegunUploads, key: str, upload_id: str) -> None:
    """Give up an upload in parts; one that is gone already is no error."""
    with contextlib.suppress(NotHereError), account.client() as client:
        client.abort_multipart_upload(Bucket=account.bucket, Key=key, UploadId=upload_id)
    begun.forget(key, upload_id)
