"""Progress bars: one a destination for copying, one for proving; bytes, a smoothed rate and the time left."""

import sys
from typing import Any

from tqdm import tqdm

_FORMAT = "{desc:<22} {bar:14} {n_fmt:>8}/{total_fmt:<8} {rate_fmt:>11}  {remaining} left"


class Bars:
    """The bars of one stage at a time; on a screen that is no terminal there are none."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._bars: dict[str, Any] = {}

    def begin(self, totals: dict[str, int]) -> None:
        """New bars: description -> bytes in all."""
        self.close()
        if self._shown:
            for position, (name, total) in enumerate(totals.items()):
                self._bars[name] = tqdm(
                    total=max(total, 1),
                    desc=name,
                    unit="B",
                    unit_scale=True,
                    position=position,
                    leave=False,
                    bar_format=_FORMAT,
                    smoothing=0.1,
                    dynamic_ncols=True,
                )

    def show(self, done: dict[str, int]) -> None:
        """Bytes done so far; a bar never jumps back and never passes its end."""
        for name, count in done.items():
            bar = self._bars.get(name)
            if bar is not None and count > bar.n:
                bar.update(min(count, bar.total) - bar.n)

    def close(self) -> None:
        """Take the bars away."""
        for bar in self._bars.values():
            bar.close()
        if self._bars:  # several bars leave the cursor somewhere in the line
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self._bars = {}
