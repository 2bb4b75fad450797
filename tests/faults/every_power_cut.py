"""The power of everything goes at once, at each moment of an ingest in turn. Takes minutes: `make test-faults`."""

import pytest
from loops import needs_loops
from power_desk import Cut, Strict, a_card, cut_at_each, recorded
from rigs import needs_fuse

pytestmark = [pytest.mark.root, needs_loops, needs_fuse, pytest.mark.usefixtures("no_parsers")]
MOST = 110  # cuts of each kind: about two minutes on two cores


def test_a_cut_behind_any_write_or_flush_of_all_disks_together_leaves_nothing_false(tmp_path):
    """F003. F004. F005. F006. F007."""
    with recorded(tmp_path) as record:
        points = len(record.events)
        chosen = range(points, 0, -(points // MOST + 1))
        cuts = [Cut(point, ("lost", "random")[n % 2], point) for n, point in enumerate(chosen)]
        cut_at_each(record.wrong_after, cuts, points)


def test_a_cut_at_any_call_after_which_only_what_was_synced_is_left_leaves_nothing_false(
    tmp_path, like_a_nas, ledger_anywhere
):
    """F003. F004. F005. F006. F007."""
    with a_card(tmp_path) as (card, pictures):
        strict = Strict(tmp_path, card, pictures)
        points = strict.points()
        chosen = range(points, 0, -(points // MOST + 1))
        cuts = [Cut(point, ("all", "pages", "random")[n % 3], point) for n, point in enumerate(chosen)]
        cut_at_each(strict.wrong_after, cuts, points)
