"""Matching over small worlds in which names, sizes, times and paths collide all the time."""

from array import array
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tagging_worlds import TAKEN, capture_one, darktable, known, lightroom

from ingest.model.catalogs import CatalogImage
from ingest.tagging.ladder import EXACT, ROUGH, file_of
from ingest.tagging.match import (
    Ambiguity,
    Answer,
    Answers,
    KnownFile,
    Match,
    _add_companions,
    _climb,
    match,
    match_each,
)

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


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[KnownFile], list[CatalogImage]]:
    """Files of which most are plainly one row, among some that share names, rows, file keys and folders."""
    asked = [
        known(
            n if draw(st.booleans()) else draw(SMALL),
            f"N{n if draw(st.booleans()) else draw(SMALL)}.{draw(st.sampled_from(['JPG', 'CR3']))}",
            size=draw(SMALL),
            dest_paths=(f"/d/{draw(SMALL)}/N{n}.JPG", f"/e/N{draw(SMALL)}.CR3"),
            **({"dest_name": f"R{draw(SMALL)}.JPG"} if draw(st.booleans()) else {}),
            **({"capture_local": None} if draw(st.integers(0, 4)) == 0 else {}),
        )
        for n in range(draw(st.integers(0, 8)))
    ]
    images = []
    for n in range(draw(st.integers(0, 10)) if asked else 0):
        file = draw(st.sampled_from(asked))
        style = draw(st.sampled_from([lightroom, lightroom, capture_one, darktable]))
        names = {"card_name": file.dest_name} if draw(st.booleans()) else {}
        row = style(
            file._replace(**names),
            f"r{n}",
            file_key=f"f{n if draw(st.integers(0, 3)) else draw(SMALL)}",
            folder=f"/d/{draw(SMALL)}/",
            is_virtual=draw(st.booleans()),
            sidecar_suffixes=draw(st.sampled_from([(), (), ("JPG",)])),
        )
        if row.import_key and draw(st.integers(0, 4)) == 0:
            row = row._replace(import_key=draw(st.sampled_from([row.import_key.replace(":", ":0"), "no key", None])))
        images.append(row)
    return asked, images


def by_rules_alone(files: list[KnownFile], images: list[CatalogImage]) -> Answers:
    """Every file asked of every row, rule after rule."""
    answers = Answers(array("q", [file.asset_id for file in files]), images)
    for rungs in (EXACT[:1], EXACT[1:], ROUGH):
        _climb(
            rungs, {place: file_of(known) for place, known in enumerate(files) if place not in answers}, images, answers
        )
    _add_companions(files, answers)
    return answers


@settings(max_examples=300)
@given(crowds())
def test_the_quick_way_for_plain_pairs_answers_as_the_rules_alone_do(
    world: tuple[list[KnownFile], list[CatalogImage]],
) -> None:
    files, images = world
    quick, slow = match_each(files, images), by_rules_alone(files, images)
    assert [told(answer) for answer in quick] == [told(answer) for answer in slow]


def told(answer: Answer) -> object:
    """What is said of a file. Which of several pictures is named first is no decision."""
    return answer._replace(candidates=sorted(answer.candidates)) if isinstance(answer, Ambiguity) else answer


@settings(max_examples=300)
@given(crowds(), st.integers(0, 4), st.integers(0, 4))
def test_a_run_of_files_is_told_in_three_lists_as_each_of_them_is(
    world: tuple[list[KnownFile], list[CatalogImage]], start: int, length: int
) -> None:
    answers = match_each(*world)
    found, each = answers.matching(start, start + length), [*answers][start : start + length]
    assert found.matches == tuple(answer for answer in each if isinstance(answer, Match))
    assert found.ambiguous == tuple(answer for answer in each if isinstance(answer, Ambiguity))
    assert len(found.unmatched) == each.count(None)
    assert found.total == len(each)
