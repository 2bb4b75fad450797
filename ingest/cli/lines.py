"""One line of a running stage, kept at its place on the terminal by tqdm."""

import sys
import threading
from collections.abc import Callable

from tqdm import tqdm

_WIDTH = 79  # where the terminal does not tell
_TO_END = "\x1b[K"  # clears the rest of the line, also where it was longer before the window became narrower
tqdm.set_lock(threading.RLock())  # tqdm's own is shared between processes, which is not needed here


class Line(tqdm):  # type: ignore[type-arg]  # generic in its stubs alone
    """One line; its text is made when it is drawn, for the width that the terminal has then."""

    monitor_interval = 0  # no thread of tqdm's: workers are forked while lines are shown

    def __init__(self, render: Callable[[int], list[str]], number: int) -> None:
        self._render, self._number, self._drawn = render, number, 0
        super().__init__(total=1, position=number, leave=False, dynamic_ncols=True, file=sys.stderr)

    def __str__(self) -> str:
        width = self.format_dict["ncols"] or _WIDTH
        if width != self._drawn:
            self.sp, self._drawn = self.status_printer(self.fp), width
        return self._render(width)[self._number] + _TO_END
