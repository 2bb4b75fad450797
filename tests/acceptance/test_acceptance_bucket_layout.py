"""What lies in the bucket, for a person without Safelight: a download of it by its names is a usable archive."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from studio import BUCKET, Studio, cloud_at

from ingest.cloud.loopback import LoopbackB2

Tool = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackB2]:
    with LoopbackB2(BUCKET) as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", running.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", running.key)
        yield running


def test_the_reference_tool_proves_a_download_as_it_is_and_with_the_longest_chain_in_its_place(
    tmp_path: Path, server: LoopbackB2, ascmhl_tool: Tool
) -> None:
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.shoot(3)
    for name in ("IMG_0008.JPG", "IMG_0009.JPG"):
        studio.put(f"DCIM/100CANON/{name}", name.encode() * 300)
        assert studio.ingest("--shoot", "Meyer").level == "safe"
        assert studio.run("cloud", "run", "--json").code == 0
    download = tmp_path / "download"
    for file in server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values():
        path = download / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data_bytes)
    history = next(download.rglob("ascmhl"))
    assert len(list(history.glob("*.mhl"))) == 2
    for _ in range(2):
        done = ascmhl_tool("verify", history.parent)
        assert done.returncode == 0, done.stdout + done.stderr
        longest = history / "ascmhl_chain.0002.xml"
        if longest.exists():
            longest.replace(history / "ascmhl_chain.xml")
    picture = next(history.parent.glob("*.JPG"))
    picture.write_bytes(picture.read_bytes()[::-1])
    assert ascmhl_tool("verify", history.parent).returncode != 0
