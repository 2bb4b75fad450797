r"""A file system's own id and label: from udev's links, else from blkid, which must be allowed to read the device.

Sources: udev(7) for `/dev/disk/by-uuid` and `by-label` with their `\x20` escapes; blkid(8) for `-p -o udev`.
"""

import errno
import os
import re
import stat

from ingest.model.names import display

_HEX = re.compile(rb"\\x([0-9a-f]{2})")
_LINKS = b"/dev/disk/"
_PROGRAMS = ("/usr/sbin/blkid", "/sbin/blkid", "/usr/bin/blkid", "/bin/blkid")
_SECONDS = 2.0
# of the others statvfs gives the number of the device: every card in one reader would be the same card
_FSID_IS_ITS_OWN = frozenset({"ext2", "ext3", "ext4", "btrfs"})


def uuid_and_label(
    number: int, source: bytes, fs_type: str, fsid: int, *, in_time: bool = False
) -> tuple[str, str | None]:
    """(id, label) of the file system on block device `number`; ("", None) for what cannot be known.

    label: "" for one that is known to have none. source: its device file, for blkid. fsid: of statvfs, the last resort.

    Raises:
        TimeoutError: with `in_time`, it was not told in time.
    """
    uuid = _linked(number, b"by-uuid")
    if uuid:
        return uuid, _linked(number, b"by-label")
    try:
        told = _blkid(number, source)
    except TimeoutError:
        if in_time:
            raise
        told = {}
    if told.get("ID_FS_UUID_ENC"):
        return _decoded(told["ID_FS_UUID_ENC"]), _decoded(told.get("ID_FS_LABEL_ENC", b""))
    return (f"fsid:{fsid:x}" if fsid and fs_type in _FSID_IS_ITS_OWN else ""), None


def _linked(number: int, kind: bytes) -> str:
    folder = _LINKS + kind
    try:
        names = os.listdir(folder)
    except OSError:
        return ""
    return next((_decoded(name) for name in names if _number(folder + b"/" + name) == number), "")


def _number(path: bytes) -> int | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_rdev if stat.S_ISBLK(info.st_mode) else None


def _blkid(number: int, source: bytes) -> dict[str, bytes]:
    import subprocess  # where udev has its links nobody gets here

    program = next((path for path in _PROGRAMS if os.access(path, os.X_OK)), None)
    device = next((path for path in _device_files(number, source) if _number(path) == number), None)
    if program is None or device is None or not os.access(device, os.R_OK):
        return {}
    try:
        done = subprocess.run(
            [program, "-p", "-o", "udev", device],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={"LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(errno.ETIMEDOUT, "blkid did not answer") from error
    except OSError:
        return {}
    pairs = (line.partition(b"=") for line in done.stdout.split(b"\n") if done.returncode == 0)
    return {name.decode("ascii", "replace"): value for name, _, value in pairs}


def _device_files(number: int, source: bytes) -> tuple[bytes, ...]:
    numbered = b"/dev/block/%d:%d" % (os.major(number), os.minor(number))
    return (source, numbered) if source.startswith(b"/dev/") else (numbered,)


def _decoded(text: bytes) -> str:
    return display(_HEX.sub(lambda found: bytes((int(found[1], 16),)), text)).strip()  # a label is the card's own word
