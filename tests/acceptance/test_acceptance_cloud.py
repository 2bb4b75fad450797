"""The third copy: real files through the real b2sdk client to a loopback B2, and back."""

import hashlib

import pytest
from acceptance_cards import SAMPLES, Shot, files_on, fill, pairs
from acceptance_desk import desk_with
from acceptance_tools import command, contents, ingest
from loops import needs_loops
from referee import HAS_RCLONE, differences
from studio import is_record

from ingest.cloud.loopback import LoopbackB2

pytestmark = [pytest.mark.root, needs_loops]

CLIP = Shot("PRIVATE/M4ROOT/CLIP/C0001.MP4", SAMPLES / "sony/PRIVATE/M4ROOT/CLIP/C0001.MP4", 210)  # goes in parts
BUCKET = "my-archive"


@pytest.fixture
def server(monkeypatch):
    with LoopbackB2(BUCKET, part_size=25_000_000) as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", running.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", running.key)
        yield running


def in_the_bucket(server):
    """SHA-1 -> object name, by the service's own books; every object once."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        every = [file for file in bucket.file_id_to_file.values() if file.action == "upload"]
    files = [file for file in every if not is_record(file.name)]
    found = {file.file_info.get("large_file_sha1") or file.content_sha1: file.name for file in files}
    assert len(found) == len(files)
    return found


def test_the_bucket_holds_every_file_by_its_sha1_and_gives_the_card_back_byte_for_byte(plug, server, tmp_path):
    settings = f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nprefix = "originals/"\nrealm = "{server.url}"\n'
    desk = desk_with(plug(400, label="EOS_DIGITAL"), plug(440), plug(440), extra=settings)
    studio = desk.studio
    shots = [*pairs(4, raw=12, jpeg=4), CLIP]
    fill(desk.card.mnt, shots)
    on_card = files_on(studio.card)
    assert ingest(studio, "--shoot", "Meyer wedding").code == 0

    sent = command(studio, "cloud", "run", "--json")
    assert sent.code == 0, sent.out + sent.err
    assert (sent.last["sent"], sent.last["waiting"], sent.last["needs_you"]) == (len(shots), 0, 0)
    bucket = in_the_bucket(server)
    assert sorted(bucket) == sorted(hashlib.sha1(path.read_bytes()).hexdigest() for path in on_card)
    assert all(name.startswith("originals/") for name in bucket.values())

    if HAS_RCLONE:  # by SHA-1: of the clip, which went in parts, the one told beside it
        assert differences(server, studio.nas) == 0

    desk.ssd.unmount()
    desk.nas.unmount()
    home = tmp_path / "back"
    home.mkdir()
    back = command(studio, "restore", "Meyer wedding", "--to", home, "--from", "b2", "--json")
    assert back.code == 0, back.out + back.err
    assert back.last["by_source"] == {"b2": len(shots)}
    assert contents([path for path in home.rglob("*") if path.is_file()]) == contents(on_card)
