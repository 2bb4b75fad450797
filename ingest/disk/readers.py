"""What a card is plugged into, for people: the name of its reader, as the kernel knows it.

Source: the kernel's ABI documents sysfs-block, sysfs-bus-usb and sysfs-bus-mmc. Nothing is asked of the medium.
"""

import contextlib
import os
from collections.abc import Mapping

from ingest.model.names import display, display_text
from ingest.model.places import Volume

_LONGEST = 64  # characters of one name; a device may say anything
_HIGHEST = 16  # folders between a disk and the USB device that it is part of


def reader_of(volume: Volume, sys_root: str = "/sys") -> str:
    """`Generic USB3.0 CRW, serial 1532 (/dev/sdb1)`; the device alone where nothing more is known. Never raises."""
    where = volume.source if volume.source.startswith("/dev/") else display(volume.mount)
    name = _name(_facts(volume.st_dev, os.fsencode(sys_root)))
    return f"{name} ({where})" if name else where


def _name(facts: Mapping[str, str]) -> str:
    """What a device calls itself, in one line. facts: the sysfs attributes of a disk and of its USB device."""
    told = {key: " ".join(display_text(text[:_LONGEST]).split()) for key, text in facts.items()}
    maker = told.get("manufacturer") or told.get("vendor", "")
    model = told.get("product") or told.get("model") or told.get("name", "")
    if maker and model.casefold().startswith(maker.casefold()):
        maker = ""
    name = " ".join(filter(None, (maker, model)))
    serial = told.get("serial", "")
    return f"{name}, serial {serial}" if name and serial.strip("0 ") else name


def _facts(number: int, sys_root: bytes) -> dict[str, str]:
    """USB names win: a card reader calls each of its slots a disk `Generic- SD/MMC`."""
    if not os.major(number):
        return {}
    disk = os.path.realpath(sys_root + b"/dev/block/%d:%d" % (os.major(number), os.minor(number)))
    if os.path.exists(disk + b"/partition"):
        disk = os.path.dirname(disk)
    device = os.path.realpath(disk + b"/device")
    facts = {key: _attribute(device, key) for key in ("vendor", "model", "name")}
    folder = device
    for _ in range(_HIGHEST):
        if os.path.exists(folder + b"/idVendor"):
            facts |= {key: _attribute(folder, key) for key in ("manufacturer", "product", "serial")}
            break
        folder = os.path.dirname(folder)
    return {key: text for key, text in facts.items() if text}


def _attribute(folder: bytes, name: str) -> str:
    with contextlib.suppress(OSError), open(folder + b"/" + name.encode(), "rb") as file:
        return file.read(256).decode("utf-8", "replace").strip()
    return ""
