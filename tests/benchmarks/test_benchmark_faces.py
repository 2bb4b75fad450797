"""The benchmarks of the watcher and of the page, in small."""

import pytest
from loops import needs_loops

from benchmarks.cases_page import page_of_a_large_shoot
from benchmarks.cases_watch import card_in_the_reader
from benchmarks.measure import CannotMeasureError


@pytest.mark.root
@needs_loops
def test_a_card_is_noticed_then_copied_then_safe(tmp_path):
    noticed, found, safe = card_in_the_reader(tmp_path, 1)
    assert 0 < noticed.median < found.median < safe.median
    assert (noticed.target, found.target, safe.target) == (1.0, 1.0, None)


def test_where_no_browser_is_installed_the_page_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotMeasureError, match="no chromium"):
        page_of_a_large_shoot(tmp_path, 1, count=10)
