"""Where the key that signs comes from, and where it never goes."""

import keyring.errors
import pytest
from keychains import Keychain, PlaintextKeyring

from ingest.certificates.station_key import known_keys, station_key
from ingest.cloud.keys import without_secrets
from ingest.errors import ConfigError

SEED = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2


def public(station):
    return station.key.public_key().public_bytes_raw()


def test_the_first_certificate_makes_a_key_in_the_keychain_and_the_next_one_signs_with_it(keychain, tmp_path):
    chain = keychain(Keychain())
    first = station_key(tmp_path, {})
    assert list(chain.entries) == [("safelight-station", "signing-key")]
    assert public(station_key(tmp_path, {})) == public(first)
    assert known_keys(tmp_path) == (public(first),)


def test_the_private_key_lies_in_no_file_and_is_taken_out_of_what_is_said(keychain, tmp_path):
    [kept] = (station_key(tmp_path, {}), keychain(Keychain()), station_key(tmp_path, {}))[1].entries.values()
    seed = kept.removeprefix("SAFELIGHT-STATION-KEY-")
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*"))
    assert written
    for form in (seed.encode(), seed.lower().encode(), bytes.fromhex(seed)):
        assert form not in written
    assert seed not in without_secrets(f"an error that holds {kept}")
    assert seed.lower() not in without_secrets(f"an error that holds {seed.lower()}")


def test_the_environments_key_comes_first_and_nothing_is_put_into_the_keychain(keychain, tmp_path):
    chain = keychain(Keychain())
    assert station_key(tmp_path, {"SAFELIGHT_STATION_KEY": f" {SEED}\n"}).key.private_bytes_raw().hex() == SEED
    assert not chain.entries


@pytest.mark.parametrize("text", ["secret", SEED[:-1], SEED + "0", SEED[:-1] + "g"])
def test_a_variable_that_holds_no_key_is_told_without_repeating_it(tmp_path, text):
    with pytest.raises(ConfigError) as caught:
        station_key(tmp_path, {"SAFELIGHT_STATION_KEY": text})
    assert text not in f"{caught.value.message}{caught.value.hint}"
    assert "openssl rand -hex 32" in caught.value.hint


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (Keychain(unread=keyring.errors.KeyringLocked("it is locked")), "it is locked"),
        (Keychain(forgets=True), "does not keep"),
        (PlaintextKeyring(), "plain text"),
    ],
)
def test_a_keychain_that_cannot_be_trusted_means_no_signature_and_says_why(keychain, tmp_path, made, why):
    keychain(made)
    station = station_key(tmp_path, {})
    assert station.key is None
    assert why in station.why
    assert not made.entries
    assert known_keys(tmp_path) == ()


def test_a_station_that_got_a_new_key_still_knows_its_old_one(keychain, tmp_path):
    old = public(station_key(tmp_path, {"SAFELIGHT_STATION_KEY": SEED}))
    new = public(station_key(tmp_path, {"SAFELIGHT_STATION_KEY": "77" * 32}))
    (tmp_path / "station.pub").write_text((tmp_path / "station.pub").read_text() + "Ed25519 ???\n\nnonsense\n")
    assert known_keys(tmp_path) == (old, new)
