"""The way back is tried: a sample of every place is brought back, compared, opened, and a certificate says so."""

import html
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from studio import Studio, cloud_at, tree_of

from ingest.plan.drill import EVERY

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def studio(tmp_path):
    studio = Studio(tmp_path)
    studio.shoot(6)
    assert studio.ingest().level == "safe"
    return studio


@pytest.fixture
def sent(tmp_path, server):
    """Six photographs that are at both destinations and in the bucket."""
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.shoot(6)
    assert studio.ingest().level == "safe"
    assert studio.run("cloud", "run").code == 0
    return studio


def drill(studio, *words):
    return studio.run("drill", "--json", *words)


def places(run):
    return {line["place"]: line for line in run.events("place")}


def certificate(studio, ending):
    [path] = (studio.home / "drills").glob(f"*.{ending}")
    return path.read_text(encoding="utf-8")


def test_every_place_gives_back_what_was_proven_and_nothing_is_left_behind(studio):
    """F098."""
    before = {place: tree_of(place) for place in (studio.ssd, studio.nas)}
    run = drill(studio)
    assert (run.code, run.last["passed"], run.last["tried"], run.last["wrong"]) == (0, True, 12, 0)
    assert {name: (line["held"], line["equal"], line["failed"]) for name, line in places(run).items()} == {
        "ssd": (6, 6, 0),
        "nas": (6, 6, 0),
    }
    assert {place: tree_of(place) for place in (studio.ssd, studio.nas)} == before
    assert list(studio.home.glob("safelight-drill-*")) == []


def test_a_drill_of_a_few_files_is_repeated_by_its_seed(studio):
    first, again = (drill(studio, "--files", "2", "--seed", "abc") for _ in range(2))
    assert [line["files"] for line in first.events("place")] == [line["files"] for line in again.events("place")]
    assert first.last["tried"] == 4


@pytest.mark.parametrize("harm", ["other bytes", "gone"])
def test_a_copy_that_does_not_come_back_fails_the_drill_by_name(studio, harm):
    """F098."""
    copy = studio.copy_of(studio.nas, "IMG_0003.JPG")
    if harm == "gone":
        copy.unlink()
    else:
        copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    run = drill(studio)
    assert (run.code, run.last["passed"], run.last["wrong"]) == (18, False, 1)
    [wrong] = [file for file in places(run)["nas"]["files"] if not file["equal"]]
    assert wrong["path"].endswith("IMG_0003.JPG")
    assert places(run)["ssd"]["passed"] is True
    said = studio.run("drill").out
    assert "DRILL FAILED" in said
    assert "IMG_0003.JPG" in said


def test_a_place_that_is_away_is_told_and_the_drill_has_not_passed(studio):
    shutil.move(studio.nas, studio.base / "away")
    run = drill(studio)
    assert (run.code, run.last["passed"], run.last["not_asked"], run.last["wrong"]) == (13, False, 1, 0)
    assert places(run)["nas"]["absent"]
    assert places(run)["ssd"]["equal"] == 6


def test_an_ordinary_folder_in_place_of_a_destination_gives_nothing_back(studio):
    shutil.move(studio.nas, studio.base / "away")
    shutil.copytree(studio.base / "away", studio.nas, ignore=shutil.ignore_patterns(".safelight"))
    run = drill(studio)
    assert (run.code, places(run)["nas"]["tried"]) == (13, 0)


def test_the_bucket_is_a_place_like_the_others(sent):
    run = drill(sent)
    assert (run.code, places(run)["b2"]["equal"], places(run)["b2"]["held"]) == (0, 6, 6)
    assert run.last["tried"] == 18


def test_a_bucket_to_which_nothing_was_sent_yet_gives_nothing_back(studio, server):
    studio.configure(extra=cloud_at(server.url))
    run = drill(studio)
    assert (run.code, run.last["passed"], places(run)["b2"]["tried"]) == (18, False, 0)
    assert "b2: it holds nothing yet" in studio.run("drill").out


def test_a_bucket_that_cannot_be_reached_is_no_copy_that_came_back_wrong(sent):
    sent.configure(extra=cloud_at("http://127.0.0.1:9"))
    run = drill(sent, "--from", "b2")
    assert (run.code, run.last["wrong"], run.last["not_asked"]) == (17, 0, 1)


