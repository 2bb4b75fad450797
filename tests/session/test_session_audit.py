"""`safelight audit`: a catalog of Lightroom held against the ledger and the disks, as a photographer asks for it."""

import csv
import io
import os

import pytest
from lightroom_builder import LightroomBuilder
from studio import EVENING, Studio, cloud_at, tree_of

from ingest.tagging.import_key import import_key


@pytest.fixture
def wedding(studio, tmp_path):
    """Four photographs that are safe, and a catalog that was given them in place: one picked, one rated."""
    for number in range(1, 5):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"picture %d" % number * 1000)
    assert studio.ingest("--shoot", "Meyer").code == 0
    studio.catalog = catalog_of(studio, tmp_path)
    return studio


def catalog_of(studio, folder, *, missing=()):
    where = studio.copy_of(studio.ssd, "IMG_0001.JPG").parent
    builder = LightroomBuilder(folder / "Meyer.lrcat")
    below = builder.folder(builder.root(f"{studio.ssd}/"), f"{where.relative_to(studio.ssd)}/")
    images = []
    for number, facts in ((1, {"pick": 1.0}), (2, {"rating": 4.0}), (3, {}), (4, {})):
        images.append(builder.image(builder.file(below, f"IMG_{number:04}.JPG"), **facts))
    builder.image(1, masterImage=images[0], copyName="Copy 1")
    for name in missing:
        builder.image(builder.file(below, name), rating=2.0)
    builder.collect(builder.collection("Best"), *images[:2])
    return builder.close()


def audit(studio, *words):
    return studio.run("audit", studio.catalog, *words)


def test_a_catalog_whose_every_picture_has_two_proven_copies_is_told_to_be_whole(wedding):
    before = tree_of(wedding.catalog.parent)
    run = audit(wedding)
    assert run.code == 0, run.out + run.err
    assert "4 files + 1 virtual copy; 1 picked, 1 rated" in run.out
    assert "ssd      4 files with a proven copy, the oldest proof of today" in run.out
    assert "Every picture lies where the catalog says, and has two proven copies." in run.out
    assert {path: info for path, info in tree_of(wedding.catalog.parent).items() if "lrcat" in path} == {
        path: info for path, info in before.items() if "lrcat" in path
    }


def test_every_image_has_a_line_with_its_copies_and_the_last_line_adds_up(wedding):
    run = audit(wedding, "--json")
    images = run.events("image")
    assert [(line["name"], line["virtual"], line["pick"], line["rating"]) for line in images] == [
        ("IMG_0001.JPG", False, 1, None), ("IMG_0002.JPG", False, 0, 4), ("IMG_0003.JPG", False, 0, None),
        ("IMG_0004.JPG", False, 0, None), ("IMG_0001.JPG", True, 0, None),
    ]  # fmt: skip
    for line in images:
        assert (line["on_disk"], line["problems"]) == (True, [])
        assert [(copy["destination"], copy["state"]) for copy in line["copies"]] == [
            ("ssd", "proven"),
            ("nas", "proven"),
        ]
    wanted = {
        "images": 5, "files": 4, "virtual_copies": 1, "collections": 1, "memberships": 2, "picks": 1, "rated": 1,
        "missing": 0, "unproven": 0, "not_in_catalog": 0, "proven": {"ssd": 4, "nas": 4},
    }  # fmt: skip
    assert {name: run.last[name] for name in wanted} == wanted


def test_a_picture_that_is_gone_from_disk_and_a_rated_one_without_a_second_copy_are_named(wedding):
    wedding.copy_of(wedding.ssd, "IMG_0003.JPG").unlink()
    wedding.copy_of(wedding.nas, "IMG_0002.JPG").unlink()
    wedding.run("verify")
    run = audit(wedding)
    assert run.code == 18
    assert "1 file not where the catalog says: IMG_0003.JPG" in run.out
    assert "1 file rated or picked, without two proven copies: IMG_0002.JPG" in run.out
    assert "1 file not rated, without two proven copies" in run.out
    assert "Every picture lies" not in run.out


