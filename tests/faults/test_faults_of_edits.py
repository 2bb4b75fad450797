"""A sync is killed, or refused, at system calls of every kind: no version is lost, and the same command goes on."""

import errno
import hashlib
import os
import random
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from studio import Run, Studio
from syscalls import BARRIERS, CHANGES, OPENS, Call, Warden, can_hold_calls

pytestmark = pytest.mark.skipif(not can_hold_calls(), reason="needs Linux on x86_64 with seccomp's user notification")
LATER = 1_795_000_000_000_000_000
NOTHING_BROKEN = 10**9


class Edited:
    """A shoot beside which two files are edited again and again. seen: name -> every content that it had."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.seen: dict[str, set[bytes]] = {"IMG_0001.xmp": set(), "IMG_0001.cos": set()}
        self._round = 0
        studio.shoot(2)
        assert studio.ingest("--shoot", "Meyer").level == "safe"

    def folder(self, place: Path) -> Path:
        return self.studio.copy_of(place, "IMG_0001.JPG").parent

    def edit(self) -> None:
        """One file gets other bytes each time, the other one now and then."""
        self._round += 1
        for name in self.seen if self._round % 3 else ("IMG_0001.xmp",):
            path = self.folder(self.studio.ssd) / name
            data = b"%b %d " % (name.encode(), self._round) * 50
            path.write_bytes(data)
            os.utime(path, ns=(LATER + self._round, LATER + self._round))
            self.seen[name].add(data)

    def sync(self, number: int = NOTHING_BROKEN, decision: int = Warden.END) -> tuple[Run, list[Call]]:
        """A sync broken at that call of those that change or flush something; and those that it made."""
        made: list[Call] = []

        def decide(call: Call) -> int | None:
            is_ours = call.path.startswith(str(self.studio.base)) and "/answer." not in call.path
            if not is_ours or not (call.changes or call.name in BARRIERS):
                return None
            made.append(call)
            return decision if len(made) == number else None

        warden = Warden(decide, CHANGES | OPENS | BARRIERS)
        run = self.studio.run_apart(warden.hold, "sync", "--json")
        warden.wait()
        return run, made

    def points(self, made: list[Call]) -> list[int]:
        """The one in the middle of those that do the same at the same place.

        Every third of these, from a random one on; with SAFELIGHT_EACH=1 all of them.
        """
        kinds: dict[str, list[int]] = {}
        for number, call in enumerate(made, 1):
            place = re.sub(r"r\d+-\w{32}-\w+-\w+|\d{8}T\d{6}Z", "*", os.path.relpath(call.path, self.studio.base))
            kinds.setdefault(f"{call.name} {place}", []).append(number)
        step = 1 if os.environ.get("SAFELIGHT_EACH") else 3
        return sorted(numbers[len(numbers) // 2] for numbers in kinds.values())[random.randrange(step) :: step]

    def at_nas(self, name: str) -> set[bytes]:
        plain = self.folder(self.studio.nas) / name
        return {plain.read_bytes()} if plain.exists() else set()

    def tells_no_lie(self) -> None:
        """Under a plain name stands a whole version or nothing."""
        for name, contents in self.seen.items():
            assert self.at_nas(name) <= contents, name

    def has_everything(self) -> None:
        """The newest under its plain name, each older one aside; the ledger says what is there, and nothing else."""
        aside = {path.read_bytes() for path in (self.studio.nas / ".safelight/versions").rglob("*") if path.is_file()}
        for name, contents in self.seen.items():
            assert self.at_nas(name) == {(self.folder(self.studio.ssd) / name).read_bytes()}
            assert contents <= aside | self.at_nas(name)
        assert self.studio.leftovers() == []
        rows = self.studio.ask(
            "SELECT c.path, c.state, a.sha1 FROM copy c JOIN asset a ON a.id = c.asset_id"
            " JOIN destination d ON d.id = c.destination_id WHERE d.name = 'nas' AND c.state <> 'lost'"
        )
        for path, state, sha1 in rows:
            data = Path(os.fsdecode(os.fsencode(self.studio.nas) + b"/" + path)).read_bytes()
            assert (state, hashlib.sha1(data).digest()) == ("proven", sha1), path
        proven = "SELECT 1 FROM copy c WHERE c.asset_id = v.asset_id AND c.state = 'proven'"
        assert self.studio.ask(f"SELECT count(*) FROM version v WHERE NOT EXISTS ({proven})") == [(0,)]


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[Edited]:
    """With a first version of each file at the NAS."""
    made = Edited(Studio(tmp_path / "studio"))
    made.edit()
    assert made.sync()[0].code == 0
    made.has_everything()
    yield made
    shutil.rmtree(made.studio.base)


def broken_at_each_kind(edited: Edited, decision: int) -> int:
    edited.edit()
    run, made = edited.sync()
    assert run.code == 0
    count = 0
    for number in edited.points(made):
        edited.edit()
        run, calls = edited.sync(number, decision)
        call = calls[number - 1] if number <= len(calls) else None
        if call and decision == Warden.END:
            assert run.code == -signal.SIGKILL
        edited.tells_no_lie()
        again = edited.studio.run("sync", "--json")
        assert again.code == 0, (number, call, again.out[-900:])
        edited.has_everything()
        count += 1
    return count


def test_a_sync_that_is_killed_before_any_kind_of_call_loses_no_version_and_goes_on(edited):
    """F114. Also between the older version that is set aside and the newer one that takes its name."""
    assert broken_at_each_kind(edited, Warden.END) > 8


def test_whichever_call_of_a_sync_fails_no_version_is_lost_and_the_next_one_mends_it(edited):
    """F115. What has which name after a refused flush is looked for, not believed."""
    assert broken_at_each_kind(edited, errno.EIO) > 8
