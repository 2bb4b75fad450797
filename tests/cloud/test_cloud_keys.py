"""Where the application key comes from, and where it never goes."""

import sys

import keyring.errors
import pytest

from ingest.cloud.keys import KEYCHAIN_USER, ApplicationKey, find_key, keychain_service, without_secrets
from ingest.cloud.open_store import open_store
from ingest.cloud.overview import cloud_of_shoot, cloud_of_shoots
from ingest.config.cloud_settings import CloudSettings
from ingest.errors import CloudRefused


def test_the_environment_comes_first(keychain):
    keychain({(keychain_service("b"), KEYCHAIN_USER): "chain:secret"})
    environment = {"B2_APPLICATION_KEY_ID": "id", "B2_APPLICATION_KEY": "K001"}
    assert find_key("b", environment) == ApplicationKey("id", "K001")


def test_the_keychain_comes_second_and_holds_both_halves(keychain):
    keychain({("safelight-b2:my-archive", "application-key"): "0025:K002abc "})
    assert find_key("my-archive", {}) == ApplicationKey("0025", "K002abc")


@pytest.mark.parametrize("error", [None, keyring.errors.NoKeyringError("none")])
def test_no_key_anywhere_says_where_to_put_it(keychain, error):
    keychain(error=error)
    with pytest.raises(CloudRefused, match="no key") as caught:
        find_key("my-archive", {})
    assert "B2_APPLICATION_KEY_ID" in caught.value.hint
    assert 'keyring set "safelight-b2:my-archive" application-key' in caught.value.hint


@pytest.mark.parametrize("name", ["B2_APPLICATION_KEY_ID", "B2_APPLICATION_KEY"])
def test_half_a_key_in_the_environment_is_told_and_the_keychain_not_asked(keychain, name):
    keychain({(keychain_service("b"), KEYCHAIN_USER): "chain:secret"})
    with pytest.raises(CloudRefused, match="other half") as caught:
        find_key("b", {name: "K001secret"})
    assert "K001secret" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("stored", ["nocolon", ":secret", "id:"])
def test_a_keychain_entry_that_is_no_key_is_told_without_repeating_it(keychain, stored):
    keychain({(keychain_service("b"), KEYCHAIN_USER): stored})
    with pytest.raises(CloudRefused, match="does not hold a key") as caught:
        find_key("b", {})
    assert stored not in f"{caught.value.message}{caught.value.hint}"


def test_a_locked_keychain_is_told(keychain):
    keychain(error=keyring.errors.KeyringLocked("locked"))
    with pytest.raises(CloudRefused, match="cannot be read"):
        find_key("b", {})


def test_the_secret_is_not_in_the_repr():
    assert "K001secret" not in repr(ApplicationKey("id", "K001secret"))


def test_the_settings_open_the_store(monkeypatch):
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", "id")
    monkeypatch.setenv("B2_APPLICATION_KEY", "K001")
    assert open_store(CloudSettings(kind="b2", bucket="my-archive")).name == "b2:my-archive"


def test_an_s3_service_has_variables_and_a_keychain_entry_of_its_own(keychain):
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "B2_APPLICATION_KEY_ID": "half"}
    assert find_key("b", environment, kind="s3") == ApplicationKey("id", "secret")
    keychain({("safelight-s3:my-archive", "application-key"): "AKIA:secret/of+it"})
    assert find_key("my-archive", {}, kind="s3") == ApplicationKey("AKIA", "secret/of+it")
    keychain()
    with pytest.raises(CloudRefused) as caught:
        find_key("my-archive", {}, kind="s3")
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in caught.value.hint
    assert 'keyring set "safelight-s3:my-archive"' in caught.value.hint


def test_the_secret_of_an_s3_service_is_taken_out_of_what_is_said():
    environment = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret/of+it"}
    assert "secret/of+it" not in without_secrets("it said secret/of+it, and secret%2Fof%2Bit", environment)


def test_every_kind_of_third_copy_is_opened_by_its_settings(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert open_store(CloudSettings(kind="s3", bucket="my-archive")).name == "s3:my-archive"
    assert open_store(CloudSettings(kind="folder", bucket="drive", path="/mnt/x")).name == "folder:/mnt/x"


def test_without_boto3_an_s3_service_is_refused_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ingest.cloud.s3", None)
    with pytest.raises(CloudRefused, match="boto3") as caught:
        open_store(CloudSettings(kind="s3", bucket="my-archive"))
    assert "pip install '.[s3]'" in caught.value.hint


def test_the_overview_of_a_shoot(world, server):
    world.queue("M/A.JPG", b"picture")
    assert cloud_of_shoot(world.connection, world.shoot, world.bucket).sentence == "waiting (0 of 1 sent)"
    world.run(server)
    assert cloud_of_shoot(world.connection, world.shoot, world.bucket).sentence.startswith("in the cloud (checked, ")
    assert cloud_of_shoots(world.connection, world.bucket)[world.shoot].counts.checked == 1
    assert cloud_of_shoot(world.connection, world.shoot, "") is None