def test_a_picture_that_never_came_from_a_card_has_no_copy_however_well_it_lies_on_the_disk(wedding, tmp_path):
    (wedding.copy_of(wedding.ssd, "IMG_0001.JPG").parent / "Export.JPG").write_bytes(b"made by the editor")
    wedding.catalog.unlink()
    wedding.catalog = catalog_of(wedding, tmp_path, missing=["Export.JPG"])
    run = audit(wedding)
    assert run.code == 18
    assert "1 file rated or picked, without two proven copies: Export.JPG" in run.out
    assert "1 file that never came from a card to Safelight" in run.out


def test_pictures_on_the_ssd_that_no_catalog_knows_are_named_and_sidecars_and_histories_are_none(wedding):
    folder = wedding.copy_of(wedding.ssd, "IMG_0001.JPG").parent
    for name in ("Forgotten.CR3", "IMG_0001.xmp", "IMG_0009.THM"):
        (folder / name).write_bytes(b"something")
    run = audit(wedding)
    assert run.code == 0
    assert "1 file on ssd in no catalog: Forgotten.CR3" in run.out
    lines = audit(wedding, "--json").events("not_in_catalog")
    assert [line["path"].rpartition("/")[2] for line in lines] == ["Forgotten.CR3"]


def test_an_export_that_travelled_is_no_stranger_and_a_raw_picture_that_was_forgotten_is(wedding):
    folder = wedding.copy_of(wedding.ssd, "IMG_0001.JPG").parent
    for name in ("Export.JPG", "Forgotten.CR3"):
        (folder / name).write_bytes(name.encode())
        os.utime(folder / name, ns=(EVENING, EVENING))
    assert audit(wedding, "--json").last["not_in_catalog"] == 2
    assert wedding.run("sync", "--json").last["new"] == 2
    [line] = audit(wedding, "--json").events("not_in_catalog")
    assert line["path"].rpartition("/")[2] == "Forgotten.CR3"


