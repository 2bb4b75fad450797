"""Where sidecars will be written, the card's own make room for them; no picture gets another name by it."""

from datetime import date

import pytest
from hypothesis import given
from plan_samples import dests, listings, plan_of, untimed

from ingest.model.names import base_of
from ingest.plan.known import LedgerView
from ingest.plan.planned import ExistingShoot

RAW, JPEG, OWN = b"DCIM/100CANON/IMG_1.CR3", b"DCIM/100CANON/IMG_1.JPG", b"DCIM/100CANON/IMG_1.XMP"
FOLDER = b"2026/2026-03-14 Meyer wedding"
MEYER = ExistingShoot(1, "Meyer wedding", date(2026, 3, 14), date(2026, 3, 14), FOLDER, named_by_user=True)


def names(paths, **settings):
    return {source: base_of(dest) for source, dest in dests(plan_of(paths, **settings)).items()}


def test_the_sidecar_of_a_raw_picture_is_set_aside_and_keeps_the_case_of_its_ending():
    assert names([RAW, JPEG, OWN], set_aside=True) == {RAW: b"IMG_1.CR3", JPEG: b"IMG_1.JPG", OWN: b"IMG_1.card.XMP"}


def test_it_takes_the_new_name_of_its_picture():
    found = names([RAW, OWN], set_aside=True, file="{shoot} {original}")
    assert found == {RAW: b"Meyer wedding IMG_1.CR3", OWN: b"Meyer wedding IMG_1.card.XMP"}


@pytest.mark.parametrize(
    "paths",
    [
        [JPEG, OWN],
        [RAW, b"DCIM/100CANON/IMG_1.CR3.xmp"],
        [b"DCIM/100CANON/IMG_1.DNG", OWN],
        [b"PRIVATE/M4ROOT/CLIP/C0001.ARW", b"PRIVATE/M4ROOT/CLIP/C0001.XMP"],
    ],
)
def test_every_other_sidecar_keeps_its_name(paths):
    assert names(paths, set_aside=True) == names(paths) == {path: base_of(path) for path in paths}


def test_outside_dcim_it_is_set_aside_in_its_folder():
    paths = [b"Pictures/IMG_1.CR3", b"Pictures/IMG_1.xmp"]
    assert dests(plan_of(paths, set_aside=True))[paths[1]].endswith(b"/Pictures/IMG_1.card.xmp")


@pytest.mark.parametrize("was_aside", [False, True])
@pytest.mark.parametrize("is_aside", [False, True])
@pytest.mark.parametrize("file", ["{original}", "{shoot} {original}"])
def test_a_picture_that_comes_behind_its_sidecar_is_named_as_if_both_had_come_at_once(was_aside, is_aside, file):
    """Killed between the two; the command that goes on may say something, or nothing."""
    first = dests(plan_of([RAW, JPEG, OWN], set_aside=was_aside, file=file))
    view = LedgerView(shoots=[MEYER], known_paths={OWN: first[OWN]})
    later = dests(plan_of([RAW, JPEG, OWN], ledger=view, set_aside=is_aside, file=file))
    assert later == first


@untimed
@given(listings)
def test_room_is_made_by_sidecars_alone(listing):
    paths = list(dict.fromkeys(entry.path for entry in listing))
    plain, aside = dests(plan_of(paths)), dests(plan_of(paths, set_aside=True))
    moved = {path for path in plain if plain[path] != aside[path]}
    assert {path[-4:].lower() for path in moved} <= {b".xmp"}
    assert len({dest.lower() for dest in aside.values()}) == len(aside)
