"""Small pictures for the page: from proven copies at places that are here, whatever hangs, lies or breaks."""

import contextlib
import os
import shutil
import threading
import time

import psutil
import pytest
from loops import SilentMount, needs_loops
from PIL import Image
from sheets_desk import asset_of, child, colour_of, ledger_of, photograph

from ingest.sheets.cache import Cache
from ingest.sheets.preview_wire import decode_made, size_of
from ingest.sheets.previews import Made, Previews, preview_of


def test_a_picture_is_made_although_the_card_is_gone(standing, tmp_path):
    with ledger_of(standing) as ledger:
        for name, colour in (("IMG_0001.JPG", "red"), ("IMG_0003.JPG", "blue")):
            data = preview_of(tmp_path, ledger, asset_of(ledger, name), 100)
            assert colour_of(data) == colour
            assert size_of(data, 100) == (100, 63)


def test_what_nobody_knows_has_no_picture(standing, tmp_path):
    with ledger_of(standing) as ledger:
        assert preview_of(tmp_path, ledger, 99_999) is None


def test_many_come_in_the_order_in_which_they_were_asked_for(standing, tmp_path):
    with ledger_of(standing) as ledger, Previews(tmp_path) as previews:
        ids = [asset_of(ledger, f"IMG_000{number}.JPG") for number in (3, 1, 2, 1)]
        made = [each.data for each in previews.make_all(ledger, ids, 64)]
    assert [colour_of(data) for data in made] == ["blue", "red", "green", "red"]


def test_a_copy_that_is_suspect_is_not_shown(shown):
    with ledger_of(shown) as ledger, Previews(shown.home) as previews:
        asset = asset_of(ledger, "IMG_0001.JPG")
        ledger.execute("UPDATE copy SET state = 'suspect' WHERE asset_id = ?", (asset,))
        assert previews.make(ledger, asset, 64) == Made(None, is_away=True)


@pytest.mark.parametrize("change", ["other bytes", "longer", "gone", "link", "link to its folder"])
def test_a_copy_that_is_not_as_it_was_proven_is_not_shown_and_the_other_one_is(shown, change):
    copy = shown.copy_of(shown.ssd, "IMG_0001.JPG")
    whole, other = copy.read_bytes(), photograph("green")
    if change == "other bytes":
        copy.write_bytes((other + whole)[: len(whole)])
    elif change == "longer":
        copy.write_bytes(whole + b"x")
    elif change == "gone":
        copy.unlink()
    elif change == "link":
        elsewhere = shown.base / "elsewhere.JPG"
        copy.rename(elsewhere)
        copy.symlink_to(elsewhere)
    else:
        folder = shown.base / "elsewhere"
        copy.parent.rename(folder)
        copy.parent.symlink_to(folder)
    with ledger_of(shown) as ledger, Previews(shown.home) as previews:
        asset = asset_of(ledger, "IMG_0001.JPG")
        assert colour_of(previews.make(ledger, asset, 64).data) == "red"
        shutil.rmtree(shown.nas)
        shutil.rmtree(shown.home / "previews")
        assert previews.make(ledger, asset, 64) == Made(None, is_away=True)


def test_another_disk_at_the_same_place_is_not_the_destination(shown):
    shutil.rmtree(shown.nas)
    (shown.ssd / ".safelight" / "destination.json").unlink()
    with ledger_of(shown) as ledger, Previews(shown.home) as previews:
        assert previews.make(ledger, asset_of(ledger, "IMG_0001.JPG"), 64) == Made(None, is_away=True)


def test_what_was_made_once_is_there_when_every_destination_is_away_and_whole_or_made_anew(shown):
    with ledger_of(shown) as ledger, Previews(shown.home) as previews:
        asset = asset_of(ledger, "IMG_0001.JPG")
        first = previews.make(ledger, asset, 64)
        [kept] = [path for path in (shown.home / "previews").rglob("*") if path.is_file()]
        kept.write_bytes(kept.read_bytes()[:-40] + b"?" * 40)
        assert previews.make(ledger, asset, 64) == first
        shutil.rmtree(shown.ssd)
        shutil.rmtree(shown.nas)
        assert previews.make(ledger, asset, 64) == first
        kept.write_bytes(b"")
        assert previews.make(ledger, asset, 64) == Made(None, is_away=True)


