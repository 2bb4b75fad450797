"""A batch is written many rows at a time; it must leave what its files, one after the other, would have left."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, Upload, add_copies, agreed, asset_id_of, asset_ids_of, record, record_reads
from ingest.ledger.copies import NewCopy
from ingest.ledger.known import (
    captures_known,
    card_files,
    copies_of_asset,
    copies_of_assets,
    heads_known,
    sizes_known,
)
from ingest.ledger.many import ask, insert
from ingest.model.cards import Capture, CardFile
from ingest.model.copies import Digest, Method, SourceRead

TABLES = ("asset", "copy", "proof", "source_read", "card_file", "shoot_asset", "upload_job")
CONTENTS = [Digest(5, bytes([n]) * 16, bytes([n]) * 20) for n in range(3)]
PATHS = [b"2025/M/A.JPG", b"2025/M/B.JPG", b"2025/M/C.JPG"]
ON_CARD = [b"DCIM/%c.JPG" % name for name in b"ABCDEF"]
KEYS = {b"DCIM/A.JPG": "a/A.JPG", b"DCIM/B.JPG": "a/A.JPG", b"DCIM/C.JPG": "a/A~2.JPG"}

TAKEN = Capture(datetime(2025, 6, 14, 12, 0, 1), "exif", 120, "Canon", "EOS R5", "0123")  # noqa: DTZ001 - camera's clock


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        yield desk


def a_copy(desk, name, path, digest, method=Method.DIRECT, *, matched=True, inode=7):
    return NewCopy(desk.ids[name], path, inode, 8, method, matched, digest.xxh128 if matched else b"?" * 16, 2.0)


def a_file(desk, digest, *copies, path=b"DCIM/A.JPG", has_shoot=True):
    read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
    shoot, name = (desk.shoot, copies[0].path) if has_shoot and copies else (None, b"")
    return NewFile(CardFile(path, 5, 8), digest, b"h" * 16, read, copies, None, shoot, name, "A")


def write(desk, *files, upload=None):
    with desk.transaction():
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="boot", files=files, upload=upload, now=2.0)


@st.composite
def batches(draw):
    """Recipes of files that get in one another's way: few contents, few places, every answer of a read-back."""
    files = []
    for card_path in draw(st.lists(st.sampled_from(ON_CARD), unique=True, min_size=1)):
        places = draw(st.lists(st.sampled_from(["nas", "ssd"]), unique=True))
        seen = [
            (name, draw(st.sampled_from(PATHS)), draw(st.sampled_from(list(Method))), draw(st.booleans()))
            for name in places
        ]
        files.append((draw(st.sampled_from(CONTENTS)), card_path, seen, draw(st.booleans())))
    return files


def made(desk, recipe):
    digest, card_path, seen, has_shoot = recipe
    copies = [a_copy(desk, name, path, digest, method, matched=matched) for name, path, method, matched in seen]
    return a_file(desk, digest, *copies, path=card_path, has_shoot=has_shoot)


