"""Memory that is free goes back to the system, where the C library can be asked for it."""

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own


def give_back() -> None:
    """After work on a large card: what was needed for it would else stay with the process to its end."""
    if _trim is not None:
        _trim(0)
