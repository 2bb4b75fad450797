"""What this computer began to send in parts and has not finished yet, in small files of its own.

An S3 service tells of an upload in parts its name and its id, not whose it is nor of which content. So both are
written down here, durably, before the first part goes out; by them an upload is taken up again after a kill, and only
what stands here is ever cancelled. Without these notes nothing is lost: the file is sent anew, and what was begun is
left to the bucket's own rule for unfinished uploads.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from ingest.disk.atomic import write_durably


@dataclass(frozen=True, slots=True)
class Begun:
    """One upload in parts. upload_id: the service's. sha1: of the whole, hex. part_size: bytes of all but the last."""

    key: str
    upload_id: str
    sha1: str
    size: int
    part_size: int
    info: Mapping[str, str]


class BegunUploads:
    """The notes of one bucket. folder: where they lie, absolute, made at the first note; b"" keeps them in memory.

    place: names the service and the bucket, so that two of them never read each other's notes.
    """

    def __init__(self, folder: bytes, place: str) -> None:
        self._folder, self._place = folder, place
        self._kept: dict[bytes, Begun] = {}

    def note(self, begun: Begun) -> None:
        """Remember it; on the disk when this returns.

        Raises:
            OSError: it could not be written.
        """
        name = self._name(begun.key, begun.upload_id)
        if not self._folder:
            self._kept[name] = begun
            return
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        text = json.dumps({"place": self._place, **asdict(begun), "info": dict(begun.info)})
        write_durably(self._folder, name, text.encode() + b"\n", replace=True)

    def forget(self, key: str, upload_id: str) -> None:
        """It was finished or cancelled, or the service does not know it any more."""
        name = self._name(key, upload_id)
        self._kept.pop(name, None)
        if self._folder:
            with contextlib.suppress(OSError):  # a stale note is asked about once more, and then forgotten
                os.unlink(os.path.join(self._folder, name))

    def of(self, key: str) -> list[Begun]:
        """What was begun under this key."""
        return [begun for begun in self.all() if begun.key == key]

    def all(self) -> Iterator[Begun]:
        """Everything begun in this bucket; what cannot be read is passed over."""
        yield from list(self._kept.values())
        try:
            names = os.listdir(self._folder) if self._folder else []
        except OSError:
            return
        for name in sorted(names):
            begun = self._read(name)
            if begun is not None:
                yield begun

    def _name(self, key: str, upload_id: str) -> bytes:
        mark = hashlib.sha256("\0".join((self._place, key, upload_id)).encode()).hexdigest()
        return f"parts-{mark[:32]}.json".encode()

    def _read(self, name: bytes) -> Begun | None:
        if not (name.startswith(b"parts-") and name.endswith(b".json")):
            return None
        try:
            with open(os.path.join(self._folder, name), "rb") as file:
                found = json.loads(file.read(1 << 16))
            if found.pop("place") != self._place:
                return None
            return Begun(**found)
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return None
