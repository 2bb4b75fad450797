"""The power of destinations and ledger goes at once, at some moments of an ingest; `every_power_cut.py` has all."""

import secrets
from collections import Counter

import pytest
from loops import needs_loops
from power_desk import Strict, a_card, cut_at_each, recorded, spread
from rigs import needs_fuse

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    needs_loops,
    needs_fuse,
    pytest.mark.usefixtures("no_parsers"),
]


def test_whatever_the_disks_had_written_when_all_lost_power_nothing_false_is_left_and_it_goes_on(tmp_path):
    """F003. F004. F005. F006. F007. Behind writes and flushes of ext4, counted over all disks together."""
    fresh = secrets.randbelow(1 << 30)
    print(f"fresh seed: {fresh}")
    with recorded(tmp_path) as record:
        points = len(record.events)
        cuts = spread(points, 7, ("lost", "random"), seed=1) + spread(points, 3, ("random", "lost"), seed=fresh)
        cut_at_each(record.wrong_after, cuts, points)


def test_where_only_what_was_synced_is_left_nothing_false_is_left_and_it_goes_on(tmp_path, like_a_nas, ledger_anywhere):
    """F003. F004. F005. F006. F007. At calls of a session that is killed within them."""
    fresh = secrets.randbelow(1 << 30)
    print(f"fresh seed: {fresh}")
    with a_card(tmp_path) as (card, pictures):
        strict = Strict(tmp_path, card, pictures)
        points = strict.points()
        cuts = spread(points, 6, ("all", "pages"), seed=1) + spread(points, 2, ("pages", "all"), seed=fresh)
        cut_at_each(strict.wrong_after, cuts, points)


def test_a_ledger_whose_disk_lied_about_its_flushes_is_refused_or_nothing_that_it_says_is_false(tmp_path):
    """F027. F083. The destinations kept their word; of the ledger's writes each came to the medium or not, by seed."""
    with recorded(tmp_path) as record:
        found = Counter(record.ledger_after_lies(seed) for seed in range(1, 7))
    print(f"\nthe ledger behind lies: {dict(found)}")
    assert found.total() == 6
