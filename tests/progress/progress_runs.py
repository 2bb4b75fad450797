"""Simulated destinations: what their counters would be, moment by moment, at rates that are known."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.progress import Amount, Count


@dataclass(frozen=True)
class Run:
    """A destination that copies and proves in batches, as the copying room does. Times in seconds, rates by second.

    sizes: of its files. batch: bytes that share a barrier. A batch is written, then the next ones are written while it
    is read back, but no more than three are unproven; a file's bytes count as proven when it has been read whole.
    """

    sizes: tuple[int, ...]
    write: float
    read: float
    per_file: float = 0.0
    barrier: float = 0.0
    batch: int = 128 << 20

    @property
    def total(self) -> Amount:
        return Amount(sum(self.sizes), len(self.sizes))

    def batches(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for size in self.sizes:
            if batch and (sum(batch) + size > self.batch or len(batch) == 256):
                yield batch
                batch = []
            batch.append(size)
        yield batch

    def times(self) -> tuple[list[tuple[float, float, int]], list[tuple[float, int]]]:
        """(begin, end, size) of every file that is written, (end, size) of every file that is read back."""
        written, proven, clock, reader = [], [], 0.0, 0.0
        ends = [0.0, 0.0, 0.0]  # of the read-back of earlier batches
        for batch in self.batches():
            clock = max(clock, ends[-3])
            for size in batch:
                end = clock + size / self.write + self.per_file / 2
                written.append((clock, end, size))
                clock = end
            clock += self.barrier
            reader = max(reader, clock)
            for size in batch:
                reader += size / self.read + self.per_file / 2
                proven.append((reader, size))
            ends.append(reader)
        return written, proven

    def ticks(self, every: float = 0.1) -> Iterator[tuple[float, Count]]:
        """(now, counters) until the end."""
        written, proven = self.times()
        end = proven[-1][0]
        copied = done = files = first = 0
        nth = 0
        now = 0.0
        while now < end + every:
            while first < len(written) and written[first][1] <= now:
                copied += written[first][2]
                first += 1
            part = 0
            if first < len(written) and written[first][0] < now:
                begin, until, size = written[first]
                part = int(size * (now - begin) / (until - begin))
            while nth < len(proven) and proven[nth][0] <= now:
                done, files, nth = done + proven[nth][1], files + 1, nth + 1
            yield now, Count(copied + part, done, files)
            now += every

    @property
    def seconds(self) -> float:
        return self.times()[1][-1][0]
