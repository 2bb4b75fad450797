"""The way back: shoots and single files, with the edits of a time, from the nearest place with the right bytes."""

import os
import shutil
import time

import pytest
from studio import cloud_at

OLD, NEW = b"<x:xmpmeta>first</x:xmpmeta>", b"<x:xmpmeta>second, and longer</x:xmpmeta>"


@pytest.fixture
def done(studio):
    studio.shoot()
    assert studio.ingest("--shoot", "Meyer").code == 0
    return studio


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "back"
    folder.mkdir()
    return folder


def edit(studio, data):
    """An editor writes beside the first picture, and a sync sees it; gives a moment right after."""
    path = studio.copy_of(studio.ssd, "IMG_0001.JPG").with_suffix(".xmp")
    path.write_bytes(data)
    os.utime(path, (time.time() - 60, time.time() - 60))
    assert studio.run("sync").code == 0
    return path


def restore(studio, target, *words):
    return studio.run("restore", *words, "--to", target, "--json")


def brought(target):
    return {path.name: path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_the_newest_edits_come_back_with_their_photographs(done, target):
    edit(done, OLD)
    path = edit(done, NEW)
    path.unlink()
    run = restore(done, target, "Meyer")
    assert (run.code, run.last["files"], run.last["restored"]) == (0, 4, 4)
    assert brought(target)["IMG_0001.xmp"] == NEW


def test_edits_come_back_as_they_were_at_a_time(done, target):
    edit(done, OLD)
    between = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 1))
    time.sleep(2)
    edit(done, NEW)
    assert restore(done, target, "Meyer", "--as-of", between).code == 0
    assert brought(target)["IMG_0001.xmp"] == OLD


def test_what_was_not_written_yet_at_a_time_does_not_come_back(done, target):
    edit(done, OLD)
    assert restore(done, target, "Meyer", "--as-of", "2020-01-01").code == 0
    assert len(brought(target)) == 3
    assert "IMG_0001.xmp" not in brought(target)


def test_a_day_means_its_end(done, target):
    edit(done, OLD)
    assert restore(done, target, "Meyer", "--as-of", time.strftime("%Y-%m-%d")).code == 0
    assert brought(target)["IMG_0001.xmp"] == OLD


def test_photographs_alone_come_back_when_asked_for(done, target):
    edit(done, OLD)
    assert restore(done, target, "Meyer", "--no-edits").last["files"] == 3


def test_a_single_file_is_found_by_its_name_its_path_and_where_it_lies(done, target):
    copy = done.copy_of(done.nas, "IMG_0002.JPG")
    for number, word in enumerate(("img_0002.jpg", str(copy.relative_to(done.nas)), str(copy))):
        folder = target / str(number)
        folder.mkdir()
        run = restore(done, folder, word)
        assert (run.code, run.last["files"]) == (0, 1), word
        assert brought(folder) == {"IMG_0002.JPG": copy.read_bytes()}


def test_an_edit_is_a_file_like_any_other(done, target):
    edit(done, OLD)
    assert restore(done, target, "IMG_0001.xmp").code == 0
    assert brought(target) == {"IMG_0001.xmp": OLD}


def test_a_name_that_several_files_have_is_asked_back_with_their_paths(done, target):
    done.put("DCIM/101CANON/IMG_0002.JPG", b"another picture of this number" * 50)
    assert done.ingest("--shoot", "Zeller").code == 0
    run = restore(done, target, "IMG_0002.JPG")
    assert run.code == 2
    assert "2 files are called" in run.last["message"]
    assert "Meyer/IMG_0002.JPG" in run.last["hint"]
    assert brought(target) == {}


def test_a_shoot_and_a_file_of_another_come_back_together(done, target):
    done.put("DCIM/101CANON/IMG_0009.JPG", b"of the second job" * 50)
    done.put("DCIM/101CANON/IMG_0010.JPG", b"of the second job too" * 50)
    assert done.ingest("--shoot", "Zeller").code == 0
    assert restore(done, target, "Meyer", "IMG_0010.JPG").last["restored"] == 4
    assert sorted(brought(target)) == ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG", "IMG_0010.JPG"]


def test_what_no_place_at_hand_holds_comes_from_the_bucket(studio, server, target):
    studio.configure(extra=cloud_at(server.url))
    studio.shoot()
    assert studio.ingest("--shoot", "Meyer").code == 0
    edit(studio, OLD)
    assert studio.run("cloud", "run").code == 0
    edit(studio, NEW)
    assert studio.run("cloud", "run").code == 0
    studio.copy_of(studio.ssd, "IMG_0003.JPG").unlink()
    studio.copy_of(studio.nas, "IMG_0003.JPG").unlink()
    run = restore(studio, target, "Meyer")
    assert (run.code, run.last["by_source"]) == (0, {"ssd": 2, "nas": 1, "b2": 1})
    for place in (studio.ssd, studio.nas):
        shutil.move(place, studio.base / f"{place.name} is gone")
    again = target / "from the cloud alone"
    again.mkdir()
    run = restore(studio, again, "Meyer")
    assert (run.code, run.last["by_source"]) == (0, {"b2": 4})
    assert brought(again)["IMG_0001.xmp"] == NEW


@pytest.mark.parametrize("when", ["yesterday", "2026-13-01", ""])
def test_a_date_that_is_none_is_a_plain_mistake(done, target, when):
    run = restore(done, target, "Meyer", "--as-of", when or "-")
    assert (run.code, "is no date" in run.last["message"]) == (2, True)
