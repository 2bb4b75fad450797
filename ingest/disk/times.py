"""When a file was written, as far as it can be kept."""

import os

_LONGEST = (1 << 63) - 1


def mtime_of(info: os.stat_result) -> int:
    """Nanoseconds since 1970 UTC, between 1677 and 2262: what 64 bits hold. NTFS, ext4 and broken cards go further."""
    return max(-_LONGEST, min(info.st_mtime_ns, _LONGEST))
