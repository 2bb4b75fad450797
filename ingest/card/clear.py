"""The only code that changes a card: proven files go to the trash, each looked at once more before."""

import os
import stat
from collections.abc import Sequence

from send2trash import send2trash

from ingest.disk.times import mtime_of
from ingest.model.cards import CardFile
from ingest.model.names import join


def send_to_trash(root: bytes, files: Sequence[CardFile]) -> dict[bytes, str]:
    """Send these files of the card at `root` to the trash; gives path -> why for those that stayed.

    A file that is not as it was listed (size, time, kind) stays: the verdict did not speak of it.
    """
    failed: dict[bytes, str] = {}
    for file in files:
        path = join(root, file.path)
        try:
            info = os.lstat(path)
            if not stat.S_ISREG(info.st_mode) or (info.st_size, mtime_of(info)) != (file.size, file.mtime_ns):
                failed[file.path] = "changed since the verdict"
                continue
            send2trash(os.fsdecode(path))
        except OSError as error:
            failed[file.path] = error.strerror or str(error)
    return failed
