"""A NAS by SSHFS: a server of its own on a high port, that can be killed and come back."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from loops import run

SSHD = "/usr/sbin/sshd"  # it insists on being started by its whole path


def _missing() -> str:
    """Why there can be no such NAS here, "" when there can."""
    if os.geteuid() != 0:
        return "a server that lets root in needs root"
    if not os.path.exists("/dev/fuse"):
        return "needs /dev/fuse"
    absent = [tool for tool in (SSHD, "ssh-keygen", "sshfs") if not shutil.which(tool)]
    return f"needs {', '.join(absent)} (packages sshfs, openssh-server)" if absent else ""


needs_sshfs = pytest.mark.skipif(bool(_missing()), reason=_missing() or "SSHFS works")


@dataclass
class SshNas:
    """mnt: where it is mounted. held: what the server holds. port: where it listens, on this computer alone."""

    mnt: Path
    held: Path
    folder: Path
    port: int
    _server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """The server; it takes the client's key and its own from the folder, and nothing of this computer's."""
        if self._server:
            self._server.wait()  # another process may have killed it
        os.makedirs("/run/sshd", exist_ok=True)  # where it locks itself in, and does not make itself
        words = ("PidFile=none", "UsePAM=no", "StrictModes=no", "PermitRootLogin=yes", "Subsystem=sftp internal-sftp")
        options = (*words, f"ListenAddress=127.0.0.1:{self.port}", f"AuthorizedKeysFile={self.folder}/key.pub")
        given = [word for option in options for word in ("-o", option)]
        with (self.folder / "sshd.log").open("ab") as log:
            self._server = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", "/dev/null", "-h", self.folder / "host", *given], stderr=log
            )
        deadline = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            assert time.monotonic() < deadline, (self.folder / "sshd.log").read_text()
            time.sleep(0.05)

    def mount(self) -> None:
        """By its client, which does not come back by itself."""
        known = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", f"IdentityFile={self.folder}/key")
        given = [word for option in known for word in ("-o", option)]
        run("sshfs", "-F", "/dev/null", "-p", str(self.port), *given, f"root@127.0.0.1:{self.held}", self.mnt)

    def kill(self) -> None:
        """The server and whoever serves a connection, at once."""
        assert self._server is not None
        top = psutil.Process(self._server.pid)
        for process in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)

    def unmount(self) -> None:
        """The path is an ordinary, empty folder again."""
        subprocess.run(["umount", "-l", self.mnt], capture_output=True, check=False)

    def close(self) -> None:
        """Nothing is left of it."""
        self.unmount()
        if self._server and self._server.poll() is None:
            self.kill()
            self._server.wait()


@contextlib.contextmanager
def ssh_nas(folder: Path) -> Iterator[SshNas]:
    """Mounted below `folder`, and empty."""
    mnt, held = folder / "mnt", folder / "held"
    for path in (mnt, held):
        path.mkdir(parents=True)
    for key in ("key", "host"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nas = SshNas(mnt, held, folder, port)
    try:
        nas.start()
        nas.mount()
        yield nas
    finally:
        nas.close()
