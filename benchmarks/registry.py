"""Every case by its name: a new one is a function and a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.cases_catalog import large_catalog
from benchmarks.cases_check import check_of_a_card, start_of_the_command, where_a_check_spends_its_time
from benchmarks.cases_cloud import queue_of_a_million, uploads_beside_rclone
from benchmarks.cases_copy import large_files, processor_time, small_files, wedding_card
from benchmarks.cases_growth import growth
from benchmarks.cases_ledger import a_ledger_of_decades
from benchmarks.cases_memory import plan_of_a_large_card, whole_ingest
from benchmarks.cases_page import page_of_a_large_shoot
from benchmarks.cases_previews import previews
from benchmarks.cases_slow import slow_card
from benchmarks.cases_watch import card_in_the_reader
from benchmarks.measure import Figure
from benchmarks.peers import CAT, CP, RSYNC, XXHSUM
from benchmarks.stage import Scene, few_large, many_small, wedding

_SMALL, _TINY = 100 << 10, 20 << 10


@dataclass(frozen=True, slots=True)
class Case:
    """measure(folder of its own, runs) gives figures. short, long: how often; 0 leaves it out.

    scene: the card of an ingest that `--profile` can look into, None where there is none. profile: the same for a case
    that is no ingest.
    """

    name: str
    measure: Callable[[Path, int], list[Figure]]
    short: int
    long: int
    scene: Scene | None = None
    short_measure: Callable[[Path, int], list[Figure]] | None = None
    profile: Callable[[], str] | None = None


def cases(scale: float = 1.0) -> tuple[Case, ...]:
    """All of them. scale: of the number of files on the cards, to try the benchmarks themselves; 1 for figures."""

    def count(files: int) -> int:
        return max(1, round(files * scale))

    def more_files(factor: int) -> Scene:
        return many_small(count(1250) * factor, _SMALL)

    def more_bytes(factor: int) -> Scene:
        return few_large(count(10) * factor)

    large, small = few_large(count(80)), many_small(count(5000), _SMALL)
    slow_200, slow_100 = few_large(count(80), 200_000_000), few_large(count(80), 100_000_000)
    mixed, tiny = wedding(count(80)), many_small(count(100_000), _TINY)
    few_peers = partial(large_files, scene=large, peers=(CAT, CP, XXHSUM, RSYNC))
    return (
        Case("start", start_of_the_command, 9, 25),
        Case("check", check_of_a_card, 3, 25, profile=where_a_check_spends_its_time),
        Case("plan-memory", plan_of_a_large_card, 1, 3),
        Case("slow-200", partial(slow_card, scene=slow_200, target=1.10), 1, 5, slow_200),
        Case("slow-100", partial(slow_card, scene=slow_100, target=1.05), 0, 3, slow_100),
        Case("large", partial(large_files, scene=large), 1, 7, large, few_peers),
        Case("small", partial(small_files, scene=small), 3, 7, small),
        Case("wedding", partial(wedding_card, scene=mixed), 0, 5, mixed),
        Case("cpu", partial(processor_time, scene=large), 1, 5, large),
        Case("memory-5000", partial(whole_ingest, scene=small), 1, 3, small),
        Case("growth", partial(growth, files=more_files, sizes=more_bytes), 0, 3),
        Case("ledger", a_ledger_of_decades, 0, 3),
        Case("queue", queue_of_a_million, 0, 5),
        Case("upload", uploads_beside_rclone, 0, 5),
        Case("catalog", partial(large_catalog, images=count(300_000)), 0, 3),
        Case("watch", card_in_the_reader, 0, 10),
        Case("page", partial(page_of_a_large_shoot, count=count(10_000)), 0, 5),
        Case("previews", partial(previews, count=count(60)), 0, 5),
        Case("memory-100000", partial(whole_ingest, scene=tiny), 0, 1, tiny),
    )