def test_the_folder_stays_within_its_bounds_and_what_was_used_last_stays(tmp_path):
    cache = Cache(tmp_path, limit=10_000)
    for number in range(8):
        cache.put(f"{number:02}", bytes(1000))
        used = time.time() - 1_000_000 + number
        os.utime(tmp_path / f"{number:02}" / f"{number:02}", (used, used))
    assert cache.get("00") is not None  # used now
    for number in range(8, 12):
        cache.put(f"{number:02}", bytes(1000))
    kept = {path.name for path in tmp_path.glob("*/*")}
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 10_000
    assert kept >= {"00", "10", "11"}
    assert not kept & {"01", "02"}


def test_a_home_that_cannot_be_written_costs_no_picture(shown):
    (shown.home / "previews").write_bytes(b"a file is in the way")
    with ledger_of(shown) as ledger, Previews(shown.home) as previews:
        assert colour_of(previews.make(ledger, asset_of(ledger, "IMG_0002.JPG"), 64).data) == "green"


HOSTILE = {
    "IMG_0101.JPG": b"\xff\xd8\xff\xe0" + b"\0" * 5000,
    "IMG_0102.JPG": photograph("red")[:200],
    "IMG_0103.TIF": b"II*\0" + b"\xff" * 5000,
    "IMG_0104.CR3": b"\x93" * 3000,
    "IMG_0105.DNG": b"II*\0\x08\0\0\0" + b"\x01" * 3000,
    "IMG_0106.MOV": b"\0\0\0\x14ftypqt  " + b"\0" * 8 + b"\x7f" * 3000,
    "IMG_0107.HEIC": b"\0\0\0\x18ftypheic" + b"\xff" * 3000,
}


def test_hostile_files_have_no_picture_and_the_next_one_has(studio, quick):
    """A JPEG that promises 60,000 x 60,000 pixels and holds none is among them."""
    bomb = bytearray(photograph("red"))
    at = bomb.index(b"\xff\xc0") + 5
    bomb[at : at + 4] = (60_000).to_bytes(2, "big") * 2
    for name, data in {**HOSTILE, "IMG_0108.JPG": bytes(bomb)}.items():
        studio.put(f"DCIM/100CANON/{name}", data)
    studio.put("DCIM/100CANON/IMG_0200.JPG", photograph("blue"))
    patch = quick()
    studio.ingest("--shoot", "Hostile")
    patch.undo()
    with ledger_of(studio) as ledger, Previews(studio.home) as previews:
        ids = [asset_of(ledger, name) for name in (*HOSTILE, "IMG_0200.JPG")]
        *bad, good = previews.make_all(ledger, ids, 64)
        assert [each for each in bad if each.is_away] == []
        assert [each.data for each in bad if each.data and not size_of(each.data, 64)] == []
        assert colour_of(good.data) == "blue"
        bomb_made = previews.make(ledger, asset_of(ledger, "IMG_0108.JPG"), 64)
        assert bomb_made.data is None or size_of(bomb_made.data, 64)
        assert colour_of(previews.make(ledger, ids[-1], 65).data) == "blue"


def test_a_place_that_hangs_is_asked_once_and_the_other_one_answers(standing, tmp_path):
    body = f"""
if asked["root"] == {str(standing.ssd)!r}:
    open({str(tmp_path / "asked")!r}, "a").write("x")
    time.sleep(600)
say(found="here")
say(made=open({str(tmp_path / "made")!r}).read())
"""
    import base64

    (tmp_path / "made").write_text(base64.b64encode(photograph("white", (60, 40))).decode())
    command = child(tmp_path, body)
    with ledger_of(standing) as ledger, Previews(tmp_path, children=1, command=command, seconds=(0.5, 5.0)) as previews:
        for number in (1, 2, 3):
            made = previews.make(ledger, asset_of(ledger, f"IMG_000{number}.JPG"), 64)
            assert colour_of(made.data) == "white"
    assert (tmp_path / "asked").read_text() == "x"


