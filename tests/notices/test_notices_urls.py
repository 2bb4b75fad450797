"""Addresses hold passwords: typed unseen, kept in the keychain, found there again, repeated nowhere."""

import sys

import pytest
from keychains import Keychain, PlaintextKeyring

from ingest.cloud.keys import without_secrets
from ingest.config.settings import UrlsFrom
from ingest.errors import ConfigError
from ingest.notices.urls import find_urls, keep_urls

MAIL, PHONE = "mailto://ann:hush-hush@example.org", "ntfy://hush-hush-topic"


@pytest.fixture
def typed(studio, monkeypatch):
    """The command at a terminal at which these lines are typed."""

    def run(*lines):
        left = iter((*lines, ""))
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("getpass.getpass", lambda _question: next(left))
        return studio.run("notices", "urls")

    return run


def test_addresses_that_are_typed_lie_in_the_keychain_and_are_shown_nowhere(keychain, typed):
    chain = keychain(Keychain())
    run = typed(MAIL, PHONE)
    assert run.code == 0
    assert "hush" not in run.out + run.err
    assert 'urls_from = "keychain"' in run.out
    assert list(chain.entries) == [("safelight-notices", "urls")]
    assert find_urls(UrlsFrom.KEYCHAIN, {}) == (MAIL, PHONE)
    assert find_urls(UrlsFrom.NOWHERE, {}) == ()
    assert "hush" not in without_secrets(f"a library said {MAIL}")


@pytest.mark.parametrize("line", ["no address", "nonsense://hush-hush-hush", "https//hush-hush"])
def test_what_is_no_address_is_refused_without_repeating_it(keychain, typed, line):
    chain = keychain(Keychain())
    run = typed(MAIL, line)
    assert (run.code, chain.entries) == (2, {})
    assert "Address 2" in run.err
    assert "hush" not in run.out + run.err


def test_nothing_typed_changes_nothing(keychain, typed):
    chain = keychain(Keychain())
    assert (typed().code, chain.entries) == (2, {})


def test_a_keychain_that_keeps_plain_text_gets_no_address(keychain):
    chain = keychain(PlaintextKeyring())
    with pytest.raises(ConfigError, match="plain text"):
        keep_urls([MAIL])
    assert chain.entries == {}


def test_without_a_keychain_the_environment_is_named(typed):
    run = typed(MAIL)
    assert (run.code, "SAFELIGHT_NOTICE_URLS" in run.err) == (4, True)
