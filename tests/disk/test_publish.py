import errno
import os

import pytest

from ingest.disk import publish as publish_module
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish

WAYS = ["_rename_noreplace", "_link_then_unlink", "_look_then_rename"]


@pytest.mark.parametrize("first", range(3), ids=WAYS)
def test_publishing_never_replaces_whichever_call_the_file_system_offers(tmp_path, monkeypatch, first):
    def not_offered(*_):
        raise OSError(errno.EINVAL, "not offered")

    for name in WAYS[:first]:
        monkeypatch.setattr(publish_module, name, not_offered)
    (tmp_path / "new").write_bytes(b"ours")
    (tmp_path / "taken").write_bytes(b"theirs")
    fd = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(FileExistsError):
        publish(fd, b"new", fd, b"taken")
    assert (tmp_path / "taken").read_bytes() == b"theirs"
    assert (tmp_path / "new").read_bytes() == b"ours"
    publish(fd, b"new", fd, b"free")
    os.close(fd)
    assert (tmp_path / "free").read_bytes() == b"ours"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", [b"/etc", b"../x", b"a/../../x", b"a//b", b"."])
def test_no_path_leaves_its_root(tmp_path, path):
    root_fd = os.open(tmp_path, os.O_RDONLY)
    folders = FolderCache(root_fd)
    with pytest.raises((ValueError, OSError)):
        folders.open(path, make=True)
    folders.close()
    os.close(root_fd)
    assert not (tmp_path.parent / "x").exists()


def test_a_deep_tree_is_walked_although_few_descriptors_are_kept(tmp_path):
    root_fd = os.open(tmp_path, os.O_RDONLY)
    folders = FolderCache(root_fd)
    deep = b"/".join(b"d%d" % n for n in range(200))
    before = len(os.listdir("/proc/self/fd"))
    folders.open(deep, make=True)
    assert os.path.isdir(os.path.join(os.fsencode(tmp_path), deep))
    assert len(os.listdir("/proc/self/fd")) - before <= 65
    folders.close()
    os.close(root_fd)
