"""Cards, Shoots, a shoot, a picture and Health as they are answered, without a browser."""

import contextlib
import sqlite3

import pytest
from starlette.testclient import TestClient

from ingest.config import load
from ingest.web.app import create_app
from ingest.web.desk import Desk
from ingest.web.keys import new_keys
from ingest.web.page_shoot import _NONE

PORT = 8322
PAGES = ("/cards", "/shoots", "/health")


@contextlib.contextmanager
def visiting(studio):
    desk = Desk(studio.home, load(studio.home), new_keys(studio.home), PORT)
    with TestClient(create_app(desk, live=False), base_url=f"http://127.0.0.1:{PORT}") as client:
        assert client.get("/enter", params={"token": desk.keys.link_token(desk.clock())}).status_code == 200
        yield client


@pytest.fixture
def guest(gallery):
    """A browser at the gallery."""
    with visiting(gallery) as client:
        yield client


@pytest.mark.parametrize("path", [*PAGES, "/cards/part", "/shoots/part", "/shoots/1", "/shoots/1/part", "/health/part"])
def test_every_page_and_every_part_of_it_answers(guest, path):
    answer = guest.get(path)
    assert answer.status_code == 200
    assert ("<html" in answer.text) == (not path.endswith("/part"))


def test_the_list_is_sieved_by_its_address_alone_so_that_it_works_without_scripts(guest):
    assert "Harbour" in guest.get("/shoots").text
    assert "Harbour" not in guest.get("/shoots", params={"q": "ada"}).text
    needing = guest.get("/shoots", params={"needs": "you"}).text
    assert "Wedding" not in needing
    assert "safelight repair" in needing
    assert "No shoot matches" in guest.get("/shoots", params={"q": "nobody"}).text
    assert guest.get("/shoots", params={"page": "-7", "q": "'\"<script>"}).text.count("<script>") == 0


@pytest.mark.parametrize(
    "path",
    [
        "/shoots/99",
        "/shoots/99/part",
        "/shoots/x",
        f"/shoots/{2**70}",
        "/shoots/1/pictures/999",
        f"/shoots/1/pictures/{2**63}",
        "/preview/999",
        f"/preview/{2**63}",
        "/cards/99/certificate",
        f"/cards/{2**64}/certificate",
        "/cards/2/certificate?as=exe",
    ],
)
def test_what_is_not_known_is_said_to_be_no_page(guest, path):
    answer = guest.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_small_picture_comes_from_a_proven_copy_and_is_not_sent_twice(guest, gallery):
    [(asset,)] = gallery.ask("SELECT id FROM asset WHERE original_name = ?", b"IMG_0002.JPG")
    answer = guest.get(f"/preview/{asset}")
    assert answer.status_code == 200
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/jpeg", "nosniff")
    assert answer.headers["cache-control"].startswith("private")
    assert answer.content.startswith(b"\xff\xd8")
    again = guest.get(f"/preview/{asset}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    large = guest.get(f"/preview/{asset}", params={"edge": "1280"})
    assert large.headers["etag"] != answer.headers["etag"]


def test_where_no_picture_can_be_made_a_frame_is_drawn_and_soon_asked_for_again(guest, gallery):
    [(asset,)] = gallery.ask("SELECT id FROM asset WHERE original_name = ?", b"IMG_0001.CR3")
    answer = guest.get(f"/preview/{asset}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.content == _NONE
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "private, max-age=20"


@pytest.mark.parametrize(
    ("form", "kind", "words"),
    [
        ("html", "text/html", "<!doctype html>"),
        ("text", "text/plain", "Safelight certificate"),
        ("json", "application/json", "{"),
    ],
)
def test_the_certificate_of_a_card_s_last_verdict_is_saved_from_its_row(guest, form, kind, words):
    assert "/cards/2/certificate?as=html" in guest.get("/cards").text
    answer = guest.get("/cards/2/certificate", params={"as": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].startswith('attachment; filename="safelight-CARD-verdict-2.')
    assert answer.text.startswith(words)
    assert "IMG_0900.JPG" in answer.text


def test_without_the_extra_that_opens_pictures_the_page_stands_with_frames(guest, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ingest.sheets.previews", None)
    assert guest.get("/preview/2").content == _NONE


def test_a_picture_s_own_page_shows_its_copies_and_hashes(guest, gallery):
    [(asset, xxh128)] = gallery.ask("SELECT id, lower(hex(xxh128)) FROM asset WHERE original_name = ?", b"IMG_0002.JPG")
    text = guest.get(f"/shoots/1/pictures/{asset}").text
    assert xxh128 in text
    assert text.count("proven") >= 2
    assert "2 of 6" in text


@pytest.mark.parametrize(
    ("path", "words"),
    [("/cards", "No card was ingested here yet"), ("/shoots", "No shoot yet"), ("/health", "None yet")],
)
def test_before_the_first_card_each_page_says_what_to_do(studio, path, words):
    assert studio.run("cards").code == 0
    with visiting(studio) as client:
        answer = client.get(path)
    assert answer.status_code == 200
    assert words in answer.text
    assert path == "/health" or "safelight ingest" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/shoots/1", "/preview/1"])
def test_a_ledger_that_is_damaged_missing_or_newer_is_a_plain_page_that_says_what_to_do(studio, path):
    assert studio.run("cards").code == 0
    ledger = studio.home / "ledger.sqlite"
    with visiting(studio) as client:
        with contextlib.closing(sqlite3.connect(ledger)) as newer:
            newer.execute("PRAGMA user_version = 9999")
        assert "newer" in client.get(path).text
        ledger.write_bytes(b"no ledger at all" * 4096)
        answer = client.get(path)
        assert answer.status_code == 500
        assert "safelight ledger check" in answer.text
        ledger.unlink()
        assert "safelight ledger check" in client.get(path).text