def test_a_picture_that_another_catalog_of_the_settings_knows_is_no_stranger(wedding, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    builder = LightroomBuilder(other / "Other.lrcat")
    builder.image(builder.file(builder.folder(builder.root(f"{wedding.ssd}/")), "Theirs.CR3"))
    wedding.configure(extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{builder.close()}"\n')
    (wedding.ssd / "Theirs.CR3").write_bytes(b"a picture")
    assert audit(wedding, "--json").last["not_in_catalog"] == 0


def test_the_lines_for_a_spreadsheet_name_every_image_and_no_name_becomes_a_formula(wedding, tmp_path):
    wedding.catalog.unlink()
    wedding.catalog = catalog_of(wedding, tmp_path, missing=["=cmd.JPG"])
    rows = list(csv.DictReader(io.StringIO(audit(wedding, "--csv").out)))
    assert [row["name"] for row in rows] == [*(f"IMG_000{n}.JPG" for n in (1, 2, 3, 4, 1)), "'=cmd.JPG"]
    assert (rows[0]["copies"], rows[0]["on_disk"]) == ("ssd:proven nas:proven", "here")
    assert (rows[-1]["on_disk"], rows[-1]["problems"]) == ("missing", "missing from disk; no proven second copy")


def test_a_file_that_is_named_like_no_catalog_needs_to_be_told_whose_it_is(wedding, tmp_path):
    strange = wedding.catalog.rename(tmp_path / "catalog.backup")
    refused = wedding.run("audit", strange)
    assert (refused.code, "--kind" in refused.err) == (2, True)
    assert wedding.run("audit", strange, "--kind", "lightroom").code == 0


def test_a_catalog_that_cannot_be_read_ends_with_its_own_exit_code(wedding):
    wedding.catalog.write_bytes(b"no database at all" * 100)
    assert audit(wedding).code == 15


def test_two_forms_of_the_answer_at_once_are_refused(wedding):
    assert audit(wedding, "--json", "--csv").code == 2


def test_a_third_copy_counts_also_where_no_other_copy_is_left(studio, tmp_path):
    studio.configure(extra='[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "http://127.0.0.1:9"\n')
    for number in range(1, 5):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"picture %d" % number * 1000)
    assert studio.ingest("--shoot", "Meyer").code == 0
    builder = LightroomBuilder(tmp_path / "Meyer.lrcat")  # by its import key a picture is known without any copy
    key = import_key(None, EVENING / 1e9, "IMG_0001.JPG", len(b"picture 1" * 1000))
    builder.image(builder.file(builder.folder(builder.root(f"{studio.ssd}/")), "IMG_0001.JPG", key))
    studio.catalog = builder.close()
    for place in (studio.ssd, studio.nas):
        studio.copy_of(place, "IMG_0001.JPG").unlink()
    studio.run("verify")
    first = audit(studio, "--json").events("image")[0]
    assert (first["name"], first["copies"], first["cloud"]) == ("IMG_0001.JPG", [], "waiting")


def test_shoots_that_are_tagged_together_each_get_what_is_said_of_their_own_pictures(studio, tmp_path):
    for shoot, first, count in (("One", 1, 3), ("Two", 11, 2)):
        for number in range(first, first + count):
            studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"picture %d" % number * 1000)
        assert studio.ingest("--shoot", shoot).code == 0
    builder = LightroomBuilder(tmp_path / "Both.lrcat")
    root = builder.root(f"{studio.ssd}/")
    for number, facts in ((12, {"pick": 1.0}), (2, {"rating": 5.0}), (3, {"rating": 5.0})):
        path = studio.copy_of(studio.ssd, f"IMG_{number:04}.JPG")
        folder = builder.folder(root, f"{path.parent.relative_to(studio.ssd)}/")
        builder.image(builder.file(folder, path.name), **facts)
    studio.configure(extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{builder.close()}"\n')
    told = {event["shoot"]: event["facts"] for event in studio.run("tag", "--json").events("tagged")}
    assert {
        name: (facts["files"], facts["matched"], facts["picks"], facts["ratings"]["5"]) for name, facts in told.items()
    } == {
        "One": (3, 2, 0, 2),
        "Two": (2, 1, 1, 0),
    }


def test_what_was_released_is_told_to_be_archived_and_not_missing(tmp_path, server, monkeypatch):
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(tmp_path / "Trash"))
    studio = Studio(tmp_path / "studio", extra=cloud_at(server.url))
    for number in range(1, 5):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"picture %d" % number * 1000)
    assert studio.ingest("--shoot", "Meyer").code == 0
    assert studio.run("cloud", "run").code == 0
    studio.catalog = catalog_of(studio, tmp_path)
    assert studio.run("release", "Meyer", "--confirm", "Meyer").code == 0
    run = audit(studio, "--json")
    assert run.code == 0
    told = {name: run.last[name] for name in ("files", "missing", "released", "unproven", "rated_unproven")}
    assert told == {"files": 4, "missing": 0, "released": 4, "unproven": 0, "rated_unproven": 0}
    assert {(line["on_disk"], line["presence"], *line["problems"]) for line in run.events("image")} == {
        (False, "released")
    }
    screen = audit(studio).out
    assert "4 files let go from the disk by `safelight release`" in screen
    assert "not where the catalog says" not in screen
    assert "Every picture lies where" not in screen
    assert studio.run("restore", "Meyer").code == 0
    studio.copy_of(studio.ssd, "IMG_0003.JPG").unlink()  # this one nobody let go
    run = audit(studio, "--json")
    assert (run.code, run.last["missing"], run.last["released"]) == (18, 1, 0)
