"""Plans a card of N files and ends: `python -m benchmarks.plan_child 100000`; its memory is watched from outside."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.model.cards import Capture, CardFile, Listing
from ingest.plan.dispositions import plan_card
from ingest.plan.planned import CardTag, PlanSettings

_FIRST = datetime.fromisoformat("2025-05-31T08:00")  # a camera's wall clock has no zone
_A_FOLDER = 4999  # pairs


def _files(count: int) -> Iterator[tuple[CardFile, Capture]]:
    """RAW and JPEG pairs, six seconds apart: a week of work on one very large card."""
    for number in range(count):
        pair = number // 2
        name = f"DCIM/{100 + pair // _A_FOLDER}EOSR5/IMG_{pair % _A_FOLDER + 1:04}.{('CR3', 'JPG')[number % 2]}"
        taken = _FIRST + timedelta(seconds=6 * pair)
        mtime_ns = 1_748_678_400_000_000_000 + 6_000_000_000 * pair
        file = CardFile(name.encode(), 24_000_000 + number, mtime_ns)
        yield file, Capture(taken, "exif", 120, "Canon", "Canon EOS R5", "012345678901")


def main(count: int) -> None:
    """Hold what a session holds when the plan is made: listing, capture facts, plan."""
    both = list(_files(count))
    listing = Listing(tuple(sorted((file for file, _ in both), key=lambda file: file.path)))
    captures = {file.path: capture for file, capture in both}
    del both
    settings = PlanSettings(frozenset({"ssd", "nas"}))
    plan = plan_card(listing, captures, settings=settings, card=CardTag("EOS_DIGITAL", bytes(16)))
    counts = plan.counts()
    print(f"{counts.copy} of {counts.files} files to copy in {len(plan.shoots)} shoots")
    if counts.copy != count:
        raise SystemExit("the plan does not hold every file")


if __name__ == "__main__":
    main(int(sys.argv[1]))
