"""Whether so many copies changed at once that it is no fault of a disk: then nothing more goes outward unasked."""

_LEAST = 10  # files; below, one bad area of a disk explains them
_SHARE = 10  # percent of those looked at; silent corruption of disks is far below one percent in years


def is_alarming(looked_at: int, changed: int) -> bool:
    """Whether to stop and ask, at any moment of a look at one destination.

    looked_at, changed: files so far, changed among them; one that is gone or cannot be read is not changed. On how
    seldom disks change bytes by themselves: Bairavasundaram et al., An Analysis of Data Corruption in the Storage
    Stack, FAST 2008.
    """
    return changed >= _LEAST and changed * 100 >= looked_at * _SHARE
