"""Matching over small worlds in which names, sizes, times and paths collide all the time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tagging_worlds import TAKEN, capture_one, known, lightroom

from ingest.model.catalogs import CatalogImage
from ingest.tagging.match import KnownFile, Match, match

SMALL = st.integers(1, 3)


@st.composite
def files(draw: st.DrawFn) -> KnownFile:
    name = f"N{draw(SMALL)}.JPG"
    return known(
        draw(SMALL),
        name,
        size=draw(SMALL),
        capture_local=TAKEN + timedelta(seconds=draw(SMALL)),
        dest_paths=(f"/d/{draw(SMALL)}/{name}",),
    )


@st.composite
def rows(draw: st.DrawFn) -> CatalogImage:
    style = lightroom if draw(st.booleans()) else capture_one
    return style(draw(files()), f"f{draw(st.integers(1, 9))}", folder=f"/d/{draw(SMALL)}/")


FILES = st.lists(files(), max_size=6)
ROWS = st.lists(rows(), max_size=6, unique_by=lambda image: image.file_key)


def keys(answer: Match) -> list[str]:
    return sorted(image.key for image in answer.images)


@given(FILES, ROWS)
def test_every_file_is_answered_once_and_no_row_serves_two_contents(
    asked: list[KnownFile], images: list[CatalogImage]
) -> None:
    found = match(asked, images)
    answered = [answer.asset_id for answer in found.matches] + [case.asset_id for case in found.ambiguous]
    assert sorted(answered + list(found.unmatched)) == sorted(file.asset_id for file in asked)
    owner: dict[str, int] = {}
    for answer in found.matches:
        assert answer.images
        for image in answer.images:
            assert owner.setdefault(image.file_key, answer.asset_id) == answer.asset_id
    assert all(case.candidates for case in found.ambiguous)


@given(FILES, ROWS)
def test_the_order_of_rows_changes_no_decision(asked: list[KnownFile], images: list[CatalogImage]) -> None:
    forward, backward = match(asked, images).matches, match(asked, images[::-1]).matches
    assert [(answer.asset_id, answer.rule, keys(answer)) for answer in forward] == [
        (answer.asset_id, answer.rule, keys(answer)) for answer in backward
    ]
