"""The addresses of notices by mail or to a phone: they hold passwords: in the keychain or the environment alone."""

import os
from collections.abc import Mapping, Sequence

from ingest.cloud.keys import hide, keychain_weakness
from ingest.config.settings import UrlsFrom
from ingest.errors import ConfigError

VARIABLE = "SAFELIGHT_NOTICE_URLS"
SERVICE, USER = "safelight-notices", "urls"


def find_urls(where: UrlsFrom, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The addresses, none where none are asked for. They are separated by spaces or lines.

    Raises:
        ConfigError: they are asked for and are not there, or the keychain cannot be read.
    """
    if where is UrlsFrom.NOWHERE:
        return ()
    if where is UrlsFrom.ENVIRONMENT:
        return _noted(environment.get(VARIABLE, ""), f"{VARIABLE} is not set")
    import keyring
    from keyring.errors import KeyringError

    try:
        kept = keyring.get_password(SERVICE, USER)
    except KeyringError as error:
        raise ConfigError(f"The system keychain cannot be read: {error}", hint="Unlock it and try again") from error
    return _noted(kept or "", "The keychain holds no addresses for notices")


def keep_urls(urls: Sequence[str]) -> None:
    """Put the addresses into the keychain, in place of those that were there.

    Raises:
        ConfigError: it is none, keeps its entries in plain text, or refused; nothing was written then.
    """
    import keyring
    from keyring.errors import KeyringError

    hint = f"Set {VARIABLE} in the environment instead"
    weakness = keychain_weakness()
    if weakness:
        raise ConfigError(f"The addresses were not kept: {weakness}", hint=hint)
    for url in urls:
        hide(url)
    try:
        keyring.set_password(SERVICE, USER, "\n".join(urls))
        came_back = keyring.get_password(SERVICE, USER)
    except KeyringError as error:
        raise ConfigError(f"The system keychain refused the addresses: {error}", hint=hint) from error
    if (came_back or "").split() != list(urls):
        raise ConfigError("The system keychain gave other addresses back than were put into it", hint=hint)


def _noted(text: str, why: str) -> tuple[str, ...]:
    urls = tuple(text.split())
    if not urls:
        raise ConfigError(why, hint='Put them there: safelight notices urls; or set urls_from = "nowhere"')
    for url in urls:
        hide(url)
    return urls
