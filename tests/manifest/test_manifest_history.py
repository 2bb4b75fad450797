"""What a history must not get away with. Each case is a way in which the reference tool, or an attacker, is lenient."""

import errno
import os
import tracemalloc
from pathlib import Path

import pytest
from foreign_manifests import DIGEST, listing, one, sealed
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_cases import CARD, chain, entries, manifests, plant, record

from ingest.errors import Exit
from ingest.manifest.errors import ManifestDamaged, ManifestUnreadable
from ingest.manifest.history import read_history
from ingest.manifest.records import History


def read(folder: Path) -> History:
    return read_history(os.fsencode(folder))


@pytest.fixture
def twice(shoot: Path) -> Path:
    """Two generations of ours."""
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    more = {b"102CANON/IMG_0002.JPG": b"new"}
    plant(shoot, more)
    record(shoot, entries(more), later=3600)
    return shoot


def test_a_folder_without_history_reads_as_an_empty_one(shoot: Path) -> None:
    assert read(shoot) == History()


def test_a_history_tells_all_files_of_all_generations(twice: Path) -> None:
    history = read(twice)
    assert [link.number for link in history.links] == [1, 2]
    assert history.files.keys() == {*CARD, b"102CANON/IMG_0002.JPG"}


def test_damage_leaves_with_the_code_of_failed_care(twice: Path) -> None:
    chain(twice).write_bytes(b"")
    with pytest.raises(ManifestDamaged) as caught:
        read(twice)
    assert caught.value.exit_code == Exit.CARE_FAILED
    assert caught.value.path.endswith("ascmhl_chain.xml")


def test_a_missing_manifest_is_damage(twice: Path) -> None:
    manifests(twice)[0].unlink()
    with pytest.raises(ManifestDamaged, match="not there"):
        read(twice)


def test_a_missing_chain_beside_several_manifests_is_damage(twice: Path) -> None:
    chain(twice).unlink()
    with pytest.raises(ManifestDamaged, match="does not list"):
        read(twice)


def test_a_chain_that_begins_at_two_is_damage(twice: Path) -> None:
    text = chain(twice).read_text()
    chain(twice).write_text(
        text.replace('sequencenr="2"', 'sequencenr="3"').replace('sequencenr="1"', 'sequencenr="2"')
    )
    with pytest.raises(ManifestDamaged, match="no generation 1"):
        read(twice)


def test_a_chain_with_a_gap_is_damage(twice: Path) -> None:
    chain(twice).write_text(chain(twice).read_text().replace('sequencenr="2"', 'sequencenr="3"'))
    with pytest.raises(ManifestDamaged, match="no generation 2"):
        read(twice)


@pytest.mark.parametrize("name", ["0001_y_2025-05-31_213000Z.mhl", "0004_y_2025-05-31_213000Z.mhl", "extra.mhl"])
def test_a_manifest_beside_the_chain_is_damage(twice: Path, name: str) -> None:
    (twice / "ascmhl" / name).write_bytes(manifests(twice)[0].read_bytes())
    with pytest.raises(ManifestDamaged, match="does not list"):
        read(twice)


def test_a_whole_next_generation_of_another_program_beside_the_chain_is_damage(twice: Path) -> None:
    (twice / "ascmhl" / "0003_y_2025-05-31_213000Z.mhl").write_bytes(listing(one()))
    with pytest.raises(ManifestDamaged, match="another program"):
        read(twice)


def test_what_systems_leave_in_the_folder_is_no_damage(twice: Path) -> None:
    for name in ("._0001_x.mhl", "README.txt", ".DS_Store", ".safelight-0123456789abcdef", "0003_x.mhl.interrupted-1"):
        (twice / "ascmhl" / name).write_bytes(b"x")
    (twice / "ascmhl" / "@eaDir").mkdir()
    assert len(read(twice).links) == 2


def test_two_manifests_exchanged_are_damage(twice: Path) -> None:
    first, second = manifests(twice)
    one_, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one_)
    with pytest.raises(ManifestDamaged, match="changed"):
        read(twice)


def test_a_name_that_claims_another_generation_is_damage(shoot: Path) -> None:
    sealed(shoot, listing(one()))
    path = manifests(shoot)[0]
    path.rename(path.with_name("0002_x.mhl"))
    chain(shoot).write_bytes(chain(shoot).read_bytes().replace(path.name.encode(), b"0002_x.mhl"))
    with pytest.raises(ManifestDamaged, match="place in the chain"):
        read(shoot)


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_a_history_folder_that_is_none_is_damage(shoot: Path, tmp_path: Path, kind: str) -> None:
    place = shoot / "ascmhl"
    if kind == "file":
        place.write_bytes(b"")
    elif kind == "link":
        other = tmp_path / "other"
        sealed(other, listing(one()))
        place.symlink_to(other / "ascmhl")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ManifestDamaged, match="no folder"):
        read(shoot)


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_a_manifest_that_is_no_regular_file_is_damage_and_never_waited_for(
    shoot: Path, tmp_path: Path, kind: str
) -> None:
    sealed(shoot, listing(one()))
    path = manifests(shoot)[0]
    path.rename(tmp_path / "real.mhl")
    if kind == "link":
        path.symlink_to(tmp_path / "real.mhl")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(ManifestDamaged):
        read(shoot)


def test_a_folder_that_is_not_there_is_not_called_one_without_history(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnreadable):
        read(tmp_path / "gone")


