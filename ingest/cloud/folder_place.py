"""The folder of a folder store: whether it is really there, and what the system's errors about it mean.

A drive that is not plugged in leaves an ordinary, empty folder at the same path. The marker below the root, which this
computer remembers, is what keeps the third copy from being written onto the system disk.
"""

import contextlib
import errno
import hashlib
import json
import os
import uuid
from collections.abc import Iterator

from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, NameTaken, ObjectRefused
from ingest.disk.atomic import write_durably
from ingest.disk.folders import open_folder
from ingest.model.names import display

PRIVATE = b".safelight"
_MARKER = b"offsite.json"
_DESTINATION = b"destination.json"  # of a folder that holds proven copies already
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
_TAKEN = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EEXIST})


class FolderPlace:
    """path: absolute. memory: a folder of this computer where the marker is remembered, b"" for none."""

    def __init__(self, path: bytes, memory: bytes) -> None:
        self.path, self._memory = path, memory
        self.shown = display(path)
        mark = hashlib.sha256(path).hexdigest()[:32]
        self._known_name = f"offsite-{mark}.json".encode()

    @contextlib.contextmanager
    def opened(self, *, writes: bool = False) -> Iterator[int]:
        """A descriptor of the root. At first use it bears no marker yet: it is given one by who writes there.

        Raises:
            CloudUnreachable: it is not there, or lacks its marker: it is not plugged in or not mounted.
            CloudRefused: another one lies there, or a destination.
        """
        with self.told():
            try:
                root_fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                raise self._away("it is not there") from None
            try:
                self._check(root_fd, writes)
                yield root_fd
            finally:
                os.close(root_fd)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """What the system answers, as the queue understands it."""
        try:
            yield
        except OSError as error:
            raise self._meaning(error) from error

    def _check(self, root_fd: int, writes: bool) -> None:
        marker, known = _read_marker(root_fd), self._known()
        if marker and marker == known:
            return
        if marker and known:
            raise CloudRefused(
                f"Another drive lies at {self.shown} than the one that holds the third copy",
                hint="Plug in the right one, or give this one a [cloud] path of its own",
            )
        if not marker and (known or not self._memory):
            raise self._away("what lies there bears no marker of Safelight's")
        if not writes:
            return
        if not marker:
            marker = self._mark(root_fd)
        self._remember(marker)

    def _away(self, why: str) -> CloudUnreachable:
        return CloudUnreachable(
            f"waiting for the drive at {self.shown}: {why}", hint="Plug it in or mount it; the queue is kept"
        )

    def _mark(self, root_fd: int) -> str:
        folder_fd = open_folder(root_fd, PRIVATE)
        try:
            if _exists(folder_fd, _DESTINATION):
                raise CloudRefused(
                    f"{self.shown} is a destination already: the third copy must lie elsewhere",
                    hint="Give [cloud] path another folder, on a drive that is carried away",
                )
        finally:
            os.close(folder_fd)
        text = json.dumps({"marker": str(uuid.uuid4()), "what": "Safelight knows the place of its third copy by this"})
        with contextlib.suppress(FileExistsError):  # another station was quicker
            write_durably(self.path + b"/" + PRIVATE, _MARKER, text.encode() + b"\n", replace=False)
        return _read_marker(root_fd)

    def _known(self) -> str:
        if not self._memory:
            return ""
        try:
            with open(os.path.join(self._memory, self._known_name), "rb") as file:
                return str(json.loads(file.read(4096))["marker"])
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return ""

    def _remember(self, marker: str) -> None:
        if self._memory:
            os.makedirs(self._memory, mode=0o700, exist_ok=True)
            text = json.dumps({"marker": marker, "path": self.shown})
            write_durably(self._memory, self._known_name, text.encode() + b"\n", replace=True)

    def _meaning(self, error: OSError) -> CloudError:
        words = error.strerror or str(error)
        if error.errno in _FULL:
            return CloudRefused(f"The drive at {self.shown} is full", hint="Make room there, then: safelight cloud run")
        if error.errno in _READ_ONLY:
            return CloudRefused(f"The drive at {self.shown} cannot be written: {words}", hint="Mount it writable")
        if error.errno in _NAME:
            return ObjectRefused(f"The drive at {self.shown} does not take this name: {words}")
        if error.errno in _TAKEN:
            return NameTaken(f"Something else has this name at {self.shown}")
        return CloudUnreachable(f"The drive at {self.shown} does not answer: {words}", hint="The queue is kept")


def _exists(folder_fd: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _read_marker(root_fd: int) -> str:
    """The place's own id, "" when it has none. One that cannot be understood is an OSError, never absent."""
    try:
        fd = os.open(PRIVATE + b"/" + _MARKER, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root_fd)
    except FileNotFoundError:
        return ""
    try:
        return str(json.loads(os.read(fd, 4096))["marker"])
    except (ValueError, LookupError, TypeError) as error:
        raise OSError(errno.EIO, "the marker of this place is damaged") from error
    finally:
        os.close(fd)
