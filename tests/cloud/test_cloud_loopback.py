"""The loopback B2 itself: what it enforces, and that other clients of B2 are content with it."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import requests
from cloud_worlds import sha1, store_for, versions
from store_contract import KEY, put, write

from ingest.cloud.b2 import B2Store
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.loopback_faults import FaultKind


def authorize(server):
    answer = requests.get(f"{server.url}/b2api/v1/b2_authorize_account", auth=(server.key_id, server.key), timeout=10)
    assert answer.status_code == 200
    return answer.json()


def call(server, endpoint, token, **asked):
    return requests.post(f"{server.url}/b2api/v4/{endpoint}", headers={"Authorization": token}, json=asked, timeout=10)


def test_it_serves_as_a_program_of_its_own_until_it_is_killed(repository, tmp_path):
    program = [sys.executable, "-m", "ingest.cloud.loopback", "--bucket", "my-archive"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment) as running:
        told = json.loads(running.stdout.readline())
        store = B2Store(told["bucket"], ApplicationKey(told["key_id"], told["key"]), realm=told["url"])
        assert put(store, write(tmp_path, b"data"), b"data").verified
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
        assert running.stdout.read() == ""


def test_it_listens_on_this_machine_alone(server):
    assert server._http.server_address[0] == "127.0.0.1"


def test_an_unknown_and_an_expired_token_are_refused_on_every_road(server, tmp_path):
    token = authorize(server)["authorizationToken"]
    target = call(server, "b2_get_upload_url", token, bucketId=server.bucket_id).json()
    put(store_for(server), write(tmp_path, b"data"), b"data")
    server.expire_tokens()
    headers = {"Authorization": target["authorizationToken"], "X-Bz-File-Name": "x", "X-Bz-Content-Sha1": "0" * 40}
    answers = [
        call(server, "b2_list_buckets", token, accountId="a"),
        requests.post(target["uploadUrl"], headers=headers, data=b"x", timeout=10),
        requests.get(f"{server.url}/file/my-archive/{KEY}", headers={"Authorization": token}, timeout=10),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "expired_auth_token")] * 3
    assert call(server, "b2_list_buckets", "nonsense", accountId="a").json()["code"] == "bad_auth_token"


def test_a_key_for_another_bucket_is_refused(server):
    with server.lock:
        other = server.simulator.create_bucket(*server._who, server._account, "other-archive", "allPrivate")["bucketId"]
    token = authorize(server)["authorizationToken"]
    assert call(server, "b2_get_upload_url", token, bucketId=other).json()["code"] == "unauthorized"
    assert call(server, "b2_list_file_names", token, bucketId=other).json()["code"] == "unauthorized"


def test_its_key_cannot_delete_and_cannot_make_keys(server, tmp_path):
    stored = put(store_for(server), write(tmp_path, b"data"), b"data")
    token = authorize(server)["authorizationToken"]
    refused = call(server, "b2_delete_file_version", token, fileId=stored.file_id, fileName=KEY)
    assert (refused.status_code, versions(server, KEY)) == (401, 1)
    assert call(server, "b2_list_keys", token, accountId="a").status_code == 401
    assert call(server, "b2_nonsense", token).status_code == 404


def test_downloads_by_name_with_ranges_and_their_edges(server, tmp_path):
    put(store_for(server), write(tmp_path, b"0123456789"), b"0123456789", key="a/ä b.txt")
    token = authorize(server)["authorizationToken"]

    def get(name, span="", method="GET"):
        headers = {"Authorization": token} | ({"Range": span} if span else {})
        return requests.request(method, f"{server.url}/file/my-archive/{name}", headers=headers, timeout=10)

    assert (get("a/%C3%A4+b.txt").content, get("a/%C3%A4%20b.txt").status_code) == (b"0123456789", 200)
    assert (get("a/ä b.txt", "bytes=3-5").content, get("a/ä b.txt", "bytes=3-5").status_code) == (b"345", 206)
    assert get("a/ä b.txt", "bytes=7-").content == b"789"
    assert get("a/ä b.txt", "bytes=7-999").content == b"789"
    assert get("a/ä b.txt", "bytes=10-").status_code == 416
    assert get("a/ä b.txt", method="HEAD").headers["Content-Length"] == "10"
    assert (get("a/none").status_code, get("a/none").json()["code"]) == (404, "not_found")


def test_a_finished_file_takes_no_part_and_no_second_finish(server):
    token = authorize(server)["authorizationToken"]
    large = {"bucketId": server.bucket_id, "fileName": "clip", "contentType": "b2/x-auto"}
    file_id = call(server, "b2_start_large_file", token, **large).json()["fileId"]
    target = call(server, "b2_get_upload_part_url", token, fileId=file_id).json()
    headers = {"Authorization": target["authorizationToken"], "X-Bz-Part-Number": "1"}
    headers |= {"X-Bz-Content-Sha1": sha1(b"part")}

    def send():
        return requests.post(target["uploadUrl"], headers=headers, data=b"part", timeout=10).status_code

    def finish():
        return call(server, "b2_finish_large_file", token, fileId=file_id, partSha1Array=[sha1(b"part")]).status_code

    assert (send(), finish()) == (200, 200)
    assert (send(), finish()) == (400, 400)


def test_faults_are_taken_in_their_order_by_path_and_count(server):
    server.faults.add(FaultKind.TOO_MANY, "b2_list", times=1, retry_after=9)
    server.faults.add(FaultKind.STORAGE_CAP, "b2_list", times=1)
    token = authorize(server)["authorizationToken"]
    answers = [call(server, "b2_list_file_names", token, bucketId=server.bucket_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 403, 200]
    assert answers[0].headers["Retry-After"] == "9"
    assert server.faults.calls("b2_list_file_names") == 3


def test_folders_are_folded_where_a_client_asks_for_a_delimiter(server, tmp_path):
    for key in ("a/1", "a/2", "a/b/3", "c", "d/4"):
        put(store_for(server), write(tmp_path, key.encode()), key.encode(), key=key)
    token = authorize(server)["authorizationToken"]

    def names(**asked):
        answer = call(server, "b2_list_file_names", token, bucketId=server.bucket_id, delimiter="/", **asked).json()
        return [entry["fileName"] for entry in answer["files"]], answer["nextFileName"]

    assert names() == (["a/", "c", "d/"], None)
    assert names(prefix="a/") == (["a/1", "a/2", "a/b/"], None)
    assert names(prefix="d/") == (["d/4"], None)
    assert names(maxFileCount=2) == (["a/", "c"], "d/")
    assert names(maxFileCount=2, startFileName="d/") == (["d/"], None)


def test_the_server_can_be_used_twice_in_one_process():
    with LoopbackB2("my-archive") as first, LoopbackB2("my-archive") as second:
        assert first.url != second.url


if shutil.which("rclone"):  # the referee shares no code with us; where it is not installed there is no case

    @pytest.mark.parametrize("kind", ["ours", "theirs"])
    def test_rclone_agrees_with_us_about_every_byte(world, server, tmp_path, kind):
        sizes = {"M/A.JPG": 30_000, "M/é b%41.CR3": 200_000, "M/clip.MP4": 1_700_001, "N/A.THM": 0}
        environment = os.environ | {
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "RCLONE_CONFIG_L_TYPE": "b2",
            "RCLONE_CONFIG_L_ACCOUNT": server.key_id, "RCLONE_CONFIG_L_KEY": server.key,
            "RCLONE_CONFIG_L_ENDPOINT": server.url,
        }  # fmt: skip

        def rclone(*arguments):
            return subprocess.run(["rclone", *arguments], env=environment, capture_output=True, text=True, timeout=120)

        data = {path: os.urandom(size) for path, size in sizes.items()}
        if kind == "ours":
            for path, content in data.items():
                world.queue(path.replace("%", "_"), content)
            assert world.run(server).checked == len(sizes)
            referee = rclone("check", str(world.folder / "nas"), "L:my-archive/originals", "--download")
            assert referee.returncode == 0, referee.stderr
            assert "0 differences" in referee.stderr
            assert "2023-11-14" in rclone("lsl", "L:my-archive").stdout  # the mtime that stands beside the bytes
        else:
            for path, content in data.items():
                (tmp_path / "theirs" / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / "theirs" / path).write_bytes(content)
            copied = rclone("copy", str(tmp_path / "theirs"), "L:my-archive/theirs")
            assert copied.returncode == 0, copied.stderr
            for path, content in data.items():
                got = bytearray()
                store_for(server).get(f"theirs/{path}", got.extend)
                assert bytes(got) == content
