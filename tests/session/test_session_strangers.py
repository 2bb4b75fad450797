"""Pictures on a destination that no catalog speaks for, by the names that file systems and editors give them."""

import os
import unicodedata

import pytest

from ingest.model.catalogs import CatalogFacts, CatalogImage, Observation
from ingest.model.places import Destination, DestinationKind
from ingest.session.audit import strangers


@pytest.fixture
def ssd(tmp_path):
    return Destination("ssd", DestinationKind.SSD, os.fsencode(tmp_path))


def lay(tmp_path, *names):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"a picture")


def catalog(tmp_path, *names, **facts):
    rows = []
    for name in names:
        folder, _, own = f"{tmp_path}/{name}".rpartition("/")
        rows.append(CatalogImage(name, f"{folder}/", own, **facts))
    return CatalogFacts("lightroom", "/c", "13", "", Observation(1.0, "copy", True), tuple(rows))


def test_they_are_told_by_folder_and_name_and_only_pictures(tmp_path, ssd):
    lay(tmp_path, "b/2.JPG", "b/1.CR3", "a/known.JPG", "a/new.JPG", "b/known.JPG", "a/notes.txt", ".safelight/x.JPG")
    assert [*strangers(ssd, [catalog(tmp_path, "a/known.JPG")], set())] == [
        b"a/new.JPG", b"b/1.CR3", b"b/2.JPG", b"b/known.JPG",
    ]  # fmt: skip


def test_any_catalog_may_speak_and_so_may_a_content_that_is_known(tmp_path, ssd):
    lay(tmp_path, "1.JPG", "2.JPG", "3.JPG", "4.JPG")
    catalogs = [catalog(tmp_path, "1.JPG"), catalog(tmp_path, "2.JPG")]
    assert [*strangers(ssd, iter(catalogs), {b"3.JPG"})] == [b"4.JPG"]


@pytest.mark.parametrize(("stored", "lies"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_the_normal_form_of_a_folder_and_a_name_does_not_matter(tmp_path, ssd, stored, lies):
    name = "Zürich/Café.JPG"
    lay(tmp_path, unicodedata.normalize(lies, name))
    assert [*strangers(ssd, [catalog(tmp_path, unicodedata.normalize(stored, name))], set())] == []


def test_a_row_speaks_for_the_files_beside_it_in_whatever_case_and_for_its_own_as_it_is_written(tmp_path, ssd):
    lay(tmp_path, "IMG_1.CR3", "IMG_1.jpg", "IMG_2.JPG", "img_1.cr3")
    told = [*strangers(ssd, [catalog(tmp_path, "IMG_1.CR3", sidecar_suffixes=("JPG",))], set())]
    assert told == [b"IMG_2.JPG", b"img_1.cr3"]
