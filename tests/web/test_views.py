"""What the pages say of cards, shoots, pictures and the house: the numbers add up, and what needs a person is found."""

import contextlib
import sqlite3
import time
from datetime import datetime

import psutil
import pytest
from studio import BUCKET

from ingest.config import load
from ingest.ledger.shoots import add_shoot
from ingest.ledger.upload_switch import stopped
from ingest.ledger.views import shoot_view, shoot_views
from ingest.ledger.views_cards import SinceSafe
from ingest.ledger.views_shoot import queue_place
from ingest.sheets.contents import Contents, Picture, contents_of
from ingest.stream.store import Beat
from ingest.web.kept import Kept
from ingest.web.pages import turned
from ingest.web.places import Stands
from ingest.web.places_child import stands
from ingest.web.view_cards import _formatted, cards_view, looks_of
from ingest.web.view_health import health_view
from ingest.web.view_picture import picture_view
from ingest.web.view_shoot import sheet_view, shoot_facts, shoot_row
from ingest.web.view_shoots import shoots_view

NOW = 1_764_000_000.0


@pytest.fixture
def ledger(gallery):
    """A copy of the gallery's ledger in memory, to be changed at will."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        with contextlib.closing(sqlite3.connect(gallery.home / "ledger.sqlite")) as own:
            own.backup(copy)
        yield copy


@pytest.fixture
def settings(gallery):
    return load(gallery.home)


def shoots(ledger, settings, **asked):
    return shoots_view(ledger, settings, **asked)


def names(view):
    return [line.name for line in view.shown.rows]


def shoot_id(ledger, name):
    return ledger.execute("SELECT id FROM shoot WHERE name = ?", (name,)).fetchone()[0]


def lose(ledger, name, place, state="lost"):
    """The copies of a shoot at a destination are in another state."""
    ledger.execute(
        "UPDATE copy SET state = ? WHERE destination_id = (SELECT id FROM destination WHERE name = ?)"
        " AND asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?)",
        (state, place, shoot_id(ledger, name)),
    )


def test_the_numbers_of_every_shoot_add_up_to_its_files(ledger, settings):
    lose(ledger, "Wedding Ada & Ben", "nas")
    for line in shoots(ledger, settings).shown.rows:
        for place in line.places:
            parts = place.proven + place.written + place.suspect + place.released + place.missing
            assert parts == place.total == line.files
        cloud = line.cloud
        parts = cloud.not_queued + cloud.waiting + cloud.sending + cloud.sent + cloud.checked + cloud.needs_you
        assert parts == cloud.total == line.files


@pytest.mark.parametrize("state", ["proven", "lost", "suspect", "written"])
def test_many_shoots_at_once_say_what_each_alone_says(ledger, state):
    if state != "proven":
        lose(ledger, "Wedding Ada & Ben", "nas", state)
    together = shoot_views(ledger)
    assert len(together) == 2
    for key, view in together.items():
        alone = shoot_view(ledger, key)
        assert [(p.name, p.proven, p.written, p.suspect, p.missing, p.released) for p in alone.places] == [
            (p.name, p.proven, p.written, p.suspect, p.missing, p.released) for p in view.places
        ]
        assert (alone.name, alone.files, alone.size, alone.findings) == (
            view.name,
            view.files,
            view.size,
            view.findings,
        )
    assert shoot_views(ledger, [1])[1] == together[1]


def test_needs_you_shows_the_shoot_with_the_bad_copy_and_what_helps(ledger, settings):
    view = shoots(ledger, settings, needs_you=True)
    assert names(view) == ["Harbour"]
    [need] = view.shown.rows[0].needs
    assert (need.text, need.command) == ("nas: 1 file not as proven any more", "safelight repair")
    assert view.in_all == 2


@pytest.mark.parametrize(
    ("state", "place", "word", "command"),
    [
        ("lost", "nas", "lost", "safelight repair"),
        ("written", "nas", "written but not proven", "safelight verify 1"),
        ("suspect", "ssd", "not as proven", "safelight repair"),
        ("lost", "ssd", "fewer than two places", "safelight catch-up 1"),
    ],
)
def test_whatever_is_amiss_with_a_shoot_is_said_and_found_by_the_filter(ledger, settings, state, place, word, command):
    lose(ledger, "Wedding Ada & Ben", place, state)
    view = shoots(ledger, settings, needs_you=True)
    assert names(view) == ["Harbour", "Wedding Ada & Ben"]
    need = view.shown.rows[1].needs[0]
    assert word in need.text
    assert need.command == command


def test_the_filter_finds_exactly_the_shoots_whose_line_says_that_they_need_somebody(ledger, settings):
    for number in range(60):
        add_shoot(
            ledger, name=f"Empty {number}", day="2024-01-01", last_day="2024-01-01", folder=b"e%d" % number,
            named_by_user=True, now=NOW,
        )  # fmt: skip
    every = [line for page in (1, 2) for line in shoots(ledger, settings, page=page).shown.rows]
    found = [line for page in (1, 2) for line in shoots(ledger, settings, needs_you=True, page=page).shown.rows]
    assert len(every) == 62
    assert [line.id for line in found] == [line.id for line in every if line.needs]


def test_a_queue_that_is_stopped_makes_its_shoots_need_somebody(ledger, settings):
    stopped(ledger, BUCKET, "The key was refused: run safelight cloud setup", NOW)
    view = shoots(ledger, settings, needs_you=True)
    assert "Wedding Ada & Ben" in names(view)
    assert "The key was refused" in view.shown.rows[1].needs[0].text


def test_a_shoot_is_found_by_a_part_of_its_name_whatever_its_case(ledger, settings):
    assert names(shoots(ledger, settings, search="ada")) == ["Wedding Ada & Ben"]
    assert names(shoots(ledger, settings, search="nobody")) == []


def test_notices_that_could_not_be_sent_are_told_with_their_reason(ledger, settings):
    view = health_view(ledger, settings, None, Stands(), NOW, ("No program shows notices here.", NOW - 60))
    assert (view.notices.level, view.notices.word) == ("note", "not sent")
    assert "No program shows notices here." in view.notices.text


def test_what_is_remembered_of_the_ledger_is_made_anew_when_somebody_writes_there(tmp_path):
    path = tmp_path / "ledger.sqlite"
    kept, made = Kept(path, most=2), []

    def ask(key):
        return kept.get(key, lambda: made.append(key) or len(made))

    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE thing (x)")
        assert (ask("a"), ask("a"), ask("b"), ask("a")) == (1, 1, 2, 1)
        writer.execute("INSERT INTO thing VALUES (1)")
        assert (ask("a"), ask("a")) == (3, 3)


def test_before_anybody_answered_nothing_is_said_of_destinations(ledger, settings):
    view = health_view(ledger, settings, None, Stands(), NOW)
    assert view.looked_at == ""
    assert {(place.state, place.lacks, place.has_gaps) for place in view.places} == {
        ("not asked yet", "not counted yet", False)
    }


def test_a_list_turns_in_pages_and_a_number_beyond_them_is_the_nearest():
    rows = list(range(120))
    assert [(page.number, page.first, page.last, page.of) for page in (turned(rows, n) for n in (0, 2, 99))] == [
        (1, 1, 50, 3),
        (2, 51, 100, 3),
        (3, 101, 120, 3),
    ]
    assert (turned([], 1).first, turned([], 1).last, turned([], 1).of) == (0, 0, 1)


def test_a_card_is_told_with_its_last_verdict(ledger):
    [card] = cards_view(ledger, time.time()).rows
    assert (card.name, card.files) == ("CARD", 1)
    assert card.formatted.startswith("not known: not looked at since. It was formatted before")


def test_a_safe_whose_copies_went_bad_since_is_not_shown_as_safe(ledger):
    [card] = cards_view(ledger, time.time()).rows
    assert (card.level, card.title) == ("wait", "NO LONGER SAFE")
    assert card.remark == "1 file of that answer has fewer than two copies now."
    heal(ledger)
    [card] = cards_view(ledger, time.time()).rows
    assert (card.level, card.title, card.remark) == ("good", "SAFE TO FORMAT", "")


def heal(ledger):
    """The copies that went bad read right again."""
    ledger.execute(
        "INSERT INTO proof (copy_id, at, boot_id, method, matched, xxh128) SELECT c.id, ?, 'b', 'direct', 1, a.xxh128"
        " FROM copy c JOIN asset a ON a.id = c.asset_id WHERE c.state = 'suspect'",
        (NOW,),
    )
    ledger.execute("UPDATE copy SET state = 'proven' WHERE state = 'suspect'")


def test_a_later_check_outweighs_the_verdict_that_the_ledger_keeps(ledger):
    heal(ledger)
    [(uuid, label, size, print_)] = ledger.execute(
        "SELECT uuid, label, size, lower(hex(fingerprint)) FROM card JOIN verdict v ON v.card_id = card.id"
        " ORDER BY v.id DESC LIMIT 1"
    ).fetchall()
    body = {"card": {"uuid": uuid, "label": label, "size": size}, "at": time.time() + 60, "level": "safe"}
    told = [body | {"fingerprint": "00", "level": "not_yet", "at": 1.0}, body | {"fingerprint": print_}]
    [card] = cards_view(ledger, time.time(), looks=looks_of(told)).rows
    assert card.title == "SAFE TO FORMAT"
    assert card.formatted.startswith("no: at ")
    told.append(body | {"fingerprint": "00", "level": "not_yet", "at": time.time() + 90})
    [card] = cards_view(ledger, time.time(), looks=looks_of(told)).rows
    assert (card.level, card.title) == ("wait", "NOT YET")
    assert "something else" in card.formatted


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (None, "not known: it was never judged here"),
        (SinceSafe(1, "safe", NOW), "not known: not looked at since"),
        (SinceSafe(1, "not_yet", NOW), "not to be formatted yet"),
        (SinceSafe(2, "safe", NOW, "", NOW - 9000, 4, 4), "no: at "),
        (SinceSafe(2, "not_yet", NOW, "", NOW - 9000, 4, 1), "in part: at "),
        (SinceSafe(2, "not_yet", NOW, "", NOW - 9000, 4, 0), "it seems so, between "),
    ],
)
def test_whether_a_card_was_formatted_is_said_as_far_as_it_is_known(since, words):
    assert _formatted(since, NOW).startswith(words)


def test_a_shoot_says_where_its_copies_are_and_when_they_were_proven(ledger, gallery, settings):
    facts = shoot_facts(ledger, gallery.home, settings, 1, time.time())
    assert [(place.line.name, place.line.proven) for place in facts.places] == [("ssd", 7), ("nas", 7)]
    assert facts.columns == ("Proven",)
    assert all(place.proven_at != "never" for place in facts.places)
    assert all(sum(place.counts.values()) == 7 for place in facts.places)
    assert {button.command for button in facts.buttons} == {
        "safelight verify 1", "safelight cloud run", "safelight drill",
    }  # fmt: skip
    assert shoot_facts(ledger, gallery.home, settings, 99, NOW) is None


def test_a_shoot_says_its_place_in_the_queue_and_what_it_costs(ledger, gallery, settings):
    place = queue_place(ledger, 2, BUCKET)
    assert (place.files, place.bytes, place.ahead) == (1, 3000, 7)
    assert place.until_last == 3000 + sum(len(data) for data in gallery.copies(gallery.ssd).values()) - 3000
    facts = shoot_facts(ledger, gallery.home, settings, 2, time.time())
    assert facts.queue[0] == "1 file to be sent, 3 kB; 7 files of others go first."
    assert "not known until something was sent" in facts.queue[1]
    assert facts.cost[0] == f"0 B in {BUCKET}: about $0 a month."
    assert queue_place(ledger, 2, "another") is None


def test_what_a_shoot_has_in_the_bucket_is_what_it_costs(ledger, gallery, settings):
    ledger.execute("UPDATE upload_job SET state = 'sent', file_id = 'f', sent_at = ?", (NOW,))
    facts = shoot_facts(ledger, gallery.home, settings, 2, NOW)
    assert facts.queue == ()
    assert facts.cost[0].startswith(f"3 kB in {BUCKET}: less than $0.01 a month.")


def sheet(ledger):
    return sheet_view(contents_of(ledger, shoot_row(ledger, 1)), 7)


def test_ten_thousand_pictures_are_pages_of_five_hundred_that_hold_each_of_them_once():
    pictures = tuple(
        Picture(n, f"IMG_{n:05}.JPG", "JPEG", 1, datetime.fromisoformat("2026-11-14T15:02")) for n in range(10_000)
    )
    contents = Contents("Wedding", "2026-11-14", "2026-11-14", pictures)
    pages = [sheet_view(contents, 10_000, number).shown for number in range(1, 21)]
    assert {page.of for page in pages} == {20}
    assert [cell.asset_id for page in pages for cell in page.rows] == list(range(10_000))
    assert pages[0].rows[1].alt == "IMG_00001.JPG, 14 Nov 15:02"


def picture(ledger, shoot, key, now=NOW):
    row = shoot_row(ledger, shoot)
    return picture_view(ledger, row, contents_of(ledger, row), key, BUCKET, now)


def test_the_contact_sheet_and_the_files_beside_it_are_all_files_of_the_shoot(ledger):
    view = sheet(ledger)
    assert (view.shown.total, view.others) == (6, 1)
    assert [cell.name for cell in view.shown.rows][:2] == ["IMG_0001.JPG", "IMG_0002.JPG"]
    assert view.shown.rows[0].kind == "RAW + JPEG"


def test_a_picture_says_where_each_copy_is_with_its_hashes_and_what_lies_beside_it(ledger):
    key = sheet(ledger).shown.rows[0].asset_id
    view = picture(ledger, 1, key, time.time())
    assert [(copy.place, copy.state) for copy in view.copies] == [
        ("ssd", "proven"), ("nas", "proven"), (BUCKET, "waiting"),
    ]  # fmt: skip
    assert view.copies[0].path.endswith("IMG_0001.JPG")
    assert "read back" in view.copies[0].proven
    assert (len(view.asset.xxh128), len(view.asset.sha1)) == (32, 40)
    assert [name for _, name, _ in view.beside] == ["IMG_0001.CR3"]
    assert (view.number, view.of, view.before) == (1, 6, 0)
    assert view.after
    assert picture(ledger, 2, key) is None


def test_health_says_that_destinations_are_here_and_what_the_queue_does(ledger, gallery, settings):
    answers = Stands(time.time(), {each["name"]: each for each in stands(gallery.home)})
    own = psutil.Process()
    beat = Beat("watcher", time.time(), {"pid": own.pid, "born": own.create_time()})
    view = health_view(ledger, settings, beat, answers, time.time())
    assert [(place.name, place.state, place.lacks) for place in view.places] == [
        ("ssd", "here", ""),
        ("nas", "here", ""),
    ]
    assert all("free" in place.room and place.device for place in view.places)
    assert (view.queue.waiting, view.queue.sent, view.queue.rate) == (8, 0, "nothing lately")
    assert [line.level for line in view.backups] == ["good", "good"]
    assert view.watcher.word == "runs"
    assert view.notices.level == "good"
    assert view.night.word == "none yet"
    assert view.care[0].level == "note"


def test_a_destination_that_is_away_or_another_one_is_told_with_what_to_do(ledger, gallery, settings):
    found = {each["name"]: each for each in stands(gallery.home)}
    away = {"problem": "nas: there is no folder", "hint": "Plug in or mount nas"}
    view = health_view(
        ledger, settings, None,
        Stands(NOW, {"ssd": found["ssd"] | {"marker": "other"}, "nas": found["nas"] | away}), NOW,
    )  # fmt: skip
    ssd, nas = view.places
    assert (ssd.level, ssd.state) == ("bad", "another one")
    assert (nas.level, nas.state) == ("wait", "away")
    assert nas.problem.startswith("nas: there is no folder. It was last used")
    assert nas.hint == "Plug in or mount nas"
    assert view.watcher.word == "does not run"


def test_a_new_destination_lacks_everything_and_every_shoot_needs_somebody(ledger, gallery, tmp_path):
    own = (gallery.home / "config.toml").read_text(encoding="utf-8")
    new = '[[destinations]]\nname = "attic"\nkind = "hdd"\nroot = "/nowhere"\n'
    (tmp_path / "config.toml").write_text(own + new, encoding="utf-8")
    more = load(tmp_path)
    (tmp_path / "ledger.sqlite").write_bytes(b"")
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as copy:
        ledger.backup(copy)
    view = health_view(ledger, more, None, Stands(NOW, {each["name"]: each for each in stands(tmp_path)}), NOW)
    assert [(place.state, place.lacks.split(",")[0]) for place in view.places] == [
        ("here", ""), ("here", ""), ("away", "8 files of 2 shoots"),
    ]  # fmt: skip
    assert "there is no folder /nowhere" in view.places[2].problem
    needing = shoots(ledger, more, needs_you=True)
    assert len(needing.shown.rows) == 2
    assert needing.shown.rows[1].needs[0].text == "attic: nothing was ever copied there"
