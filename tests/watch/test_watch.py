"""What a watcher takes for a card, and how soon it knows of one."""

import itertools
import os
import threading
import time
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from images import Image, needs_images

from ingest.disk.volumes import list_volumes, volume_of
from ingest.watch.mounts import MountWatch
from ingest.watch.sights import Eyes, Seen, sight_of, usb_port


def card_volume(folder, number=1, **changes):
    (folder / "DCIM" / "100CANON").mkdir(parents=True, exist_ok=True)
    (folder / "DCIM" / "100CANON" / "IMG_0001.JPG").write_bytes(b"x")
    return replace(volume_of(os.fsencode(folder)), mount=os.fsencode(folder), st_dev=number, **changes)


def look(volumes, roots):
    """One look, by eyes of its own."""
    eyes = Eyes()
    try:
        return eyes.look(volumes, roots, 0.0)
    finally:
        eyes.close()


def mounts(found):
    return [sight.mount for sight in found.cards]


def test_several_cards_are_each_seen_in_the_order_of_their_mounts(tmp_path):
    cards = [card_volume(tmp_path / name, number) for number, name in enumerate("ba")]
    assert mounts(look(cards, ())) == [card.mount for card in cards]


def test_volumes_without_camera_media_network_mounts_and_the_system_disk_are_no_cards(tmp_path):
    (tmp_path / "plain" / "Documents").mkdir(parents=True)
    plain = replace(volume_of(os.fsencode(tmp_path)), mount=os.fsencode(tmp_path / "plain"))
    network = card_volume(tmp_path / "net", fs_type="nfs4")
    system = replace(card_volume(tmp_path / "sys"), mount=b"/")
    gone = replace(plain, mount=os.fsencode(tmp_path / "gone"))
    assert look([plain, network, system, gone], ()) == Seen()


def test_a_destination_that_also_has_a_dcim_folder_is_no_card(tmp_path):
    volume = card_volume(tmp_path / "a")
    assert mounts(look([volume], [volume.mount + b"/Photos"])) == []
    assert mounts(look([volume], [volume.mount])) == []
    assert mounts(look([volume], [volume.mount + b" other"])) == [volume.mount]


@pytest.mark.parametrize(("mount", "closed"), [(b"/media/ann/EOS", ("EOS",)), (b"/Volumes/EOS", ("EOS",)), (b"/x", ())])
def test_a_card_that_may_not_be_listed_is_told_apart_from_none(tmp_path, monkeypatch, mount, closed):
    def shut(_volume):
        raise PermissionError

    monkeypatch.setattr("ingest.watch.sights.is_card", shut)
    found = look([replace(card_volume(tmp_path / "a"), mount=mount, label="EOS")], ())
    assert (found.cards, found.closed) == ((), closed)


@pytest.fixture
def hanging(monkeypatch, tmp_path):
    """What hangs: `names` of mounts; `asked`: how often each mount was asked."""

    def asked_in_the_child(volume):
        with (tmp_path / "asked").open("ab") as file:
            file.write(os.path.basename(volume.mount) + b"\n")
        if (tmp_path / f"{os.fsdecode(os.path.basename(volume.mount))} hangs").exists():
            time.sleep(60)
        return True

    def asked():
        return Counter((tmp_path / "asked").read_text().split())

    monkeypatch.setattr("ingest.watch.sights.is_card", asked_in_the_child)
    return SimpleNamespace(asked=asked, begins=lambda name: (tmp_path / f"{name} hangs").touch(),
                           ends=lambda name: (tmp_path / f"{name} hangs").unlink())  # fmt: skip


def plugged_in(name, number):
    base = volume_of(b"/")
    return replace(base, mount=f"/media/ann/{name}".encode(), st_dev=number, label=name, fs_type="exfat")


def test_a_card_that_says_nothing_is_told_the_others_are_seen_and_it_is_not_asked_again_for_a_minute(hanging):
    cards = [plugged_in("EOS_A", 1), plugged_in("EOS_B", 2)]
    hanging.begins("EOS_A")
    eyes = Eyes(patience=0.3)
    for now in (0.0, 3.0, 59.0):
        found = eyes.look(cards, (), now)
        assert (mounts(found), found.silent) == ([b"/media/ann/EOS_B"], ("EOS_A",))
    assert hanging.asked() == {"EOS_A": 1, "EOS_B": 3}
    hanging.ends("EOS_A")
    found = eyes.look(cards, (), 61.0)
    assert (mounts(found), found.silent) == ([card.mount for card in cards], ())
    eyes.close()


def test_a_silent_one_that_is_plugged_in_anew_is_asked_at_once(hanging):
    card = plugged_in("EOS_A", 1)
    hanging.begins("EOS_A")
    eyes = Eyes(patience=0.3)
    assert eyes.look([card], (), 0.0).silent == ("EOS_A",)
    eyes.look([], (), 1.0)
    hanging.ends("EOS_A")
    assert mounts(eyes.look([card], (), 2.0)) == [card.mount]
    eyes.close()


def test_a_card_that_falls_silent_is_a_card_still(hanging):
    card = plugged_in("EOS_A", 1)
    eyes = Eyes(patience=0.3)
    assert mounts(eyes.look([card], (), 0.0)) == [card.mount]
    hanging.begins("EOS_A")
    found = eyes.look([card], (), 3.0)
    assert (mounts(found), found.silent) == ([card.mount], ("EOS_A",))
    eyes.close()


def test_a_disk_of_this_computer_that_says_nothing_is_not_told_as_a_card(hanging):
    disk = replace(plugged_in("EOS_A", 1), mount=b"/srv/EOS_A")
    hanging.begins("EOS_A")
    eyes = Eyes(patience=0.3)
    assert eyes.look([disk], (), 0.0) == Seen()
    eyes.close()


@pytest.mark.parametrize(
    ("device", "port"),
    [
        ("pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb/sdb1", "2-1"),
        ("pci0000:00/0000:00:14.0/usb2/2-1/2-1.3/2-1.3:1.0/host7/target7:0:0/7:0:0:1/block/sdc", "2-1"),
        ("pci0000:00/0000:00:14.0/usb2/2-4/2-4:1.0/host8/target8:0:0/8:0:0:0/block/sdd", "2-4"),
        ("pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0/nvme0n1", ""),
        ("platform/soc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p1", ""),
    ],
)
def test_readers_on_one_hub_lead_to_one_port(tmp_path, device, port):
    place = tmp_path / "devices" / device
    place.mkdir(parents=True)
    (tmp_path / "dev" / "block").mkdir(parents=True)
    (tmp_path / "dev" / "block" / "8:17").symlink_to(place)
    assert usb_port(os.makedev(8, 17), str(tmp_path)) == port
    sight = sight_of(card_volume(tmp_path / "card", os.makedev(8, 17), devices=frozenset({"disk:x"})), str(tmp_path))
    assert sight.reader == {"disk:x", *([f"usb:{port}"] if port else [])}


@pytest.mark.root
@needs_images
def test_a_card_is_noticed_when_it_is_mounted_without_waiting_for_the_next_look(tmp_path):
    image, heard = Image(tmp_path, "card"), []
    watch = MountWatch()
    watch.wait(0.0)
    thread = threading.Thread(target=lambda: heard.append(watch.wait(60.0)), daemon=True)
    thread.start()
    time.sleep(0.2)
    with image:
        thread.join(30)
        assert heard
    watch.close()


def test_the_table_of_mounts_can_be_read_here():
    assert any(volume.mount == b"/" for volume in itertools.islice(list_volumes(), 100))
