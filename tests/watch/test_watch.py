import itertools
import os
import shutil
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from ingest.disk.volumes import list_volumes, volume_of
from ingest.watch import new_cards


def card_volume(folder, number=1, **changes):
    (folder / "DCIM" / "100CANON").mkdir(parents=True, exist_ok=True)
    (folder / "DCIM" / "100CANON" / "IMG_0001.JPG").write_bytes(b"x")
    return replace(volume_of(os.fsencode(folder)), mount=os.fsencode(folder), st_dev=number, **changes)


def watch(tables):
    """Run the watch over one table of mounts after the other; gives the mounts it reported."""
    steps = iter(tables)
    ended = []

    def list_now():
        try:
            return next(steps)
        except StopIteration:
            ended.append(True)
            return []

    return [volume.mount for volume in new_cards(lambda: bool(ended), list_now=list_now, every=0.01)]


def test_a_card_is_reported_once_until_it_is_taken_out_and_put_in_again(tmp_path):
    card = card_volume(tmp_path / "a")
    assert watch([[card], [card], [card]]) == [card.mount]
    assert watch([[card], [], [card]]) == [card.mount, card.mount]


def test_several_cards_are_each_reported(tmp_path):
    cards = [card_volume(tmp_path / name, number) for number, name in enumerate("ab")]
    assert watch([cards]) == [card.mount for card in cards]


def test_volumes_without_camera_media_network_mounts_and_the_system_disk_are_no_cards(tmp_path):
    (tmp_path / "plain" / "Documents").mkdir(parents=True)
    plain = replace(volume_of(os.fsencode(tmp_path)), mount=os.fsencode(tmp_path / "plain"))
    network = card_volume(tmp_path / "net", fs_type="nfs4")
    system = replace(card_volume(tmp_path / "sys"), mount=b"/")
    gone = replace(plain, mount=os.fsencode(tmp_path / "gone"))
    assert watch([[plain, network, system, gone]]) == []


@pytest.mark.root
def test_a_card_is_noticed_when_it_is_mounted_without_waiting_for_the_next_look(tmp_path, loop_card):
    found, stop = [], threading.Event()

    def go():
        for volume in new_cards(stop.is_set, every=60.0):
            found.append(volume.mount)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    time.sleep(0.3)
    loop_card.mount()
    for _ in range(100):
        if os.fsencode(loop_card.mnt) in found:
            break
        time.sleep(0.05)
    stop.set()
    loop_card.unmount()
    thread.join(5)
    assert os.fsencode(loop_card.mnt) in found


class LoopCard:
    """A card image that can be mounted and taken out."""

    def __init__(self, base):
        self.image, self.mnt = base / "card.img", base / "card"
        self.mnt.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "EOS", str(self.image)], check=True)
        self.mount()
        (self.mnt / "DCIM" / "100CANON").mkdir(parents=True)
        self.unmount()

    def mount(self):
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.mnt)], check=True)

    def unmount(self):
        subprocess.run(["umount", str(self.mnt)], check=True)


@pytest.fixture
def loop_card(tmp_path):
    if os.geteuid() or not all(shutil.which(name) for name in ("mkfs.ext4", "mount", "losetup")):
        pytest.skip("needs root, e2fsprogs and mount: a card image is mounted")
    card = LoopCard(tmp_path)
    yield card
    subprocess.run(["umount", "-q", "-l", str(card.mnt)], check=False)


def test_the_table_of_mounts_can_be_read_here():
    assert any(volume.mount == b"/" for volume in itertools.islice(list_volumes(), 100))
