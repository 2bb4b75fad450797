"""Which frames of a camera were seen: asked of the index alone, whatever the ledger holds."""

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.frames import frames_near, frames_on_card
from ingest.model.cards import CardFile


@pytest.fixture
def desk(tmp_path):
    desk = EmptyDesk(tmp_path / "ledger.sqlite")
    yield desk
    desk.db.close()


def asset(desk, number, taken, serial="7"):
    key = number.to_bytes(16, "big")
    desk.db.execute(
        "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, capture_local, make, model, serial,"
        " first_run) VALUES (?, 10, ?, ?, ?, ?, 5, ?, 'Canon', 'R5', ?, ?)",
        (number, key, key + b"sha1", key, b"IMG_%04d.CR3" % number, taken, serial, desk.run),
    )


def on_card(desk, number, mtime_ns=5):
    path = b"DCIM/100CANON/IMG_%04d.CR3" % number
    desk.db.execute("INSERT INTO card_file VALUES (?, ?, 10, 5, ?, x'', ?, 2)", (desk.card, path, number, desk.run))
    return CardFile(path, 10, mtime_ns)


def test_only_what_the_camera_took_in_the_span_is_given(desk):
    asset(desk, 1, "2025-06-13T23:00:00")
    asset(desk, 2, "2025-06-14T12:00:00.250000")
    asset(desk, 3, "2025-06-14T12:00:01", serial="8")
    asset(desk, 4, None)
    found = frames_near(desk.db, [("7", "2025-06-14T00:00:00", "2025-06-15T00:00:00")])
    assert [(row.name, row.serial) for row in found] == [(b"IMG_0002.CR3", "7")]


def test_a_file_of_the_card_counts_as_it_was_ingested_and_not_when_it_is_another_one_now(desk):
    for number in (1, 2):
        asset(desk, number, "2025-06-14T12:00:00")
    files = [on_card(desk, 1), on_card(desk, 2, mtime_ns=6)]
    assert [row.name for row in frames_on_card(desk.db, desk.card, files)] == [b"DCIM/100CANON/IMG_0001.CR3"]


def test_the_question_is_a_search_of_the_cameras_index(desk):
    asked = []
    desk.db.set_trace_callback(asked.append)
    frames_near(desk.db, [("7", "2025-06-14", "2025-06-15")])
    desk.db.set_trace_callback(None)
    plan = " ".join(row[3] for row in desk.db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}"))
    assert "asset USING INDEX asset_by_camera (serial=? AND capture_local>? AND capture_local<?)" in plan
