"""The benchmarks of the third copy measure what they say: in small, with the same steps."""

import shutil

import pytest

from benchmarks import cases_cloud


def test_a_queue_is_made_claimed_from_and_shown(tmp_path, monkeypatch):
    for name, count in (("JOBS", 3_000), ("CLAIMS", 3), ("FEW", 10)):
        monkeypatch.setattr(cases_cloud, name, count)
    figures = cases_cloud.queue_of_a_million(tmp_path, 1)
    assert [len(figure.values) for figure in figures] == [3, 1, 1] * 2
    assert {figure.target for figure in figures} == {5.0, 0.5}
    assert all(min(figure.values) > 0 for figure in figures)


@pytest.mark.parametrize("has_rclone", [True, False])
def test_everything_goes_out_in_turns_to_an_empty_service_each_time(tmp_path, monkeypatch, has_rclone):
    monkeypatch.setattr(cases_cloud, "FILES", 1)
    monkeypatch.setattr(cases_cloud, "CLIP", 1_000_000)
    if has_rclone and not shutil.which("rclone"):
        return
    if not has_rclone:
        monkeypatch.setattr(cases_cloud.shutil, "which", lambda _: None)
    figures = cases_cloud.uploads_beside_rclone(tmp_path, 1)
    assert len(figures) == (6 if has_rclone else 2)
    assert all(len(figure.values) == 1 and figure.values[0] > 0 for figure in figures)
    assert not (tmp_path / "objects").exists()
