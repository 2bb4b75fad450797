"""What a card is plugged into, from a sysfs as the kernel lays it out; nothing known is no error."""

import os
from dataclasses import replace

import pytest

from ingest.disk.readers import reader_of
from ingest.model.places import Volume

CARD = Volume(b"/media/EOS", "exfat", "/dev/sdb1", os.makedev(8, 17), "9C33-6BBD", "EOS", frozenset(), 1, 1, False)


@pytest.fixture
def sysfs(tmp_path):
    """Lays out a disk with one partition at 8:17; takes its attributes and those of what it is a part of."""

    def arrange(disk, above=None, levels=3):
        usb = tmp_path / "devices/usb1/1-2"
        device = usb.joinpath(*(f"level{n}" for n in range(levels)))
        block = device / "block/sdb"
        (block / "sdb1").mkdir(parents=True)
        (block / "sdb1/partition").write_text("1\n")
        (block / "device").symlink_to(device)
        (tmp_path / "dev/block").mkdir(parents=True)
        (tmp_path / "dev/block/8:17").symlink_to(block / "sdb1")
        for folder, attributes in ((device, disk), (usb, above or {})):
            for name, text in attributes.items():
                (folder / name).write_bytes(text)
        return str(tmp_path)

    return arrange


def test_a_usb_reader_is_called_as_its_plug_says_and_not_as_its_slot_does(sysfs):
    usb = {"idVendor": b"05e3\n", "manufacturer": b"Generic\n", "product": b"USB3.0 CRW\n", "serial": b"1532\n"}
    root = sysfs({"vendor": b"Generic-\n", "model": b"SD/MMC          \n"}, usb)
    assert reader_of(CARD, root) == "Generic USB3.0 CRW, serial 1532 (/dev/sdb1)"


def test_a_reader_without_usb_is_called_by_its_disk(sysfs):
    assert reader_of(CARD, sysfs({"vendor": b"SONY\n", "model": b"MRW-G1\n"})) == "SONY MRW-G1 (/dev/sdb1)"


def test_the_maker_is_not_said_twice_and_a_serial_of_zeros_is_none(sysfs):
    usb = {"idVendor": b"0\n", "manufacturer": b"SanDisk\n", "product": b"SanDisk Pro\n", "serial": b"000000\n"}
    assert reader_of(CARD, sysfs({}, usb)) == "SanDisk Pro (/dev/sdb1)"


def test_a_card_in_a_built_in_slot_is_called_by_itself(sysfs):
    assert reader_of(CARD, sysfs({"name": b"SD64G\n"})) == "SD64G (/dev/sdb1)"


def test_where_nothing_is_known_the_device_is_named_and_without_one_the_mount(sysfs, tmp_path):
    assert reader_of(CARD, sysfs({})) == "/dev/sdb1"
    assert reader_of(CARD, str(tmp_path / "nothing")) == "/dev/sdb1"
    assert reader_of(replace(CARD, source="overlay", st_dev=os.makedev(0, 40)), str(tmp_path)) == "/media/EOS"


def test_a_device_that_names_itself_with_control_characters_is_shown_harmless_and_short(sysfs):
    name = reader_of(CARD, sysfs({"model": b"CRW\x1b[2J\xff" + b"x" * 5000}))
    assert name.isprintable()
    assert len(name) < 100


def test_no_folder_is_climbed_for_ever(sysfs):
    usb = {"idVendor": b"1\n", "product": b"too far\n"}
    assert reader_of(CARD, sysfs({"model": b"disk\n"}, usb, levels=30)) == "disk (/dev/sdb1)"
