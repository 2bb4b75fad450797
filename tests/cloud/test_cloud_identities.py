"""Where the private key comes from, and where it never goes."""

import keyring.errors
import pytest
from sealed_worlds import PRIVATE, PUBLIC, SPARE_PRIVATE, SPARE_PUBLIC

from ingest.cloud.age import public_of
from ingest.cloud.errors import CloudRefused, NoIdentity
from ingest.cloud.identities import KEYCHAIN_USER, find_identities, keychain_service
from ingest.cloud.keys import without_secrets
from ingest.cloud.open_store import open_store
from ingest.cloud.sealed import SealedStore
from ingest.config.cloud_settings import CloudSettings


def publics(environment):
    return [public_of(each) for each in find_identities("my-archive", environment)]


def test_the_environment_comes_first_then_the_file_then_the_keychain(keychain, tmp_path):
    file = tmp_path / "key.txt"
    file.write_text(f"# created: 2026-11-28T14:03:12Z\n# public key: {SPARE_PUBLIC}\n{SPARE_PRIVATE}\n")
    keychain({("safelight-age:my-archive", "age-identity"): PRIVATE})
    named = {"SAFELIGHT_AGE_IDENTITY_FILE": str(file)}
    assert publics({"SAFELIGHT_AGE_IDENTITY": PRIVATE, **named}) == [PUBLIC]
    assert publics(named) == [SPARE_PUBLIC]
    assert publics({}) == [PUBLIC]


def test_several_keys_may_be_there(keychain):
    assert publics({"SAFELIGHT_AGE_IDENTITY": f"{PRIVATE}\n{SPARE_PRIVATE}"}) == [PUBLIC, SPARE_PUBLIC]


@pytest.mark.parametrize("error", [None, keyring.errors.NoKeyringError("none")])
def test_no_key_anywhere_says_where_to_put_it(keychain, error):
    keychain(error=error)
    with pytest.raises(NoIdentity, match="no private key here") as caught:
        find_identities("my-archive", {})
    assert "SAFELIGHT_AGE_IDENTITY_FILE" in caught.value.hint
    assert f'keyring set "{keychain_service("my-archive")}" {KEYCHAIN_USER}' in caught.value.hint


def test_a_locked_keychain_is_told(keychain):
    keychain(error=keyring.errors.KeyringLocked("locked"))
    with pytest.raises(CloudRefused, match="cannot be read"):
        find_identities("my-archive", {})


@pytest.mark.parametrize("text", ["nonsense", PRIVATE[:-1], f"{PRIVATE}Q"])
def test_what_is_no_private_key_is_told_without_repeating_it(keychain, text):
    with pytest.raises(CloudRefused) as caught:
        find_identities("my-archive", {"SAFELIGHT_AGE_IDENTITY": text})
    assert text not in f"{caught.value.message}{caught.value.hint}"
    assert not isinstance(caught.value, NoIdentity)


def test_a_file_that_is_not_there_is_told(keychain, tmp_path):
    with pytest.raises(CloudRefused, match="No such file"):
        find_identities("my-archive", {"SAFELIGHT_AGE_IDENTITY_FILE": str(tmp_path / "stick" / "key.txt")})


def test_whatever_is_printed_holds_no_private_key_of_age_even_one_that_nobody_here_knows():
    assert (
        without_secrets(f"no luck with {SPARE_PRIVATE}, nor {PRIVATE.lower()}", {}) == "no luck with [key], nor [key]"
    )
    assert without_secrets(f"for {PUBLIC}", {}) == f"for {PUBLIC}"


def test_the_settings_open_a_sealed_store_without_any_private_key(monkeypatch):
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", "id")
    monkeypatch.setenv("B2_APPLICATION_KEY", "K001")
    store = open_store(CloudSettings(kind="b2", bucket="my-archive", encrypt=True, recipients=[PUBLIC]))
    assert isinstance(store, SealedStore)
    assert store.name == "b2:my-archive"


def test_without_the_library_it_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", "id")
    monkeypatch.setenv("B2_APPLICATION_KEY", "K001")
    monkeypatch.setitem(__import__("sys").modules, "pyrage", None)
    with pytest.raises(CloudRefused, match="pyrage") as caught:
        open_store(CloudSettings(kind="b2", bucket="my-archive", encrypt=True, recipients=[PUBLIC]))
    assert "pip install" in caught.value.hint
    assert open_store(CloudSettings(kind="b2", bucket="my-archive")).name == "b2:my-archive"
