"""How much of all copies one look takes, so that a slice every night goes round everything: the oldest proof first."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Aged = tuple[float, int]
"""A copy: when it was last read back, size in bytes."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long and how much may be read. seconds, bytes: 0 for no limit. What was begun is read to its end."""

    seconds: float = 0.0
    bytes: int = 0

    @property
    def is_limited(self) -> bool:
        """Not everything is looked at."""
        return bool(self.seconds or self.bytes)

    def is_spent(self, seconds: float, read: int) -> bool:
        """Whether nothing more may be begun, after so many seconds and bytes."""
        return bool((self.seconds and seconds >= self.seconds) or (self.bytes and read >= self.bytes))


def share(waiting: Mapping[str, Sequence[Aged]], most: int) -> dict[str, int]:
    """Destination -> how many of its copies, each list the oldest first, are among the oldest `most` bytes of all.

    At least one copy where there is any; 0 for no limit.
    """
    if not most:
        return {name: len(copies) for name, copies in waiting.items()}
    counts, taken = dict.fromkeys(waiting, 0), 0
    merged = heapq.merge(*([(at, name, size) for at, size in copies] for name, copies in waiting.items()))
    for _, name, size in merged:
        if taken >= most:
            break
        counts[name] += 1
        taken += size
    return counts


def batch(sizes: Sequence[int], files: int, most: int) -> int:
    """How many of these a child is asked for at once: at most `files`, and no more once `most` bytes are reached."""
    taken = 0
    for count, size in enumerate(sizes[:files]):
        if taken >= most:
            return count
        taken += size
    return min(len(sizes), files)


def looks_for_all(all_bytes: int, looked_bytes: int) -> int:
    """How many looks like this one make a whole round; 0 when nobody can say."""
    return math.ceil(all_bytes / looked_bytes) if looked_bytes > 0 else 0
