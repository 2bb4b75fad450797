"""Reading a large catalog makes a million things, none of them garbage: to look for it among them takes a sixth."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without searches for rings of garbage meanwhile; what nobody holds is still let go at once."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
