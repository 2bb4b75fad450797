"""The program itself: it imports the pictures again, and the adapter reads what it made."""

import os
from pathlib import Path

import pytest
from darktable_builder import FOLDER, read, wedding
from darktable_program import PROGRAM, imported, pictures

from ingest.model.catalogs import CatalogImage


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason="darktable is not installed")
def test_a_library_that_darktable_makes_now_reads_like_the_one_that_is_kept(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "photos" / "Meyer wedding"
    pictures(folder)
    made = read(imported(folder, home))
    (tmp_path / "kept").mkdir()
    kept = read(wedding(tmp_path / "kept" / "library.db"))

    def plain(image: CatalogImage) -> CatalogImage:
        """Without what differs by the machine: the folder, and the order in which threads imported."""
        path = image.path.replace(FOLDER, f"{folder}/")
        return image._replace(
            key="",
            folder=f"{folder}/",
            file_key=path,
            root="",
            keywords=tuple(sorted(image.keywords)),
            stack=None,
            last_change=None,
        )

    assert sorted(map(plain, made.images), key=repr) == sorted(map(plain, kept.images), key=repr)
    assert {keyword.path for keyword in made.keywords} == {keyword.path for keyword in kept.keywords}
    assert [image.stack for image in made.images if image.stack] != []
    assert all(os.path.isfile(image.path) for image in made.images)
    assert not [warning for warning in made.observation.warnings if "newer than is known" not in warning]
