"""File systems in files, mounted and taken out as cards and disks are."""

import os
import shutil
import subprocess
import time

import pytest

needs_images = pytest.mark.skipif(
    bool(os.geteuid()) or not all(shutil.which(name) for name in ("mkfs.ext4", "mount", "losetup")),
    reason="needs root, e2fsprogs and mount: images are mounted",
)


class Image:
    """One that is mounted within `with`, or by hand."""

    def __init__(self, base, name, size=24 << 20):
        self.image, self.mnt = base / f"{name}.img", base / name
        self.mnt.mkdir(exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-L", name, str(self.image)], check=True)

    def mount(self):
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.mnt)], check=True)

    def unmount(self):
        """As soon as nobody has it open: whoever looks through all mounts, other tests too, does for a moment."""
        for _ in range(100):
            said = subprocess.run(["umount", str(self.mnt)], capture_output=True, text=True, check=False)
            if said.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(said.stderr)

    def __enter__(self):
        self.mount()
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-q", "-l", str(self.mnt)], check=False)
