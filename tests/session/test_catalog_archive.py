"""A catalog's archive: opened by any computer's tar, the same whoever packs it, and compared byte for byte."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tracemalloc

import pytest
import xxhash

from ingest.care.catalog_archive import NotTheSame, member_of, pack, unpack_to_look, unpack_told

AT = 1_763_158_203.25
FILES = {"Main.lrcat": b"SQLite format 3\x00" * 999, "Main.lrcat-data/deep/1.sst": b"mask", "näme\udcff.txt": b"odd"}


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "staged"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "empty").mkdir()
    return folder


def packed(source, target):
    names = ["Main.lrcat", "Main.lrcat-data", "Main.lrcat-data/deep", "Main.lrcat-data/deep/1.sst", "empty"]
    members = [member_of(name, source / name, 1_700_000_000_123_456_789) for name in [*names, "näme\udcff.txt"]]
    return pack(source, "Main-now", members, {"schema": 1, "what": "a test"}, AT, target)


def test_any_tar_unpacks_it_with_the_right_bytes_and_times(source, tmp_path):
    packed(source, tmp_path / "a.tar.gz")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xzf", tmp_path / "a.tar.gz", "-C", tmp_path / "out"], check=True)
    [folder] = (tmp_path / "out").iterdir()
    assert folder.name == "Main-now"
    for name, content in FILES.items():
        assert (folder / name).read_bytes() == content
        assert (folder / name).stat().st_mtime == 1_700_000_000
    assert (folder / "empty").is_dir()
    told = json.loads((folder / "SNAPSHOT.json").read_text())
    assert told["what"] == "a test"
    for member in told["members"]:
        content = (folder / member["name"]).read_bytes()
        assert (member["size"], member["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert len(told["members"]) == len(FILES)
    listing = subprocess.run(["tar", "tzf", tmp_path / "a.tar.gz"], check=True, capture_output=True).stdout
    assert listing.splitlines()[0] == b"Main-now/SNAPSHOT.json"  # what it is can be read before all else


def test_it_is_the_same_whoever_packs_it_and_its_hashes_are_those_of_the_file(source, tmp_path):
    one = packed(source, tmp_path / "one.tar.gz")
    for path in source.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o755)
    two = packed(source, tmp_path / "two.tar.gz")
    data = one.path.read_bytes()
    assert data == two.path.read_bytes()
    assert one.digest == two.digest
    assert one.digest.size == len(data)
    assert one.digest.xxh128 == xxhash.xxh3_128_digest(data)
    assert one.digest.sha1 == hashlib.sha1(data).digest()
    assert one.head == xxhash.xxh3_128_digest(data[: 64 << 10])
    assert one.plain_xxh128 == xxhash.xxh3_128_digest(gzip.decompress(data))


def test_it_is_unpacked_to_be_looked_at_and_equals_what_was_packed(source, tmp_path):
    archive = packed(source, tmp_path / "a.tar.gz")
    unpack_to_look(archive, "Main-now", tmp_path / "opened")
    for name, content in FILES.items():
        assert (tmp_path / "opened" / name).read_bytes() == content


@pytest.mark.parametrize("place", [0.1, 0.5, 0.98])
def test_an_archive_that_rots_is_not_the_same(source, tmp_path, place):
    (source / "Main.lrcat").write_bytes(os.urandom(300_000))
    archive = packed(source, tmp_path / "a.tar.gz")
    data = bytearray(archive.path.read_bytes())
    data[int(len(data) * place)] ^= 1
    archive.path.write_bytes(data)
    with pytest.raises(NotTheSame):
        unpack_to_look(archive, "Main-now", tmp_path / "opened")


def test_an_archive_that_is_cut_short_or_of_another_catalog_is_not_the_same(source, tmp_path):
    archive = packed(source, tmp_path / "a.tar.gz")
    (source / "Main.lrcat").write_bytes(b"another")
    other = packed(source, tmp_path / "b.tar.gz")
    whole = archive.path.read_bytes()
    longer = gzip.compress(gzip.decompress(whole) + bytes(512))
    for number, wrong in enumerate((whole[: len(whole) // 2], whole[:-9], b"", other.path.read_bytes(), longer)):
        archive.path.write_bytes(wrong)
        with pytest.raises(NotTheSame):
            unpack_to_look(archive, "Main-now", tmp_path / f"opened{number}")


def test_a_member_that_changed_since_it_was_hashed_is_found(source, tmp_path):
    real = member_of("Main.lrcat", source / "Main.lrcat", 0)
    (source / "Main.lrcat").write_bytes(b"sqlITE format 3\x00" * 999)
    archive = pack(source, "x", [real], {}, AT, tmp_path / "a.tar.gz")
    with pytest.raises(NotTheSame):
        unpack_to_look(archive, "x", tmp_path / "opened")
    (source / "Main.lrcat").write_bytes(b"short")
    with pytest.raises(OSError, match="unexpected end of data"):
        pack(source, "x", [real], {}, AT, tmp_path / "b.tar.gz")


def test_a_large_catalog_goes_through_a_little_memory(source, tmp_path):
    with (source / "Main.lrcat").open("wb") as file:
        for _ in range(48):
            file.write(os.urandom(1 << 20))
    tracemalloc.start()
    try:
        archive = packed(source, tmp_path / "a.tar.gz")
        unpack_to_look(archive, "Main-now", tmp_path / "opened")
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_an_archive_that_comes_from_anywhere_is_unpacked_and_compared_with_what_it_tells(source, tmp_path):
    packed(source, tmp_path / "a.tar.gz")
    about = unpack_told(tmp_path / "a.tar.gz", tmp_path / "out")
    assert about["what"] == "a test"
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES
    assert (tmp_path / "out" / "empty").is_dir()


def hostile(path, *members, told=()):
    """An archive of (name, content or type of a link), which tells that it holds `told`."""
    text = json.dumps({"members": [{"name": name, "sha256": sha} for name, sha in told]}).encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("A/SNAPSHOT.json", text), *members):
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content, "/etc/passwd"
                tar.addfile(info)
    return path


@pytest.mark.parametrize(
    "member",
    [
        ("A/../../out.txt", b"x"),
        ("/A/x", b"x"),
        ("A//x", b"x"),
        ("A/x", tarfile.SYMTYPE),
        ("A/x", tarfile.LNKTYPE),
        ("A/x", tarfile.FIFOTYPE),
        ("x", b"x"),
        ("A/x", b"other bytes"),
        ("A/y", b"x"),
    ],
)
def test_a_hostile_archive_writes_nothing_elsewhere_and_is_refused(tmp_path, member):
    (tmp_path / "in").mkdir()
    archive = hostile(tmp_path / "a.tar.gz", member, told=[("x", hashlib.sha256(b"x").hexdigest())])
    with pytest.raises(NotTheSame):
        unpack_told(archive, tmp_path / "in" / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "in"]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["out"]
    assert not any(path.is_symlink() for path in (tmp_path / "in" / "out").rglob("*"))


@pytest.mark.parametrize("cut", [0, 10, 0.5, -9])
def test_a_torn_archive_from_anywhere_is_refused(source, tmp_path, cut):
    whole = packed(source, tmp_path / "a.tar.gz").path.read_bytes()
    (tmp_path / "b.tar.gz").write_bytes(whole[: int(len(whole) * cut) if isinstance(cut, float) else cut])
    with pytest.raises(NotTheSame):
        unpack_told(tmp_path / "b.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"members": [1]}', b"\xff", b'{"members": [{"name": 1}]}'])
def test_an_archive_whose_own_words_are_none_is_refused(tmp_path, text):
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("A/SNAPSHOT.json")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    with pytest.raises(NotTheSame):
        unpack_told(tmp_path / "a.tar.gz", tmp_path / "out")
