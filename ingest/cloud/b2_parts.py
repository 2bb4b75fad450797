"""Large files on B2: our own driver of parts, so that a stop acts at once and a restart sends only what is missing.

The SDK's driver sends every queued part after Ctrl-C, never tells a changed file before it is visible, and resumes
only under conditions that nobody can guess. Ours finds its unfinished file by name and by the facts that are constant
for the Asset, believes nothing but the service's own list of parts, and finishes only when the whole file, read part
by part as it was sent, hashed to the Asset's SHA-1. That is why a finished file of this driver may be called verified.
"""

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from b2sdk.v3.exception import BadRequest, FileNotPresent

from ingest.cloud.b2_account import B2Account
from ingest.cloud.b2_wire import Window
from ingest.cloud.errors import CloudError, CloudUnreachable, Interrupted, SlowDown, SourceChanged
from ingest.cloud.line import Line
from ingest.cloud.naming import OWNER
from ingest.cloud.parts_under_way import PartsUnderWay
from ingest.cloud.source import blocks, rest
from ingest.cloud.store import OnBytes, ShouldStop, StoredObject

_ATTEMPTS = 5
_CONTENT_TYPE = "b2/x-auto"
LARGE_SHA1 = "large_file_sha1"  # where every tool for B2 looks for it
_Part = tuple[int, str]  # bytes, SHA-1 as hex


class _CancelledError(CloudError):
    """The unfinished file is gone: a lifecycle rule or a person cancelled it."""


