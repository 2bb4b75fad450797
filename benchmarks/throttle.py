"""A card that cannot be read faster than a given rate: the blkio controller of cgroup v1, or io of v2.

Only reads that reach the device count: caches must be empty, or the read goes around them. A process feels the limit
when it is started with the prefix, and so does whatever it starts.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import CannotMeasureError

V1 = Path("/sys/fs/cgroup/blkio")
V2 = Path("/sys/fs/cgroup")
_ENTER = 'echo $$ > "$0" && exec "$@"'
_TRIES = 50  # a group is busy until its last process is buried


class CannotLimitError(CannotMeasureError):
    """Neither controller is there, or this user may not use it."""


@contextlib.contextmanager
def limited(device: str, rate: int) -> Iterator[tuple[str, ...]]:
    """The words to put before a command whose reads of `device` ("7:5") are held to `rate` bytes a second."""
    group = _parent() / f"safelight-bench-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        name, text = rule(group.parent == V1, device, rate)
        (group / name).write_text(text, encoding="ascii")
    except OSError as error:
        with contextlib.suppress(OSError):
            group.rmdir()
        raise CannotLimitError(f"the group {group} cannot be made: {error.strerror}") from error
    try:
        yield ("sh", "-c", _ENTER, str(group / "cgroup.procs"))
    finally:
        _bury(group)


def rule(is_v1: bool, device: str, rate: int) -> tuple[str, str]:
    """The file of a group and the line that holds reads of a device to a rate."""
    if is_v1:
        return "blkio.throttle.read_bps_device", f"{device} {rate}"
    return "io.max", f"{device} rbps={rate}"


def in_force(size: int, seconds: float, rate: int) -> bool:
    """Whether reading `size` bytes in that time shows the limit: no faster, but for the first tenth of a second."""
    return size <= rate * (seconds + 0.1) * 1.02


def _parent() -> Path:
    if (V1 / "blkio.throttle.read_bps_device").exists():
        return V1
    controllers = V2 / "cgroup.controllers"
    if controllers.exists() and "io" in controllers.read_text(encoding="ascii").split():
        with contextlib.suppress(OSError):
            (V2 / "cgroup.subtree_control").write_text("+io", encoding="ascii")
        return V2
    raise CannotLimitError("the kernel offers neither blkio of cgroup v1 nor io of cgroup v2")


def _bury(group: Path) -> None:
    for _ in range(_TRIES):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.1)
        else:
            return
