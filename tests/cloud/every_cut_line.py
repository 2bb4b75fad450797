"""The line to the cloud breaks at many more points, in both ways at each. Takes minutes: `make test-faults`."""

import pytest
from cloud_proxy import Harm
from cut_lines import break_at_each


@pytest.mark.parametrize("harm", [Harm.RESET, Harm.CLOSE])
def test_wherever_the_line_breaks_nothing_false_is_said_and_the_next_session_sends_each_object_once(tmp_path, harm):
    break_at_each(tmp_path, 60, (harm,))