class PartDriver:
    """Sends one large file. part_size: bytes, constant for the file's size. For one thread and one file at a time.

    As many parts at once as `line` has connections to give. No part is held in memory: beside each connection's few
    KiB there is one block of 4 MiB, with which the next part is hashed meanwhile.
    """

    def __init__(
        self, account: B2Account, part_size: int, on_bytes: OnBytes, should_stop: ShouldStop, line: Line
    ) -> None:
        self._account, self._part_size, self._line = account, part_size, line
        self._on_bytes, self._should_stop = on_bytes, should_stop

    def send(self, fd: int, key: str, size: int, sha1_hex: str, file_info: Mapping[str, str]) -> StoredObject:
        """Start or take up the file, send the missing parts, prove the whole, finish.

        Raises:
            SourceChanged: the file is not the Asset; what was sent is cancelled and never became visible.
            CloudError: as everywhere; the parts that arrived are kept for the next time.
        """
        info = {**file_info, LARGE_SHA1: sha1_hex}
        try:
            return self._once(fd, key, size, sha1_hex, info)
        except _CancelledError:
            try:
                return self._once(fd, key, size, sha1_hex, info)
            except _CancelledError as error:
                raise CloudError("The bucket cancels this file while it is being sent", path=key) from error

    def _once(self, fd: int, key: str, size: int, sha1_hex: str, info: Mapping[str, str]) -> StoredObject:
        file_id, have = self._take_up(key, size, info)
        whole, sent = hashlib.sha1(usedforsecurity=False), list[str]()
        with PartsUnderWay(self._line, self._on_bytes, self._should_stop) as under_way:
            for number, offset in enumerate(range(0, size, self._part_size), start=1):
                length = min(self._part_size, size - offset)
                part = hashlib.sha1(usedforsecurity=False)
                for data in blocks(fd, offset, length, under_way.should_stop):
                    part.update(data)
                    whole.update(data)
                sent.append(part.hexdigest())
                if have.get(number) == (length, sent[-1]):
                    under_way.is_there(length)
                else:
                    under_way.send(partial(self._send_part, file_id, number, fd, offset, length, sent[-1]))
        if whole.hexdigest() != sha1_hex:
            self.cancel(file_id)
            raise SourceChanged("The file is not the one that was proven; what was sent of it was cancelled", path=key)
        stored = self._finish(file_id, sent)
        if not have:
            self._cancel_leftovers(key, info)
        return stored

    def _take_up(self, key: str, size: int, info: Mapping[str, str]) -> tuple[str, dict[int, _Part]]:
        """Of our unfinished files of this very content the one with most parts, or a new one.

        The others are cancelled: their parts have another size (begun with other settings), or they were begun by a
        request whose answer was lost. Nobody would ever finish them, and their parts are billed.
        """
        chosen, most = "", dict[int, _Part]()
        for file_id in self._unfinished(key, info):
            have = self._parts(file_id)
            fits = all(have[n][0] == min(self._part_size, size - (n - 1) * self._part_size) for n in have)
            if fits and (not chosen or len(have) > len(most)):
                chosen, most, file_id = file_id, have, chosen  # the one chosen so far is of no use any more
            if file_id:
                self.cancel(file_id)
        if chosen:
            return chosen, most
        answer = self._call(
            lambda session: session.start_large_file(self._account.bucket_id, key, _CONTENT_TYPE, dict(info))
        )
        return str(answer["fileId"]), {}

    def _unfinished(self, key: str, info: Mapping[str, str]) -> Sequence[str]:
        """File ids, of this name and content alone, and not begun by another ledger."""
        answer = self._call(
            lambda session: session.list_unfinished_large_files(self._account.bucket_id, None, 100, key)
        )
        return [
            str(entry["fileId"])
            for entry in answer["files"]
            if entry["fileName"] == key and _is_ours(entry["fileInfo"], info)
        ]

    def _cancel_leftovers(self, key: str, info: Mapping[str, str]) -> None:
        """The SDK begins a file again by itself when the answer to the beginning is lost: that one has no parts."""
        with contextlib.suppress(CloudError):  # what was finished stays finished
            for file_id in self._unfinished(key, info):
                self.cancel(file_id)

    def cancel(self, file_id: str) -> None:
        """Give up an unfinished file."""
        self._call(lambda session: session.cancel_large_file(file_id))

    def _parts(self, file_id: str) -> dict[int, _Part]:
        """What the service holds of a file: the only truth about it."""
        found: dict[int, _Part] = {}
        start: int | None = 1
        while start:
            page = self._call(partial(_list_parts, file_id, start))
            for part in page["parts"]:
                found[int(part["partNumber"])] = (int(part["contentLength"]), str(part["contentSha1"]))
            start = page.get("nextPartNumber")
        return found

    def _send_part(
        self, file_id: str, number: int, fd: int, offset: int, length: int, sha1_hex: str,
        on_bytes: OnBytes, should_stop: ShouldStop,
    ) -> None:  # fmt: skip
        """A part sent twice replaces itself, so a lost answer costs nothing but time. on_bytes: of this part."""
        window = Window(fd, offset, length, lambda read: on_bytes(read - offset), should_stop, self._line)
        for attempt in range(_ATTEMPTS):
            try:
                self._call(lambda session: session.upload_part(file_id, number, len(window), sha1_hex, window))
                return
            except SlowDown:
                raise
            except CloudUnreachable:
                if attempt == _ATTEMPTS - 1:
                    raise
                rest(0.25 * 2**attempt, should_stop)

    def _finish(self, file_id: str, sha1s: Sequence[str]) -> StoredObject:
        """Finish is not idempotent: after any error the file itself is asked whether it is finished."""
        try:
            answer = self._call(lambda session: session.finish_large_file(file_id, list(sha1s)))
        except Interrupted:
            raise
        except CloudError:
            answer = self._call(lambda session: session.get_file_info_by_id(file_id))
            if answer.get("action") != "upload":
                raise
        return self._account.stored(answer)

    def _call(self, ask: Callable[[Any], Any]) -> Any:
        """One request; a file id that the service does not know is told apart from everything else."""
        with self._account.session() as session:
            try:
                return ask(session)
            except FileNotPresent as error:
                raise _CancelledError("The unfinished file is gone from the bucket") from error
            except BadRequest as error:
                if "no active upload" in str(error).lower():
                    raise _CancelledError("The unfinished file is gone from the bucket") from error
                raise


def _list_parts(file_id: str, start: int, session: Any) -> Any:
    return session.list_parts(file_id, start, 1000)


def _is_ours(found: Mapping[str, str], info: Mapping[str, str]) -> bool:
    """All that we say of the file is said of it; files of a version that did not name the ledger are ours too."""
    return all(found.get(name, info[name] if name == OWNER else None) == info[name] for name in info)


def cancel(account: B2Account, file_id: str) -> None:
    """Give up an unfinished file; one that is gone already is no error."""
    with contextlib.suppress(_CancelledError):
        PartDriver(account, 1, lambda _: None, lambda: False, Line()).cancel(file_id)
