"""What the tests of faults share: a studio one of whose places fails when it is told to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from machine_rig import NasStudio
from nothing_false import photographs
from rigs import FaultyDisk, FaultyFileSystem, faulty_disk, faulty_file_system
from studio import Studio

from ingest.disk import fs_rules


class NoParsers:
    """Stands for the children that open pictures; what they say changes no verdict, and starting them takes long."""

    def __enter__(self) -> "NoParsers":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def healths(self, files: list[object]) -> Iterator[tuple[object, ...]]:
        return (() for _ in files)


@pytest.fixture(autouse=True)
def no_parsers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "parsers" not in request.fixturenames:
        monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
        monkeypatch.setattr("ingest.session.pictures.ParserPool", NoParsers)


@pytest.fixture
def parsers() -> None:
    """Ask for it where the pictures must really be looked into."""


@pytest.fixture
def sabotage() -> Iterator[pytest.MonkeyPatch]:
    """Patches of a test's own, so that `sabotage.undo()` repairs what it broke and nothing else."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


@pytest.fixture
def without_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flushes of the manifests would make the names beside them durable by the way."""
    monkeypatch.setattr("ingest.session.ending.write_manifests", lambda _session: None)


@pytest.fixture
def like_a_nas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The faulty file system counts as a NAS by NFS: FUSE proves nothing, so no fault could cost a SAFE."""
    monkeypatch.setitem(fs_rules._RULES, "fuse.faulty", fs_rules._NFS)


@pytest.fixture
def ledger_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on FUSE, where it refuses to lie, so that it loses its power with the rest."""
    for module in ("db", "soundness"):
        monkeypatch.setattr(f"ingest.ledger.{module}.refuse_network", lambda _path: None)


@pytest.fixture
def options() -> tuple[str, ...]:
    """Of FUSE, for the faulty NAS; a test may give others by its parameters."""
    return ()


@pytest.fixture
def faulty_nas(
    tmp_path: Path, studio: Studio, like_a_nas: None, options: tuple[str, ...]
) -> Iterator[FaultyFileSystem]:
    """The NAS of the studio is a file system whose calls fail as they are told to."""
    with faulty_file_system(tmp_path / "faulty-nas", *options) as rig:
        studio.configure(nas=rig.mnt)
        yield rig


@pytest.fixture
def faulty_card(tmp_path: Path, studio: Studio, like_a_nas: None) -> Iterator[FaultyFileSystem]:
    """The card of the studio is such a file system; empty yet."""
    with faulty_file_system(tmp_path / "faulty-card") as rig:
        studio.configure(card=rig.mnt)
        yield rig


@pytest.fixture
def bad_disk(tmp_path: Path, studio: Studio) -> Iterator[FaultyDisk]:
    """The NAS of the studio is ext4 on a disk that fails as it is told to."""
    with faulty_disk(tmp_path / "bad-disk") as rig:
        studio.configure(nas=rig.mnt)
        yield rig


@pytest.fixture
def bad_card(tmp_path: Path, studio: Studio) -> Iterator[FaultyDisk]:
    """The card of the studio is ext4 on a medium that fails as it is told to; empty yet."""
    with faulty_disk(tmp_path / "bad-card") as rig:
        studio.configure(card=rig.mnt)
        yield rig


@pytest.fixture(scope="session")
def nas_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NasStudio]:
    """One machine with a NAS for all who ask: to boot takes as long as a session. Each begins it anew."""
    rig = NasStudio(tmp_path_factory.mktemp("machine"))
    yield rig
    if rig.machine.is_on:
        rig.machine.cut_power()


@pytest.fixture(scope="session")
def on_its_card(nas_studio: NasStudio) -> dict[str, bytes]:
    """The photographs of that studio, the same for all."""
    return photographs(nas_studio)
