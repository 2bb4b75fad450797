"""What others do with a card and two destinations, as it is typed in a shell.

In a script $1 is the card, $2 and $3 are the destinations, $4 is an empty folder elsewhere. What is written is flushed
within the step that wrote it. Caches are emptied before a step marked cold: a check that reads what it just wrote from
memory says nothing about a disk. The time of a peer is that of its steps without the emptying.
"""

import shutil
from dataclasses import dataclass

_FLUSH = 'sync -f "$2" && sync -f "$3"'
_CP = f'cp -a "$1/." "$2/" && cp -a "$1/." "$3/" && {_FLUSH}'
_RSYNC = f'rsync -a "$1/" "$2/" && rsync -a "$1/" "$3/" && {_FLUSH}'
_RSYNC_CHECK = 'for copy in "$2" "$3"; do test -z "$(rsync -rcn --out-format=%n "$1/" "$copy/")" || exit 1; done'
_RCLONE = f'export RCLONE_CONFIG=/dev/null; rclone copy "$1" "$2" && rclone copy "$1" "$3" && {_FLUSH}'
_RCLONE_CHECK = 'export RCLONE_CONFIG=/dev/null; rclone check "$1" "$2" && rclone check "$1" "$3"'


@dataclass(frozen=True, slots=True)
class Step:
    """A shell script, begun with empty caches or with what the step before left in them."""

    script: str
    cold: bool = True


@dataclass(frozen=True, slots=True)
class Peer:
    """needs: programs. copies: afterwards both destinations hold the card. verifies: it compared them with the card."""

    name: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    copies: bool = True
    verifies: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Programs that are not on this machine."""
        return tuple(program for program in self.needs if not shutil.which(program))


def _sums(program: str, quiet: str, cold: bool) -> tuple[Step, ...]:
    listing = f'cd "$1" && find . -type f -exec {program} {{}} + > "$4/sums"'
    check = f'for copy in "$2" "$3"; do cd "$copy" && {program} {quiet} -c "$4/sums" || exit 1; done'
    return Step(listing), Step(_CP, cold), Step(check, cold)


def _verifying(name: str, program: str, steps: tuple[Step, ...]) -> Peer:
    return Peer(name, steps, (program,), verifies=True)


CAT = Peer("cat card > /dev/null", (Step('find "$1" -type f -exec cat {} + > /dev/null'),), copies=False)
CP = Peer("cp twice + sync", (Step(_CP),))
RSYNC = _verifying("rsync twice, rsync -c", "rsync", (Step(_RSYNC), Step(_RSYNC_CHECK)))
RCLONE = _verifying("rclone twice, check", "rclone", (Step(_RCLONE), Step(_RCLONE_CHECK)))
SHA256 = _verifying("sha256sum, cp twice, sha256sum -c", "sha256sum", _sums("sha256sum", "--quiet", True))
XXHSUM = _verifying("xxh128sum, cp twice, xxh128sum -c", "xxh128sum", _sums("xxh128sum", "--quiet", True))
VERIFYING = (XXHSUM, RSYNC, RCLONE, SHA256)
# the same as somebody types it, who does not empty caches: the check reads memory, and proves nothing about a disk
WARM = (
    _verifying("xxh128sum, cp twice, -c from memory", "xxh128sum", _sums("xxh128sum", "--quiet", False)),
    _verifying("rsync twice, -c from memory", "rsync", (Step(_RSYNC), Step(_RSYNC_CHECK, cold=False))),
)
# the least processor time that the same result costs: two copies, the card's two digests, a digest of each copy
LEAST_WORK = Peer(
    "cp twice, sha1sum, xxh128sum of three",
    (
        Step(_CP),
        Step(
            'find "$1" -type f -exec sha1sum {} + > "$4/sha1"; find "$1" -type f -exec xxh128sum {} + > "$4/xxh"', False
        ),
        Step('find "$2" "$3" -type f -exec xxh128sum {} + > "$4/copies"'),
    ),
    ("xxh128sum",),
)
