"""A real card that is mounted, changed and pulled out, as the child that looks at readers sees it."""

import asyncio
import os

import pytest
from loops import loop_disk, needs_loops

from ingest.card.fingerprint import fingerprint
from ingest.card.scan import scan
from ingest.disk.volumes import list_volumes
from ingest.web.look_child import look
from ingest.web.looker import Looker


@pytest.fixture
def image(tmp_path):
    with loop_disk(tmp_path, 16, label="EOSR5_A") as card:
        (card.mnt / "DCIM" / "100CANON").mkdir(parents=True)
        put(card, "IMG_0001.JPG")
        yield card


def put(image, name):
    (image.mnt / "DCIM" / "100CANON" / name).write_bytes(b"picture " * 100)


def seen(image, destinations=(), roots=()):
    """What is seen of this card, among all that may be mounted here: None or its facts."""
    found = [card for card in look(list_volumes(), destinations, roots) if card["root"] == str(image.mnt)]
    assert len(found) <= 1, "a card that is mounted and named is one card"
    return found[0] if found else None


@pytest.mark.root
@needs_loops
def test_a_card_is_seen_while_it_is_mounted_with_the_fingerprint_that_a_verdict_has(image):
    card = seen(image, roots=[str(image.mnt)])
    assert (card["label"], card["files"], card["bytes"], card["problem"]) == ("EOSR5_A", 1, 800, "")
    assert card["fingerprint"] == fingerprint(scan(os.fsencode(image.mnt))).hex()
    put(image, "IMG_0002.JPG")
    changed = seen(image)
    assert changed["fingerprint"] != card["fingerprint"]
    image.unmount()
    assert seen(image) is None
    image.mount()
    assert seen(image)["fingerprint"] == changed["fingerprint"]


@pytest.mark.root
@needs_loops
def test_a_destination_that_holds_a_dcim_folder_is_no_card(image):
    assert seen(image, destinations=[str(image.mnt / "photos")]) is None


def test_a_folder_that_a_session_took_for_a_card_is_looked_at_as_long_as_it_is_there(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9 \xff")
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"x")
    [card] = look([], ["/"], [str(folder), str(folder), str(tmp_path / "gone")])
    assert (card["root"], card["files"], card["problem"]) == (str(folder), 1, "")
    assert "\\xff" in card["shown"]


def test_a_folder_that_may_not_be_read_is_told_and_never_called_unchanged(tmp_path, monkeypatch):
    def shut(_root):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ingest.web.look_child.scan", shut)
    [card] = look([], ["/"], [str(tmp_path)])
    assert card["fingerprint"] == ""
    assert "Permission denied" in card["problem"]


def test_after_a_sleep_every_card_counts_as_plugged_in_anew(tmp_path):
    """Whoever closes the lid may swap cards: the answer from before is asked for again."""
    (tmp_path / "a.jpg").write_bytes(b"x")
    now = [1000.0]
    looker = Looker(lambda: now[0], lambda: ["/"], lambda: [str(tmp_path)], lambda _: None)
    looker.every = 0.05
    came = []

    async def looks():
        running = asyncio.create_task(looker.run())
        for hours in (0, 8):
            now[0] += hours * 3600
            before = looker.looked_at
            while looker.looked_at == before or not looker.seen:
                await asyncio.sleep(0.01)
            came.append(looker.seen[0].came)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(looks())
    assert came == [1000.0, now[0]]
