"""What `init` writes: the lines that must change, and no other byte."""

import tomllib

import pytest

from ingest.errors import ConfigError
from ingest.setup.writing import Wanted, draft, write

FOLDER = "{capture:%Y}/{capture:%Y-%m-%d} {shoot}"
MINE = """# my own words
station = "studio"

  [[destinations]]   # the fast one
name = "ssd"         # do not rename
kind = "ssd"
root = '/mnt/ssd/Photos'  # "2 TB"

[[destinations]]
name = "nas"
kind = "nas"
root = "/mnt/nas/Photos"
site = "cellar"

[naming]
file = "{original}" # as the camera says
"""


def two(ssd="/mnt/ssd/Photos", nas="/mnt/nas/Photos"):
    return [{"name": "ssd", "kind": "ssd", "root": ssd}, {"name": "nas", "kind": "nas", "root": nas}]


def drafted(home, text, wanted):
    (home / "config.toml").write_bytes(text.encode())
    return draft(home, wanted, "other")


def changed_lines(before, after):
    old = before.splitlines()
    return [line for line in after.splitlines() if line not in old]


def test_a_new_file_is_the_documented_sample_with_what_was_answered(tmp_path):
    made = draft(tmp_path, Wanted(two(), FOLDER, [{"kind": "lightroom", "path": "/p/Main.lrcat"}]), "desk")
    tables = tomllib.loads(made.after.decode())
    assert (tables["station"], len(tables["destinations"]), tables["catalogs"][0]["path"]) == (
        "desk",
        2,
        "/p/Main.lrcat",
    )
    assert "two" in made.after.decode()
    assert not (tmp_path / "config.toml").exists()


def test_the_same_answers_change_nothing_and_write_nothing(tmp_path):
    made = drafted(tmp_path, MINE, Wanted(two(), FOLDER))
    assert (made.changed, made.after) == ((), MINE.encode())
    assert write(tmp_path, made, "today") is None
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_root_that_is_written_in_another_way_and_means_the_same_stays_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    text = MINE.replace("'/mnt/ssd/Photos'", "'~/Photos/'")
    assert drafted(tmp_path, text, Wanted(two(ssd="/home/ann/Photos"), FOLDER)).changed == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_line_changes_and_keeps_the_note_behind_it(tmp_path, ending):
    text = MINE.replace("\n", ending)
    made = drafted(tmp_path, text, Wanted(two(ssd="/media/new"), FOLDER))
    assert changed_lines(text, made.after.decode()) == ['root = "/media/new"  # "2 TB"']
    assert made.after.decode().count(ending) == text.count(ending)


def test_a_line_that_is_missing_comes_below_its_table(tmp_path):
    made = drafted(tmp_path, MINE, Wanted(two(), "{shoot}"))
    assert '[naming]\nfolder = "{shoot}"\nfile =' in made.after.decode()


def test_tables_that_are_missing_come_at_the_end(tmp_path):
    wanted = Wanted(
        [*two(), {"name": "a", "kind": "drive", "root": "/media/a"}],
        FOLDER,
        [{"kind": "lightroom", "path": "/p/M.lrcat"}],
        1,
    )
    made = drafted(tmp_path, MINE.rstrip("\n"), wanted)
    text = made.after.decode()
    assert text.startswith(MINE.rstrip("\n"))
    tables = tomllib.loads(text)
    assert [each["name"] for each in tables["destinations"]] == ["ssd", "nas", "a"]
    assert (tables["gate"]["devices"], tables["catalogs"]) == (1, [{"kind": "lightroom", "path": "/p/M.lrcat"}])
    assert tables["destinations"][1]["site"] == "cellar"


def test_a_destination_that_was_not_named_again_stays(tmp_path):
    new = [{"name": "fast", "kind": "ssd", "root": "/media/fast"}, two()[1]]
    made = drafted(tmp_path, MINE, Wanted(new, FOLDER))
    assert [place.name for place in made.settings.destinations] == ["ssd", "nas", "fast"]


def test_a_file_that_is_written_in_another_way_is_left_alone(tmp_path):
    text = 'station = "s"\nnaming = { folder = "{shoot}" }\n' + MINE.partition("\n\n")[2].partition("[naming]")[0]
    with pytest.raises(ConfigError, match="nothing was written"):
        drafted(tmp_path, text, Wanted(two(), "{capture} {shoot}"))


def test_the_file_from_before_lies_beside_the_new_one_and_none_is_ever_replaced(tmp_path):
    file = tmp_path / "config.toml"
    first = write(tmp_path, drafted(tmp_path, MINE, Wanted(two(), "{shoot}")), "2026-03-14")
    second_before = file.read_text()
    second = write(tmp_path, draft(tmp_path, Wanted(two(), "{capture} {shoot}"), "s"), "2026-03-14")
    assert (first.name, first.read_text()) == ("config-2026-03-14.toml", MINE)
    assert (second.name, second.read_text()) == ("config-2026-03-14-2.toml", second_before)


def test_a_file_that_somebody_changed_meanwhile_is_not_replaced(tmp_path):
    made = drafted(tmp_path, MINE, Wanted(two(), "{shoot}"))
    (tmp_path / "config.toml").write_text("# quicker\n" + MINE)
    with pytest.raises(ConfigError, match="changed meanwhile"):
        write(tmp_path, made, "today")
    assert (tmp_path / "config.toml").read_text() == "# quicker\n" + MINE
