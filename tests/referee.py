"""rclone as the referee of the bucket: it shares no code with Safelight, and speaks another version of B2's API."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from ingest.cloud.loopback import LoopbackB2

HAS_RCLONE = shutil.which("rclone") is not None
# What either holds beside the photographs: the place's own marker, unfinished files and backups, the history of what
# was read back at this very place; records and a word for people in the bucket. Everything else must be in both.
_NOT_SHOT = ("- .safelight/**", "- ascmhl/**", "- lost+found/**", "- /README.txt")
_FILTERS = tuple(word for rule in _NOT_SHOT for word in ("--filter", rule))


def rclone(server: LoopbackB2, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of rclone, to which the service is the remote `L:`."""
    environment = os.environ | {
        "NO_PROXY": "127.0.0.1", "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_L_TYPE": "b2",
        "RCLONE_CONFIG_L_ACCOUNT": server.key_id, "RCLONE_CONFIG_L_KEY": server.key,
        "RCLONE_CONFIG_L_ENDPOINT": server.url,
    }  # fmt: skip
    return subprocess.run(
        ["rclone", *map(str, words)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def differences(server: LoopbackB2, place: Path, prefix: str = "originals", *, by_bytes: bool = False) -> int:
    """`rclone check` of a destination's folder against the bucket, in both directions: what differs or is in one alone.

    by_bytes: each object is fetched and compared; else size and SHA-1 are, of large objects the one told beside them.
    """
    words = ["check", str(place), f"L:{server.bucket}/{prefix}", *_FILTERS, *["--download"] * by_bytes]
    done = rclone(server, *words)
    found = re.search(r"(\d+) differences found", done.stderr)
    assert found, done.stderr
    assert (done.returncode == 0) == (found[1] == "0"), done.stderr
    assert "could not be checked" not in done.stderr  # without a hash rclone compares sizes alone
    return int(found[1])
