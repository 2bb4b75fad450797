"""Where a stored root lies on this computer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_files import NOW, closed, untouched
from lightroom_builder import LightroomBuilder

from catalog_adapters.base import ReadOptions
from catalog_adapters.lightroom import LightroomAdapter
from catalog_adapters.lightroom_paths import Whereabouts, resolve

HERE = Whereabouts("/home/ann/Photos/LR", "/Users/ann/Pictures/LR/Main.lrcat")


def only(*existing: str) -> Callable[[str], bool]:
    return lambda path: path in existing


def test_a_root_that_is_there_stays_as_stored() -> None:
    found = resolve("/data/2020/", "../2020/", HERE, ReadOptions(root_exists=lambda _path: True))
    assert (found.stored, found.resolved) == ("/data/2020/", "/data/2020/")


def test_a_root_is_found_relative_to_the_catalog() -> None:
    options = ReadOptions(root_exists=only("/home/ann/Photos/2020/"))
    assert resolve("/Users/ann/Old/2020/", "../2020/", HERE, options).resolved == "/home/ann/Photos/2020/"


def test_a_root_that_moved_with_the_catalog_is_found() -> None:
    options = ReadOptions(root_exists=only("/home/ann/Photos/RAW/2020/"))
    assert resolve("/Users/ann/Pictures/RAW/2020/", "", HERE, options).resolved == "/home/ann/Photos/RAW/2020/"


def test_a_windows_catalog_that_moved_here_is_found() -> None:
    place = Whereabouts("/mnt/photo/LR", "D:\\photo\\LR\\Main.lrcat")
    options = ReadOptions(root_exists=only("/mnt/photo/2020/"))
    assert resolve("D:/photo/2020/", "", place, options).resolved == "/mnt/photo/2020/"


def test_the_users_map_takes_the_longest_prefix() -> None:
    known = {"P:": "/mnt/p", "P:/Jobs/": "/srv/jobs"}
    options = ReadOptions(root_exists=only("/srv/jobs/Meyer/", "/mnt/p/Jobs/Meyer/"), root_map=known)
    assert resolve("P:/Jobs/Meyer/", "", HERE, options).resolved == "/srv/jobs/Meyer/"


def test_an_unknown_root_is_offline() -> None:
    found = resolve("/Volumes/Gone/", "../../Gone/", HERE, ReadOptions(root_exists=only()))
    assert (found.stored, found.resolved) == ("/Volumes/Gone/", None)


def test_a_windows_path_is_not_looked_for_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "C:" / "Photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert resolve("C:/Photos/", "", Whereabouts("/home", ""), ReadOptions()).resolved is None


def test_each_root_is_asked_for_and_told_once(tmp_path: Path) -> None:
    (tmp_path / "lr").mkdir()
    (tmp_path / "pictures").mkdir()
    lr = LightroomBuilder(tmp_path / "lr" / "Main.lrcat")
    near = lr.folder(lr.root("/Users/ann/pictures/", "../pictures/"), "Meyer/")
    far = lr.folder(lr.root("/Volumes/Gone/"))
    for number in range(50):
        lr.image(lr.file(near, f"n{number}.jpg"))
        lr.image(lr.file(far, f"f{number}.jpg"))
    asked: list[str] = []

    def exists(path: str) -> bool:
        asked.append(path)
        return Path(path).is_dir()

    path = lr.close()
    with untouched(tmp_path):
        facts = LightroomAdapter().read(path, now=NOW, editor_alive=closed, options=ReadOptions(root_exists=exists))
    assert len(asked) == len(set(asked)) == 3
    assert facts.images[0].path == f"{tmp_path}/pictures/Meyer/n0.jpg"
    assert facts.images[1].path == "/Volumes/Gone/f0.jpg"
    assert {root.stored: root.resolved for root in facts.roots} == {
        "/Users/ann/pictures/": f"{tmp_path}/pictures/",
        "/Volumes/Gone/": None,
    }
    offline = [warning for warning in facts.observation.warnings if "offline" in warning]
    assert offline == ["the folder /Volumes/Gone/ is offline: nothing is said about the files in it"]