def test_a_key_that_may_not_read_is_told_as_that(sent, server, monkeypatch):
    key_id, key = server.new_key(["listBuckets", "writeFiles", "listFiles"], server.bucket_id)
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", key_id)
    monkeypatch.setenv("B2_APPLICATION_KEY", key)
    run = drill(sent, "--from", "b2")
    assert (run.code, run.last["wrong"], run.last["not_asked"]) == (17, 0, 1)


def test_an_object_that_is_gone_from_the_bucket_fails_the_drill(sent, server):
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        [gone] = [file for file in bucket.file_id_to_file.values() if file.name.endswith("IMG_0002.JPG")]
        del bucket.file_id_to_file[gone.file_id], bucket.file_name_and_id_to_file[gone.sort_key()]
    run = drill(sent, "--from", "b2")
    assert (run.code, run.last["wrong"]) == (18, 1)


def test_a_bucket_that_gives_other_bytes_fails_the_drill(sent, server):
    with server.lock:
        files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        [spoilt] = [file for file in files if file.name.endswith("IMG_0002.JPG")]
        spoilt.data_bytes = b"?" * len(spoilt.data_bytes)
    run = drill(sent, "--from", "b2")
    assert (run.code, run.last["wrong"]) == (18, 1)


def test_a_raw_is_opened_and_one_that_does_not_open_is_told_without_failing_the_drill(studio, parsers):
    """The DNG of the sample cards, whole and cut in half."""
    whole = (REPOSITORY / "sample_cards/canon/DCIM/101CANON/IMG_0005.DNG").read_bytes()
    studio.put("DCIM/100CANON/IMG_0008.DNG", whole)
    studio.put("DCIM/100CANON/IMG_0009.DNG", whole[: len(whole) // 2])
    assert studio.ingest().level == "safe"
    run = drill(studio)
    assert run.code == 0
    opened = {file["path"][-12:]: file["opened"] for file in places(run)["ssd"]["files"] if file["opened"]}
    assert opened["IMG_0008.DNG"] == "opens"
    assert "IMG_0009.DNG" in opened
    assert opened["IMG_0009.DNG"] != "opens"


def test_the_certificate_says_the_same_as_text_as_json_and_as_a_page(studio):
    name = "a&b.JPG"
    studio.put(f"DCIM/100CANON/{name}", b"a hostile name" * 9)
    assert studio.ingest().level == "safe"
    run = drill(studio)
    told = json.loads(certificate(studio, "json"))
    assert (told["passed"], told["seed"], len(told["places"])) == (True, run.last["seed"], 2)
    text, page = certificate(studio, "txt"), certificate(studio, "html")
    for file in told["places"][0]["files"]:
        assert file["sha1"] in text
        assert file["sha1"] in page
    assert "DRILL PASSED" in text
    assert "DRILL PASSED" in page
    assert name in text
    assert html.escape(name) in page
    assert name not in page
    assert "<script" not in page


def test_status_says_when_a_drill_is_due_and_when_it_is_overdue(studio):
    assert "Drill: none has passed yet; the next one is due" in studio.run("status").out
    assert drill(studio).code == 0
    assert "Drill: the last one passed today" in studio.run("status").out
    with_drill_long_ago(studio, EVERY + 60)
    assert "Drill OVERDUE" in studio.run("status").out


def test_a_drill_of_one_place_does_not_stand_for_all(studio):
    assert drill(studio, "--from", "ssd").code == 0
    assert "none has passed yet" in studio.run("status").out


def test_a_place_that_nobody_knows_and_a_size_that_is_none_are_plain_mistakes(studio):
    assert drill(studio, "--from", "moon").code == 2
    assert "ssd, nas" in studio.run("drill", "--from", "moon").err
    assert drill(studio, "--bytes", "many").code == 2
    assert drill(studio, "--to", studio.base / "nowhere").code == 2


def test_only_as_much_is_brought_back_as_was_asked_for(studio):
    """F098."""
    run = drill(studio, "--bytes", "5 kB", "--from", "ssd")
    assert run.code == 0
    assert (places(run)["ssd"]["tried"], places(run)["ssd"]["held"]) == (2, 6)
    none = drill(studio, "--bytes", "1 kB", "--from", "ssd")
    assert (places(none)["ssd"]["larger"], places(none)["ssd"]["passed"], none.code) == (6, False, 18)


def with_drill_long_ago(studio, seconds):
    """The only drill, as if it had been then: the ledger itself lets nobody rewrite it."""
    with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
        ledger.execute("DROP TRIGGER drill_no_update")
        ledger.execute("UPDATE drill SET at = at - ?", (seconds,))
