"""Makes docs/pictures/*-{light,dark}.png from the page as it is: `python tests/web/page_pictures.py --write`, as root.

Two disks and a card are images that are mounted; the commands and the page are the real ones; the bucket is a loopback.
"""

import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "web"), str(TESTS.parent)]

from browser import Chromium  # noqa: E402
from live_page import Dashboard, Tab, come_in, until  # noqa: E402
from PIL import Image  # noqa: E402
from scenery import photograph  # noqa: E402
from studio import BUCKET, Studio, cloud_at  # noqa: E402

from ingest.cloud.loopback import LoopbackB2  # noqa: E402

PICTURES = TESTS.parent / "docs" / "pictures"
MEDIA = Path("/media/anna")
NAMES = ("now-copying", "safe", "not-yet", "do-not-format", "cards", "shoots", "shoot", "health")
_WIDE, _HIGH, _LARGEST = 1000, 860, 60_000  # pixels, pixels, bytes
END = "Math.max(...Array.from(document.querySelectorAll('main > *'), (each) => each.getBoundingClientRect().bottom))"
_EVENING = 1_763_143_200_000_000_000  # 2025-11-14 18:00 UTC, in ns


@contextlib.contextmanager
def plugged_in(folder, label, size_mb):
    """A disk of its own at /media/anna/LABEL."""
    image, mount = folder / f"{label}.img", MEDIA / label
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-L", label, image], check=True)
    mount.mkdir(parents=True)
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", mount], check=False)
        mount.rmdir()
        with contextlib.suppress(OSError):
            MEDIA.rmdir()


class Evening:
    """One evening of a photographer, and what the page shows meanwhile."""

    def __init__(self, folder, ssd, nas, url):
        self.studio = Studio(folder, devices=2)
        self.ssd, self.nas = ssd, nas
        self.extra = cloud_at(url)
        self.configure()

    def configure(self, limit=""):
        line = f'limit = "{limit}"\n' if limit else ""
        self.studio.nas = self.nas
        self.studio.configure(ssd=self.ssd, extra=line + self.extra)

    def take(self, card, first, count, least=0):
        """Photographs on a card, one every 40 seconds."""
        self.studio.card = card
        for number in range(first, first + count):
            data = photograph(number, (480, 320), least)
            self.studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", data, _EVENING + number * 40_000_000_000)

    def run(self, *words):
        process = self.studio.start(*words)
        out, err = process.communicate()
        return process.returncode, out + err


def story(context, evening, card, shots):
    """The three moments, then the pages of the house."""
    served = Dashboard(evening.studio, card)
    try:
        come_in(context, served)
        tab = Tab(context, served)
        evening.take(card, 1, 48, least=400_000)
        evening.configure(limit="2 MB/s")
        process = evening.studio.start("ingest", card, "--shoot", "Meyer wedding", "--json")
        tab.says("EOSR5_A", "48 files to copy")
        until(lambda: "MB/s" in tab.text and ("5" in tab.panel("EOSR5_A").locator(".verdict").inner_text()), lambda: "")
        shots("now-copying", tab)
        process.communicate()
        evening.configure()
        tab.says("EOSR5_A", "SAFE TO FORMAT")
        time.sleep(3)  # the small pictures are made meanwhile
        shots("safe", tab)
        evening.take(card, 49, 2)
        tab.says("EOSR5_A", "NOT YET", "2 files not copied yet")
        shots("not-yet", tab)
        evening.run("ingest", str(card), "--shoot", "Meyer wedding", "--json")
        evening.run("cloud", "run")
        for name, path in (("cards", "/cards"), ("shoots", "/shoots"), ("shoot", "/shoots/2"), ("health", "/health")):
            tab.go(path)
            tab.page.wait_for_load_state("networkidle") if name == "shoot" else time.sleep(2)
            shots(name, tab)
        spoil(evening.studio.copy_of(evening.nas, "IMG_0023.JPG"))
        evening.run("verify", "Meyer wedding")
        tab.go("/")
        evening.run("check", str(card))
        tab.says("EOSR5_A", "DO NOT FORMAT")
        shots("do-not-format", tab)
    finally:
        served.stop()


def spoil(copy):
    """One bit, as a disk that forgets."""
    before, data = copy.stat(), bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.chmod(0o644)
    copy.write_bytes(data)
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))


def shooter(folder):
    """Keeps what a tab shows, in light and in dark, small."""

    def shoot(name, tab):
        for theme in ("light", "dark"):
            tab.page.emulate_media(color_scheme=theme)
            tab.page.wait_for_timeout(150)
            height = min(_HIGH, tab.page.evaluate(END) + 24)
            data = tab.page.screenshot(clip={"x": 0, "y": 0, "width": _WIDE, "height": height}, full_page=True)
            (folder / f"{name}-{theme}.png").write_bytes(small(data))

    return shoot


def small(data):
    """The same picture in as many colours as its file may have."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    for colours in (192, 128, 96, 64, 48):
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < _LARGEST:
            break
    return out.getvalue()


def make(folder):
    """All pictures, into this folder."""
    with contextlib.ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ssd, nas = (stack.enter_context(plugged_in(base, label, 160)) for label in ("PHOTOS", "NAS"))
        server = stack.enter_context(LoopbackB2(BUCKET))
        keys = {"B2_APPLICATION_KEY_ID": server.key_id, "B2_APPLICATION_KEY": server.key, "NO_PROXY": "127.0.0.1"}
        os.environ.update(keys | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})
        evening = Evening(base / "anna", ssd, nas, server.url)
        with plugged_in(base, "EOSR5_B", 64) as card:
            evening.take(card, 501, 30)
            print(evening.run("ingest", str(card), "--shoot", "Northern hills", "--json")[1][-300:])
            evening.run("cloud", "run")
        card = stack.enter_context(plugged_in(base, "EOSR5_A", 64))
        browser = Chromium()
        stack.callback(browser.close)
        options = {"viewport": {"width": _WIDE, "height": 1000}}
        browser.run(story, evening, card, shooter(folder), **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="replace the pictures in docs/")
    parser.add_argument("--into", type=Path, help="write them into this folder")
    asked = parser.parse_args()
    folder = asked.into or (PICTURES if asked.write else Path(tempfile.mkdtemp(prefix="pictures-")))
    folder.mkdir(parents=True, exist_ok=True)
    make(folder)
    for name in NAMES:
        for theme in ("light", "dark"):
            print(folder / f"{name}-{theme}.png", (folder / f"{name}-{theme}.png").stat().st_size)


if __name__ == "__main__":
    main()
