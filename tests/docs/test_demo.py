"""The tour of `make demo`, for each sample card."""

import pytest


def demo(studio, card):
    return studio.run("demo", "--card", card)


@pytest.mark.parametrize("card", ["canon", "sony"])
def test_the_demo_goes_the_whole_way_and_says_what_is_special_about_it(studio, card):
    run = demo(studio, card)
    assert run.code == 0, run.err
    for words in (
        "SAFE TO FORMAT",
        "both destinations lie on ONE disk",
        "NOT YET",
        "1 file not copied yet: IMG_8888.JPG",
        "checked in the bucket",
        "in the cloud (checked",
        "restored and proven",
    ):
        assert words in run.out
    if card == "canon":
        assert "Tags from Sample.lrcat" in run.out


def test_the_damaged_card_is_not_called_safe_by_the_demo(studio):
    run = demo(studio, "damaged")
    assert run.code == 11
    assert "SAFE TO FORMAT" not in run.out
    for name in ("IMG_0102.JPG", "IMG_0103.JPG", "IMG_0104.CR3"):
        assert name in run.out
