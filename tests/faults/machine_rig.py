"""A Linux machine of its own (user-mode-linux, which needs no KVM) that can lose its power, with a NAS by SMB and NFS.

The command runs within it: the Python, the packages and the project are the host's, seen through hostfs. Its disks are
images, and lie at the same paths within the machine and, once it is off, on the host.
"""

import contextlib
import itertools
import os
import pickle
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from loops import attached, run
from studio import Run, Studio

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
# Processors with AMX: user-mode-linux stops at its start there, unless `wide_registers.c` stands between.
_PROCESSOR = Path("/proc/cpuinfo")
WIDE = _PROCESSOR.exists() and "amx_tile" in _PROCESSOR.read_text()
TOOLS = (
    "linux.uml",
    "modprobe",
    "ip",
    "smbd",
    "mount.cifs",
    "mount.nfs4",
    "rpc.nfsd",
    "rpcbind",
    "mkfs.ext4",
    *(["gcc"] if WIDE else []),
)


def _missing() -> str:
    """Why no such machine can be started here, "" when it can."""
    if os.geteuid() != 0:
        return "mounting what a machine left on its disks needs root"
    absent = [tool for tool in TOOLS if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    packages = "packages user-mode-linux, kmod, iproute2, samba, cifs-utils, nfs-kernel-server, rpcbind, gcc"
    return f"needs {', '.join(absent)} ({packages})" if absent else ""


needs_machine = pytest.mark.skipif(bool(_missing()), reason=_missing() or "user-mode-linux works")


@dataclass
class Machine:
    """shared: a folder that it may write to, at the same path; its console's files lie there. disks: ubda, ubdb, …"""

    shared: Path
    disks: list[Path]
    environment: dict[str, Path] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def is_on(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def boot(self) -> None:
        """Switch it on; what is asked of it before it is up is done then."""
        self._desk = Path(tempfile.mkdtemp(dir=self.shared))
        self._numbers = itertools.count()
        words = [
            *("linux.uml", "mem=768M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"),
            *("loglevel=1", "selinux=0", f"init={HERE}/machine/init.sh"),
            *("con=null", "con0=null,fd:1", f"uml_dir={self.shared}/.uml"),
            *(f"ubd{letter}={disk}" for letter, disk in zip("abcdef", self.disks, strict=False)),
            *(f"{name}={value}" for name, value in self._environment().items()),
        ]
        with (self.shared / "console").open("ab") as console:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=os.environ | self._registers()
            )

    def _registers(self) -> dict[str, str]:
        """What lets the machine run on this processor."""
        if not WIDE:
            return {}
        between = self.shared / "wide_registers.so"
        if not between.exists():
            source = HERE / "machine" / "wide_registers.c"
            run("gcc", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(between), str(source), "-ldl")
        return {"LD_PRELOAD": str(between)}

    def _environment(self) -> dict[str, str | Path]:
        ours = {"SHARED": self.shared, "DESK": self._desk, "PROJECT": REPOSITORY, "PYTHON": sys.executable}
        return {**ours, **self.environment}

    def sh(self, script: str) -> str:
        """What a script of bash prints there; it must succeed."""
        words = ["bash", "-euc", f". {HERE}/machine/nas.sh\n{script}"]
        answer = self.ask(f"import subprocess\nraise SystemExit(subprocess.run({words!r}).returncode)")
        assert answer.code == 0, answer
        return answer.out

    def ask(self, source: str, patience: float = 120) -> Run:
        """What some Python prints there, as root; the project's modules are loaded already.

        Raises:
            RuntimeError: it ended, or did not answer within so many seconds.
        """
        number = next(self._numbers)
        files = {kind: self._desk / f"{number}.{kind}" for kind in ("new", "py", "status", "out", "err")}
        files["new"].write_text(source)
        files["new"].rename(files["py"])
        deadline = time.monotonic() + patience
        while not files["status"].exists():
            if not self.is_on or time.monotonic() > deadline:
                raise RuntimeError("no answer: " + (self.shared / "console").read_text(errors="replace")[-1000:])
            time.sleep(0.02)
        return Run(int(files["status"].read_text()), files["out"].read_text(), files["err"].read_text())

    def cut_power(self) -> None:
        """Everything that no flush brought to a disk is lost.

        All are frozen, then killed from the last child up: a process of the machine whose tracer dies before it would
        go on as a process of the host, with the host's files.
        """
        assert self._process is not None
        top = psutil.Process(self._process.pid)
        everybody = [top, *top.children(recursive=True)]
        for number, order in ((signal.SIGSTOP, everybody), (signal.SIGKILL, everybody[::-1])):
            for each in order:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.send_signal(number)
        self._process.wait()


class NasStudio(Studio):
    """A studio within the machine, with a NAS of a server of its own. server: where that one has its disk.

    ssd and home lie on one disk, the card on another. What a test prepares on the card goes there with `begin`.
    """

    machine: Machine

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.server, self.disk = base / "server", base / "disk"
        for folder in (self.server, self.disk / "ssd", self.disk / "home"):
            folder.mkdir(parents=True)
        self.configure(ssd=self.disk / "ssd", home=self.disk / "home", devices=2)
        self._images = {self.disk: base / "disk.img", self.server: base / "server.img", self.card: base / "card.img"}
        self.machine = Machine(base, list(self._images.values()), {"NAS": self.nas, "SERVER": self.server})
        self.share = "smb"

    def begin(self, mount: str, extra: str = "") -> None:
        """A station that knows nothing yet, and a NAS that holds nothing; by `mount`, as in nas.sh. extra: settings."""
        self.configure(extra=extra)
        self.share = "nfs" if "nfs" in mount else "smb"
        if not self.machine.is_on:
            for folder, image in self._images.items():
                with image.open("wb") as file:
                    file.truncate(64 << 20)
                run("mkfs.ext4", "-q", "-F", "-m", "0", "-d", folder, image)
            self.switch_on(mount)
            return
        settings = shlex.quote((self.home / "config.toml").read_text(encoding="utf-8"))
        self.machine.sh(
            f"umount -f -l $NAS || true; rm -rf {self.ssd}/{{*,.safelight}} {self.home}/* $SERVER/*/{{*,.safelight}}\n"
            f"printf %s {settings} > {self.home}/config.toml; {mount}"
        )

    def switch_on(self, mount: str) -> None:
        """With its disks as they are."""
        self.machine.boot()
        self.machine.sh(f"mount /dev/ubda {self.disk}; mount -o ro /dev/ubdc {self.card}; start_servers; {mount}")

    def run(self, *words: str | bytes | Path, sabotage: str = "") -> Run:
        """The command within the machine. sabotage: Python that is run before it, in the same process."""
        command = ["safelight", *(os.fsdecode(word) for word in words)]
        answer = self.machine.ask(
            f"import os, sys\nos.environ['SAFELIGHT_HOME'] = {str(self.home)!r}\n{sabotage}\n"
            f"sys.argv = {command!r}\nfrom ingest.cli.main import run\nrun()\n"
        )
        answer.check(is_json="--json" in words)
        return answer

    def ingest(self, *words: str | Path, sabotage: str = "") -> Run:
        return self.run("ingest", self.card, "--json", *words, sabotage=sabotage)

    def look(self, function: str, *words: object) -> object:
        """What a function of `nothing_false`, or of the studio, finds there now; the NAS is what its server holds."""
        places = {"ssd": self.ssd, "nas": self.server / self.share, "card": self.card, "home": self.home}
        question, answer = self.base / "question", self.base / "answer"
        question.write_bytes(pickle.dumps((places, function, words)))
        done = self.machine.ask(_LOOK.format(paths=[str(HERE), str(HERE.parent)], question=question, answer=answer))
        assert done.code == 0, done.err
        return pickle.loads(answer.read_bytes())

    def is_safe_and_there(self, answer: Run, pictures: Mapping[str, bytes]) -> None:
        """SAFE, each copy by the strongest method there is, each photograph once at both places, no litter."""
        self.is_safe(answer)
        self.look("nothing_is_false", pictures)
        assert self.look("holds_everything")
        assert self.look("leftovers") == []

    @staticmethod
    def is_safe(answer: Run) -> None:
        """SAFE, and the NAS proves no more than that it returns what it was given."""
        assert (answer.code, answer.level) == (0, "safe"), answer.out + answer.err
        methods = {place["name"]: set(place["methods"]) for place in answer.last["destinations"]}
        assert methods == {"ssd": {"direct"}, "nas": {"served"}}

    @contextlib.contextmanager
    def looked_into(self) -> Iterator[None]:
        """Once the power is gone: its disks on the host; the NAS is what its server holds."""
        nas = self.nas
        with contextlib.ExitStack() as stack:
            for folder, image in self._images.items():
                device = stack.enter_context(attached(image))
                run("mount", device, folder)
                stack.callback(run, "umount", folder)
            self.nas = self.server / self.share
            try:
                yield
            finally:
                self.nas = nas


_LOOK = """
import pickle, sys
sys.path[:0] = {paths!r}
import nothing_false
from studio import Studio
places, function, words = pickle.loads(open('{question}', "rb").read())
studio = object.__new__(Studio)
vars(studio).update(places)
ask = getattr(nothing_false, function, None)
found = ask(studio, *words) if ask else getattr(studio, function)(*words)
with open('{answer}', "wb") as file:
    file.write(pickle.dumps(found))
"""
