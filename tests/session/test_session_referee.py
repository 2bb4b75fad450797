"""What the bucket holds, as somebody sees it who knows nothing of Safelight: rclone, against the folder on the NAS."""

import shutil

import pytest
from referee import HAS_RCLONE, differences, rclone
from studio import BUCKET, Studio, cloud_at, is_record

ODD = ("DCIM/100CANON/É l'été #1 100%.JPG", "DCIM/100CANON/[a] & {b}.JPG", "DCIM/100CANON/x~2.JPG")


@pytest.fixture
def sent(tmp_path, server, repository):
    """A Canon and a Sony card with all their companions, a few names that need escaping, an empty file; all sent."""
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    for brand in ("canon", "sony"):
        shutil.rmtree(studio.card)
        shutil.copytree(repository / "sample_cards" / brand, studio.card)
        if brand == "canon":
            for number, name in enumerate(ODD):
                studio.put(name, b"picture %d" % number * 5_000)
            studio.put("DCIM/100CANON/MVI_0001.THM", b"")
        assert studio.ingest("--shoot", f"Meyer {brand}").counts.get("open", 0) <= 1  # an empty file asks for a word
    assert studio.run("cloud", "run", "--json").code == 0
    return studio


if HAS_RCLONE:  # the referee shares no code with us; where it is not installed there is no case

    def test_rclone_finds_no_difference_between_the_bucket_and_the_nas_and_brings_all_of_it_back(
        sent, server, tmp_path
    ):
        """By SHA-1 and by bytes, in both directions; then the bucket alone, without Safelight, is enough."""
        assert differences(server, sent.nas) == 0
        assert differences(server, sent.nas, by_bytes=True) == 0
        wanted = sent.copies(sent.nas)
        assert len(wanted) > 40
        assert rclone(server, "copy", f"L:{BUCKET}/originals", tmp_path / "back").returncode == 0
        back = sent.copies(tmp_path / "back")
        assert back.pop("README.txt").startswith(b"These are photographs")
        assert back == wanted

    def test_rclone_does_find_what_is_changed_missing_or_too_much(tmp_path, server):
        """The referee is no rubber stamp."""
        studio = Studio(tmp_path, extra=cloud_at(server.url))
        studio.shoot(3)
        assert studio.ingest().level == "safe"
        assert studio.run("cloud", "run").code == 0
        assert differences(server, studio.nas) == 0
        with server.lock:
            bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
            changed, gone, _ = (file for file in bucket.file_id_to_file.values() if not is_record(file.name))
            changed.data_bytes = bytes(len(changed.data_bytes))
            del bucket.file_name_and_id_to_file[gone.sort_key()], bucket.file_id_to_file[gone.file_id]
        (studio.nas / "new.JPG").write_bytes(b"only here")
        assert differences(server, studio.nas, by_bytes=True) == 3
