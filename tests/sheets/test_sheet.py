"""`safelight sheet`: what a client or a drawer gets, from the command to the file."""

import contextlib
import os
import re
import shutil
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sheets_desk import SAMPLES, ledger_of, photograph
from studio import Studio

from ingest.sheets.contents import Contents, Picture
from ingest.sheets.page import Page

_VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Reads a sheet as a browser would; it must be well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.times: list[str | None] = []
        self.words = ""
        self.title = ""
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "li":
            self.cells.append("")
        elif tag == "img":
            self.images.append(dict(attrs))
        elif tag == "time":
            self.times.append(dict(attrs)["datetime"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.words += data
        if "li" in self.open:
            self.cells[-1] += data
        elif "title" in self.open:
            self.title += data


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


def sheet(studio, *words):
    return studio.run("sheet", *words, "--to", studio.base)


@pytest.fixture(scope="module")
def wedding(tmp_path_factory):
    """The sample card of the wedding, ingested as a whole; it is gone."""
    sys.path.insert(0, str(SAMPLES))
    try:
        from make_sample_cards import stage
    finally:
        sys.path.remove(str(SAMPLES))
    studio = Studio(tmp_path_factory.mktemp("wedding"))
    stage("canon", studio.card)
    assert studio.ingest("--shoot", "Meyer wedding").level == "safe"
    shutil.rmtree(studio.card)
    return studio


def test_a_shoot_becomes_one_page_with_each_picture_once_in_the_order_of_the_night(wedding):
    run = sheet(wedding, "Meyer")
    assert run.code == 0, run.err
    [path] = wedding.base.glob("*.html")
    page = read(path)
    assert "Meyer wedding" in run.out
    assert "Meyer wedding" in page.title
    assert f"{len(page.cells)} pictures" in page.words
    assert sum("RAW + JPEG" in cell for cell in page.cells) == 10
    assert sum("MP4" in cell for cell in page.cells) == 1
    assert len(page.images) == len(page.cells) == 14
    assert page.times == sorted(page.times, key=lambda time: str(time)[:19])
    assert any(str(time).startswith("2025-06-14T23:") and str(time).endswith("+02:00") for time in page.times)
    assert "14 Jun 23:" in page.cells[0]
    assert "15 Jun 00:" in page.cells[-1]


def test_the_page_needs_nothing_else_and_tells_nothing_of_this_computer(wedding):
    assert sheet(wedding, "Meyer", "--as", "html", "--edge", "64").code in (0, 2)
    text = next(wedding.base.glob("*.html")).read_text(encoding="utf-8")
    assert "script" not in read(next(wedding.base.glob("*.html"))).tags
    without = re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", text)
    for word in ("http:", "https:", "//", "url(", "src=", "@import", str(wedding.base), "ssd"):
        assert word not in without.replace('src=""', ""), word
    assert "default-src 'none'" in text


def test_nothing_is_ever_replaced(standing, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("mine")
    run = standing.run("sheet", "Meyer", "--to", mine, "--json")
    assert (run.code, run.last["exit"], mine.read_text()) == (2, 2, "mine")
    assert "already" in run.last["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.html"]


def test_no_folder_no_shoot_and_no_such_form_are_said_plainly(standing):
    for words in (("Meyer", "--to", standing.base / "none" / "a.html"), ("Schmidt",), ("Meyer", "--as", "gif")):
        run = standing.run("sheet", *words)
        assert run.code == 2
        assert run.out == ""


def test_without_any_destination_no_sheet_is_written_and_it_is_said(shown):
    shown.ssd.rename(shown.base / "away ssd")
    shown.nas.rename(shown.base / "away nas")
    run = sheet(shown, "Meyer")
    assert run.code == 13
    assert "no destination that holds proven copies" in run.err
    assert list(shown.base.glob("*.html")) == []


def test_a_picture_that_is_away_has_its_place_and_is_counted(shown):
    for place in (shown.ssd, shown.nas):
        shown.copy_of(place, "IMG_0002.JPG").unlink()
    run = shown.run("sheet", "Meyer", "--to", shown.base / "a.html", "--json")
    assert (run.code, run.last["pictures"], run.last["without_preview"], run.last["away"]) == (0, 3, 1, 1)
    page = read(shown.base / "a.html")
    assert (len(page.cells), len(page.images)) == (3, 2)
    assert "no preview" in page.cells[1]


def test_without_ffmpeg_a_clip_is_shown_as_what_it_is(wedding, monkeypatch, tmp_path):
    shutil.rmtree(wedding.home / "previews", ignore_errors=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert wedding.run("sheet", "Meyer", "--to", tmp_path / "a.html").code == 0
    [clip] = [cell for cell in read(tmp_path / "a.html").cells if "MVI_0003" in cell]
    assert "no preview" in clip
    assert "MP4" in clip


def test_what_the_editor_says_stands_there_as_shape_and_word(standing, tmp_path):
    assert standing.run("sheet", "Meyer", "--to", tmp_path / "a.html").code == 0
    first, second, third = read(tmp_path / "a.html").cells
    assert all(word in first for word in ("★★★★☆", "4 stars", "⚑", "picked", "Green"))
    assert all(word in second for word in ("★★☆☆☆", "2 stars", "✕", "rejected"))
    assert not set("★☆⚑✕") & set(third)


@pytest.mark.parametrize(("words", "count"), [(("--only-picks",), 1), (("--stars", "2"), 2), (("--stars", "5"), 0)])
def test_a_choice_shows_what_is_picked_or_rated_so(standing, tmp_path, words, count):
    run = standing.run("sheet", "Meyer", "--to", tmp_path / "a.html", *words)
    assert run.code == (0 if count else 2)
    if count:
        page = read(tmp_path / "a.html")
        assert len(page.cells) == count
        assert f"{count} of 3 pictures" in page.words


HOSTILE = "<script>alert(1)</script>\"'&\u202egnp"


def test_names_are_shown_and_never_obeyed():
    picture = Picture(1, HOSTILE, "JPEG", 10, None, 3, 1, '"><b>red')
    page = Page(Contents(HOSTILE, "2025-06-14", "2025-06-15", (picture,)), 5)
    text = "".join(page.parts(iter([photograph("red", (60, 40))])))
    found = Reader(text)
    assert not {"script", "b"} & found.tags
    assert HOSTILE in found.title
    assert HOSTILE in found.cells[0]
    assert found.images[0]["alt"] == HOSTILE


def test_ten_thousand_pictures_are_written_one_by_one():
    """Each is asked for when the ones before it are written, so that one is in memory at a time."""
    pictures = tuple(Picture(n, f"IMG_{n}.JPG", "JPEG", 10, None) for n in range(10_000))
    asked = 0

    def made():
        nonlocal asked
        for _ in pictures:
            asked += 1
            yield None

    ahead = 0
    for written, _ in enumerate(Page(Contents("a", "2025-06-14", "2025-06-14", pictures), 5).parts(made())):
        ahead = max(ahead, asked - written)
    assert (asked, ahead) == (10_000, 0)


def pages_of(path: Path) -> int:
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type /Page\b(?!s)", data))


@pytest.mark.parametrize(("columns", "pages"), [("5", 1), ("2", 4), ("1", 14)])
def test_a_pdf_has_as_many_pages_as_its_pictures_need(wedding, tmp_path, columns, pages):
    run = wedding.run("sheet", "Meyer", "--to", tmp_path / "a.pdf", "--columns", columns, "--json")
    assert (run.code, run.last["as"]) == (0, "pdf"), run.err
    assert pages_of(tmp_path / "a.pdf") == pages


def test_a_pdf_of_tagged_pictures_and_of_names_that_no_font_has(standing, tmp_path):
    with ledger_of(standing) as ledger:
        ledger.execute("UPDATE shoot SET name = ?", ("Майер 結婚式 \U0001f4f7" * 9,))
        run = standing.run("sheet", "1", "--to", tmp_path / "a.pdf")
        ledger.execute("UPDATE shoot SET name = 'Meyer'")
    assert run.code == 0, run.err
    assert pages_of(tmp_path / "a.pdf") == 1
    [drawn] = [text for text in drawings_of(tmp_path / "a.pdf") if b" Do" in text]
    assert drawn.count(b" Do") == 3
    for shapes in (b"(HHHH)", b"(I)", b"(HH)", b"(III)", b"(4)", b"(8)"):  # stars, a tick and a cross
        assert shapes in drawn
    assert b".180392 .490196 .196078 rg" in drawn  # the dot of "Green"


def drawings_of(path: Path) -> list[bytes]:
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", path.read_bytes(), re.DOTALL):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return found


def test_without_the_library_it_is_said_what_to_install(standing, monkeypatch):
    monkeypatch.setattr("ingest.cli.do_sheet.find_spec", lambda _name: None)
    run = sheet(standing, "Meyer")
    assert run.code == 2
    assert "pip install '.[sheets]'" in run.err


def test_beside_the_pictures_it_lies_where_they_are_edited_and_sync_takes_it_along(shown):
    run = shown.run("sheet", "Meyer", "--beside", "--json")
    assert run.code == 0, run.err
    beside = shown.copy_of(shown.ssd, "IMG_0001.JPG").parent
    [path] = beside.glob("*.html")
    assert str(path) == run.last["file"]
    assert len(read(path).images) == run.last["pictures"] == 3
    again = shown.run("sheet", "Meyer", "--beside")
    assert (again.code, again.out) == (2, "")
    assert shown.run("verify").code == 0
    old = path.stat().st_mtime - 60
    os.utime(path, (old, old))
    assert shown.run("sync").code == 0
    assert shown.copy_of(shown.nas, path.name).read_bytes() == path.read_bytes()


def test_beside_pictures_that_are_away_nothing_is_written(shown):
    shown.ssd.rename(shown.base / "away ssd")
    shown.ssd.mkdir()
    run = shown.run("sheet", "Meyer", "--beside")
    assert run.code == 13
    assert list(shown.ssd.iterdir()) == []
    assert [path.name for path in shown.home.iterdir() if path.is_dir() and path.name.startswith("tmp")] == []