@pytest.fixture(scope="module")
def still_empty(tmp_path_factory):
    with closing((desk := EmptyDesk(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")).db):
        yield desk


@settings(deadline=None)
@given(recipes=batches(), is_sent=st.booleans())
def test_a_batch_leaves_what_its_files_would_have_left_one_after_the_other(still_empty, recipes, is_sent):
    upload = Upload("bucket", KEYS) if is_sent else None
    files = [made(still_empty, recipe) for recipe in recipes]
    left = [left_by(still_empty, batches, upload) for batches in ([[new] for new in files], [files])]
    for table in TABLES:
        assert left[1][table] == left[0][table], table


def left_by(desk, batches, upload):
    """All rows after these batches; nothing of it stays in the ledger."""
    desk.db.execute("BEGIN IMMEDIATE")
    for files in batches:
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="boot", files=files, upload=upload, now=2.0)
    rows = {table: desk.rows(table) for table in TABLES}
    desk.db.execute("ROLLBACK")
    return rows


def test_two_files_of_one_batch_with_equal_content_are_one_asset_with_copies_under_both_names(desk):
    [content, *_] = CONTENTS
    write(
        desk,
        a_file(desk, content, a_copy(desk, "ssd", PATHS[0], content), path=b"DCIM/A.JPG"),
        a_file(desk, content, a_copy(desk, "ssd", PATHS[1], content), path=b"DCIM/B.JPG"),
    )
    assert len(desk.rows("asset")) == 1
    assert [row[3] for row in desk.rows("copy")] == PATHS[:2]
    assert [row[1] for row in desk.rows("card_file")] == [b"DCIM/A.JPG", b"DCIM/B.JPG"]


def test_two_contents_that_take_one_name_in_one_batch_leave_the_first_lost_with_its_proof_and_its_job(desk):
    first, second, _ = CONTENTS
    write(
        desk,
        a_file(desk, first, a_copy(desk, "ssd", PATHS[0], first), path=b"DCIM/A.JPG"),
        a_file(desk, second, a_copy(desk, "ssd", PATHS[0], second), path=b"DCIM/B.JPG"),
        upload=Upload("bucket", KEYS),
    )
    assert [row[0] for row in desk.db.execute("SELECT state FROM copy ORDER BY id")] == ["lost", "proven"]
    assert len(desk.rows("proof")) == 2
    assert [row[3] for row in desk.rows("upload_job")] == ["a/A.JPG", "a/A~2.JPG"]


def test_a_copy_that_was_read_back_again_keeps_its_row_and_takes_the_newest_inode(desk):
    [content, *_] = CONTENTS
    write(desk, a_file(desk, content, a_copy(desk, "ssd", PATHS[0], content, Method.CACHED, inode=1)))
    with desk.transaction():
        again = a_copy(desk, "ssd", PATHS[0], content, inode=2)
        add_copies(desk.db, run_id=desk.run, boot_id="boot", copies=[(content, again)])
    assert desk.db.execute("SELECT id, state, inode FROM copy").fetchall() == [(1, "proven", 2)]
    assert len(desk.rows("proof")) == 2


def test_further_copies_of_unknown_content_are_refused_and_none_of_them_is_written(desk):
    known, unknown, _ = CONTENTS
    write(desk, a_file(desk, known, a_copy(desk, "ssd", PATHS[0], known)))
    copies = [(digest, a_copy(desk, "nas", PATHS[0], digest)) for digest in (known, unknown)]
    with pytest.raises(LookupError, match=r"^a copy of unknown content$"), desk.transaction():
        add_copies(desk.db, run_id=desk.run, boot_id="boot", copies=copies)
    assert len(desk.rows("copy")) == 1


def number_of(n):
    return Digest(n, n.to_bytes(16, "big"), n.to_bytes(20, "big"))


def a_thousand(desk):
    """Files 1 to 1000 with a copy at both places; those that three divides tell when they were taken."""
    for n in range(1, 1001):
        copies = (a_copy(desk, name, b"2025/M/%d" % n, number_of(n)) for name in ("nas", "ssd"))
        new = a_file(desk, number_of(n), *copies, path=b"DCIM/%d" % n)
        yield replace(new, capture=TAKEN if n % 3 == 0 else None)


def test_a_batch_larger_than_one_statement_is_written_whole(desk):
    files = list(a_thousand(desk))
    write(desk, *files, upload=Upload("bucket", {new.file.path: f"a/{new.digest.size}" for new in files}))
    for table, count in (("asset", 1000), ("copy", 2000), ("proof", 2000), ("card_file", 1000), ("upload_job", 1000)):
        assert len(desk.rows(table)) == count
    assert desk.db.execute("SELECT DISTINCT state FROM copy").fetchall() == [("proven",)]
    pairs = "SELECT c.path, a.size FROM copy c JOIN asset a ON a.id = c.asset_id"
    assert all(path == b"2025/M/%d" % size for path, size in desk.db.execute(pairs))


def test_asked_for_more_than_one_statement_holds_every_file_is_told_its_own(desk):
    write(desk, *a_thousand(desk))
    asked = [number_of(n) for n in range(2000, 0, -1)]
    ids = asset_ids_of(desk.db, asked)
    assert set(ids) == {number_of(n) for n in range(1, 1001)}
    assert all(asset_id_of(desk.db, digest) == asset_id for digest, asset_id in ids.items())
    copies = copies_of_assets(desk.db, ids.values())
    assert copies == {asset_id: copies_of_asset(desk.db, asset_id) for asset_id in ids.values()}
    assert [copy.destination for copy in copies[1]] == ["ssd", "nas"]
    assert captures_known(desk.db, asked) == {number_of(n): TAKEN for n in range(3, 1001, 3)}


def test_only_a_head_of_the_right_size_is_a_reason_to_read_a_file(desk):
    write(desk, *a_thousand(desk))  # all with the head b"h" * 16
    asked = [(n, head) for n in range(500, 1501) for head in (b"h" * 16, b"?" * 16)]
    assert heads_known(desk.db, asked) == {(n, b"h" * 16) for n in range(500, 1001)}
    assert sizes_known(desk.db, (size for size, _ in asked)) == set(range(500, 1001))


def test_every_read_of_a_batch_is_kept_and_only_agreement_counts(desk):
    files = list(a_thousand(desk))
    write(desk, *files)
    reads = [(new.file, SourceRead(nth, new.digest.xxh128, Method.DIRECT, 3.0)) for new in files for nth in (2, 3)]
    with desk.transaction():
        record_reads(desk.db, desk.run, desk.card, reads)
        agreed(desk.db, desk.card, [(new.file.path, 3) for new in files[:600]])
    assert desk.db.execute("SELECT nth, count(*) FROM source_read GROUP BY nth").fetchall() == [
        (1, 1000),
        (2, 1000),
        (3, 1000),
    ]
    known = card_files(desk.db, desk.card)
    assert [known[new.file.path].reads for new in files] == [3] * 600 + [1] * 400


def test_asking_and_inserting_of_nothing_is_nothing(desk):
    assert list(ask(desk.db, "SELECT column1 FROM asked", [])) == []
    insert(desk.db, "asset (id)", [])
    assert desk.rows("asset") == []