def test_two_generations_that_contradict_each_other_are_damage(shoot: Path) -> None:
    other = f'<xxh128 action="verified">{"0" * 32}</xxh128>'
    with pytest.raises(ManifestDamaged, match="contradict"):
        read(sealed(shoot, listing(one()), listing(one(digest=other))))


def test_two_sizes_of_one_content_are_damage(shoot: Path) -> None:
    with pytest.raises(ManifestDamaged, match="two sizes"):
        read(sealed(shoot, listing(one(attributes=' size="5"')), listing(one(attributes=' size="6"'))))


def test_a_failed_digest_never_becomes_a_reference(shoot: Path) -> None:
    failed = one(digest=f'<xxh128 action="failed">{"0" * 32}</xxh128>')
    history = read(sealed(shoot, listing(failed), listing(failed), listing(one()), listing(failed)))
    assert history.files[b"a"].digest("xxh128") == DIGEST


def test_a_file_only_ever_failed_is_known_and_cannot_be_compared(shoot: Path) -> None:
    history = read(sealed(shoot, listing(one(digest=f'<xxh128 action="failed">{DIGEST}</xxh128>'))))
    assert history.files[b"a"].digests == ()


def test_a_renamed_file_keeps_its_first_digest(shoot: Path) -> None:
    moved = f'<hash><path>b</path><md5 action="original">{"1" * 32}</md5><previousPath>a</previousPath></hash>'
    history = read(sealed(shoot, listing(one()), listing(moved)))
    assert history.files.keys() == {b"b"}
    assert dict(history.files[b"b"].digests) == {"xxh128": DIGEST, "md5": "1" * 32}


def test_two_files_that_swapped_their_names_keep_their_own_digests(shoot: Path) -> None:
    second = f'<xxh128 action="original">{"2" * 32}</xxh128>'
    swap = (
        f'<hash><path>b</path><xxh128 action="verified">{DIGEST}</xxh128><previousPath>a</previousPath></hash>',
        f'<hash><path>a</path><xxh128 action="verified">{"2" * 32}</xxh128><previousPath>b</previousPath></hash>',
    )
    history = read(sealed(shoot, listing(one("a"), one("b", second)), listing(*swap)))
    assert history.files[b"a"].digest("xxh128") == "2" * 32
    assert history.files[b"b"].digest("xxh128") == DIGEST


def test_patterns_are_only_ever_added(shoot: Path) -> None:
    def with_patterns(*patterns: str) -> bytes:
        ignore = "".join(f"<pattern>{pattern}</pattern>" for pattern in patterns)
        return listing(one()).replace(b"</processinfo>", f"<ignore>{ignore}</ignore></processinfo>".encode())

    assert read(sealed(shoot, with_patterns("a1", "b1"), with_patterns("c1"))).patterns == ("a1", "b1", "c1")


def test_a_pattern_that_is_none_is_damage(shoot: Path) -> None:
    data = listing(one()).replace(b"</processinfo>", b"<ignore><pattern>[z-a]</pattern></ignore></processinfo>")
    with pytest.raises(ManifestDamaged, match="pattern"):
        read(sealed(shoot, data))


def test_a_foreign_chain_may_be_laid_out_differently(shoot: Path) -> None:
    sealed(shoot, listing(one()))
    chain(shoot).write_bytes(b"".join(line.strip() for line in chain(shoot).read_bytes().splitlines()))
    assert len(read(shoot).links) == 1


def test_every_changed_byte_of_our_chain_is_refused(twice: Path) -> None:
    whole = chain(twice).read_bytes()
    for position in range(len(whole)):
        for mask in (0x01, 0x04, 0x29, 0x80):
            damaged = bytearray(whole)
            damaged[position] ^= mask
            chain(twice).write_bytes(damaged)
            with pytest.raises(ManifestDamaged):
                read(twice)
    chain(twice).write_bytes(whole)
    assert len(read(twice).links) == 2


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_any_changed_byte_of_any_file_of_a_history_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "sealed twice"
    if not folder.exists():
        folder.mkdir()
        plant(folder, CARD)
        record(folder, entries(CARD))
        record(folder, entries(CARD, "verified"), later=60)
    path = data.draw(st.sampled_from([chain(folder), *manifests(folder)]))
    whole = path.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != whole[position]))
    try:
        path.write_bytes(whole[:position] + bytes([value]) + whole[position + 1 :])
        with pytest.raises(ManifestDamaged):
            read(folder)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_shortened_or_lengthened_file_of_a_history_is_refused(twice: Path, cut: int) -> None:
    for path in (chain(twice), *manifests(twice)):
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut] if cut else whole + b"\n")
        with pytest.raises(ManifestDamaged):
            read(twice)
        path.write_bytes(whole)


@pytest.mark.parametrize("call", ["open", "fdopen"])
def test_a_medium_that_refuses_is_unreadable_and_not_damaged(
    twice: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    real = getattr(os, call)

    def refuse(*arguments: object, **named: object) -> object:
        if call == "fdopen" or "dir_fd" in named:
            raise OSError(errno.EIO, "Input/output error")
        return real(*arguments, **named)

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(ManifestUnreadable) as caught:
        read(twice)
    assert caught.value.retriable


def test_a_history_folder_that_the_medium_refuses_is_unreadable(twice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> int:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ManifestUnreadable, match="Stale"):
        read(twice)


def test_a_small_history_is_read_in_little_memory(twice: Path) -> None:
    read(twice)
    tracemalloc.start()
    read(twice)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 << 20