@pytest.mark.root
@needs_loops
def test_a_mount_that_answers_nothing_and_lets_nobody_go_costs_its_own_pictures_alone(shown):
    mount = SilentMount(shown.base / "silent")
    try:
        with ledger_of(shown) as ledger, Previews(shown.home, children=1, seconds=(0.5, 5.0)) as previews:
            ledger.execute("UPDATE destination SET root = ? WHERE name = 'ssd'", (str(mount.mnt),))
            made = [previews.make(ledger, asset_of(ledger, f"IMG_000{number}.JPG"), 64) for number in (1, 2, 3)]
            assert [colour_of(each.data) for each in made] == ["red", "green", "blue"]
            ledger.execute("UPDATE copy SET state = 'suspect' WHERE destination_id <> 1")
            assert previews.make(ledger, asset_of(ledger, "IMG_0001.JPG"), 70) == Made(None, is_away=True)
    finally:
        mount.close()


@pytest.mark.parametrize(
    "deed", ["time.sleep(600)", "os._exit(3)", "say(made='no base64')", "while True: sys.stdout.write('x' * 65536)"]
)
def test_a_picture_that_breaks_its_child_has_none_and_is_not_tried_again_at_once(standing, tmp_path, deed):
    body = f"""
open({str(tmp_path / "asked")!r}, "a").write("x")
say(found="here")
{deed}
"""
    command = child(tmp_path, body)
    with ledger_of(standing) as ledger, Previews(tmp_path, children=1, command=command, seconds=(5.0, 0.5)) as previews:
        asset = asset_of(ledger, "IMG_0001.JPG")
        assert [previews.make(ledger, asset, 64) for _ in (1, 2)] == [Made(None), Made(None)]
    assert (tmp_path / "asked").read_text() == "x"


def test_what_a_child_started_ends_with_it(standing, tmp_path):
    body = f"""
import subprocess
other = subprocess.Popen(["sleep", "600"])
open({str(tmp_path / "other")!r}, "w").write(str(other.pid))
say(found="here")
time.sleep(600)
"""
    command = child(tmp_path, body)
    with ledger_of(standing) as ledger, Previews(tmp_path, children=1, command=command, seconds=(5.0, 0.2)) as previews:
        assert previews.make(ledger, asset_of(ledger, "IMG_0001.JPG"), 64) == Made(None)
    with contextlib.suppress(psutil.NoSuchProcess):
        other = psutil.Process(int((tmp_path / "other").read_text()))
        assert other.status() == psutil.STATUS_ZOMBIE or other.wait(5) is None


def test_several_threads_ask_at_once(standing, tmp_path):
    with ledger_of(standing) as ledger:
        ids = {colour: asset_of(ledger, f"IMG_000{n}.JPG") for n, colour in enumerate(("red", "green", "blue"), 1)}
    found: list[tuple[str, str]] = []

    def ask(colour: str, edge: int) -> None:
        with ledger_of(standing) as own:
            found.append((colour, colour_of(preview_of(tmp_path, own, ids[colour], edge))))

    threads = [threading.Thread(target=ask, args=(colour, 64 + n)) for n in range(4) for colour in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert [pair for pair in found if pair[0] != pair[1]] == []


def with_notes() -> bytes:
    import io

    data, exif = io.BytesIO(), Image.Exif()
    exif[0x0110] = "<script>"
    Image.new("RGB", (60, 40)).save(data, "JPEG", exif=exif)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", photograph("red", (60, 40))[:-2], photograph("red", (90, 40)), with_notes(),
     photograph("red", (60, 40), "PNG"), b"\xff\xd8\xff\xd9"],
)  # fmt: skip
def test_an_answer_that_is_no_plain_picture_of_that_size_is_none(data):
    import base64
    import json

    assert decode_made(json.dumps({"made": base64.b64encode(data).decode()}).encode(), 64) is None


@pytest.mark.parametrize("line", [b"", b"[]", b"null", b'{"made": 7}', b'{"made": "\xff"}', b"[" * 5000])
def test_an_answer_that_is_no_answer_is_no_picture(line):
    assert decode_made(line, 64) is None
