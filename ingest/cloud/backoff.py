"""When to try again: from one second to one hour, as Backblaze asks of its clients. Pure."""

SHORTEST = 1.0
LONGEST = 3600.0
_DOUBLINGS = 12  # 2**12 s is beyond the longest


def next_try(attempts: int, now: float, jitter: float) -> float:
    """The time (as `now`, in seconds) of the next try after `attempts` failures in a row (1 or more).

    jitter: 0..1, drawn by the caller; the pause is anything up to the whole of 2**attempts seconds (full jitter), so
    that many stations do not come back in step. Never below 1 s, never above 1 h.
    """
    whole = min(LONGEST, SHORTEST * 2.0 ** min(max(attempts, 1), _DOUBLINGS))
    return now + max(SHORTEST, whole * min(max(jitter, 0.0), 1.0))
