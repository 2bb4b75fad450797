"""The committed cards are what the generator makes, every time, and a staged card is a card."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from make_sample_cards import HERE, build, differences, main, stage
from maker.cards import CARDS

_MEGABYTE = 1_000_000


def _contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("built")
    build(target)
    return target


@pytest.fixture
def copy_of_built(built: Path, tmp_path: Path) -> Path:
    for name, content in _contents(built).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_what_is_made_anew_equals_what_is_committed(built: Path, samples: Path) -> None:
    made = {name: content for name, content in _contents(built).items() if not name.startswith("catalogs/")}
    assert {name for name in made if made[name] != (samples / name).read_bytes()} == set()
    assert differences(samples) == []
    assert differences(built) == []


def test_another_process_with_another_hash_seed_and_no_installed_package_agrees(samples: Path) -> None:
    command = [sys.executable, "-S", str(samples / "make_sample_cards.py"), "--check"]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_changed_a_missing_and_a_foreign_file_are_each_named(copy_of_built: Path) -> None:
    changed = copy_of_built / "canon/DCIM/100CANON/IMG_9998.DNG"
    changed.write_bytes(changed.read_bytes()[:-1] + b"!")
    (copy_of_built / "sony/PRIVATE/M4ROOT/MEDIAPRO.XML").unlink()
    (copy_of_built / "damaged/notes.txt").write_text("not ours")
    assert differences(copy_of_built) == [
        "changed: canon/DCIM/100CANON/IMG_9998.DNG",
        "missing: sony/PRIVATE/M4ROOT/MEDIAPRO.XML",
        "not made by the script: damaged/notes.txt",
    ]


@pytest.mark.parametrize(
    "statement", ["UPDATE Adobe_images SET rating=1.0 WHERE rating=5.0", "PRAGMA journal_mode=DELETE"]
)
def test_one_changed_row_or_journal_mode_of_a_catalog_is_noticed(copy_of_built: Path, statement: str) -> None:
    catalog = sqlite3.connect(copy_of_built / "catalogs/Sample.lrcat")
    catalog.execute(statement)
    catalog.commit()
    catalog.close()
    assert differences(copy_of_built) == ["changed: catalogs/Sample.lrcat"]


def test_a_catalog_that_is_no_database_is_changed_and_no_crash(copy_of_built: Path) -> None:
    (copy_of_built / "catalogs/Session/Session.cosessiondb").write_bytes(b"not a database")
    assert differences(copy_of_built) == ["changed: catalogs/Session/Session.cosessiondb"]


def test_all_cards_together_stay_small(samples: Path) -> None:
    sizes = [path.stat().st_size for name in CARDS for path in (samples / name).rglob("*") if path.is_file()]
    assert sum(sizes) < 3 * _MEGABYTE


@pytest.mark.parametrize("name", sorted(CARDS))
def test_a_staged_card_has_the_committed_bytes_the_times_and_the_empty_folders(
    name: str, samples: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    os.utime(tmp_path / "mine", (1, 1))
    stage(name, tmp_path)
    card = CARDS[name]()
    assert _contents(tmp_path) == _contents(samples / name)
    assert {file.path: (tmp_path / file.path).stat().st_mtime for file in card.files} == {
        file.path: file.mtime for file in card.files
    }
    assert all(file.mtime % 2 == 0 for file in card.files)
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    empty = {path.relative_to(tmp_path).as_posix() for path in folders if not any(path.iterdir())}
    assert empty == {*card.empty_folders, "mine"}
    assert (tmp_path / "mine").stat().st_mtime == 1


def test_the_sony_card_has_its_empty_general_folder(tmp_path: Path) -> None:
    assert main(["--stage", "sony", str(tmp_path / "card")]) == 0
    assert (tmp_path / "card/PRIVATE/M4ROOT/GENERAL").is_dir()


def test_a_card_nobody_knows_is_refused_with_the_names_of_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--stage", "nikon", str(tmp_path)])
    assert stopped.value.code == 2
    assert "canon, sony, damaged, catalogs" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_check_says_on_its_exit_code_whether_the_files_agree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"]) == 0
    monkeypatch.setattr("make_sample_cards.differences", lambda: ["missing: canon/x"])
    assert main(["--check"]) == 1
    assert capsys.readouterr().out.endswith("missing: canon/x\n")


def test_the_readme_counts_the_files_of_each_card(samples: Path) -> None:
    readme = (samples / "README.md").read_text("utf-8")
    assert samples == HERE
    for name, words in (("canon", "31 files"), ("sony", "19 files and two empty folders"), ("damaged", "5 files")):
        assert f"## `{name}/`: {words}" in readme
        assert len(CARDS[name]().files) == int(words.split()[0])
