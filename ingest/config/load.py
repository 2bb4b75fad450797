"""Finding, reading and checking `config.toml`."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.config.between import mistakes_between
from ingest.config.settings import Settings
from ingest.config.table import MistakesError
from ingest.errors import ConfigError
from ingest.model.names import display

CONFIG_FILE = "config.toml"


def home_folder() -> Path:
    """Where settings, ledger, locks and caches live: $SAFELIGHT_HOME, else the system's place for a user's data."""
    named = os.environ.get("SAFELIGHT_HOME", "")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs  # with tempfile and random, for this question alone

    return platformdirs.user_data_path("safelight", appauthor=False)


def load(home: Path) -> Settings:
    """The settings of this home.

    Raises:
        ConfigError: no file, no TOML (with the line), or settings with mistakes, all of them at once.
    """
    path = home / CONFIG_FILE
    return parse(_read(path), display(os.fsencode(path)))


def parse(data: Mapping[str, Any], path: str = CONFIG_FILE) -> Settings:
    """Settings from tables as TOML gives them. path: the file, for the message.

    Raises:
        ConfigError: with every mistake as `destinations[1].kind: ...`.
    """
    try:
        return Settings(**data)
    except MistakesError as error:
        from ingest.config.mistakes import told, without_keys

        mistakes = told(error.mistakes)
        if all(place for place, _ in error.mistakes):  # then nobody has looked between the values yet
            mistakes += mistakes_between(data)
        mistakes = [without_keys(mistake) for mistake in mistakes]
    count = len(mistakes)
    raise ConfigError(
        f"{count} mistakes in the settings, {path}" if count > 1 else f"A mistake in the settings, {path}",
        mistakes=tuple(mistakes),
        hint="Correct them there; `safelight config sample` shows what may stand in the file",
        path=path,
    )


def _read(path: Path) -> dict[str, Any]:
    shown = display(os.fsencode(path))
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Notepad begins files with a byte order mark
        return tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(
            f"There are no settings yet: {shown} does not exist",
            hint="Begin with: safelight init. Or write them from the sample: safelight config sample",
            path=shown,
        ) from error
    except OSError as error:
        raise ConfigError(f"The settings, {shown}, cannot be read: {error.strerror}", path=shown) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        mistake = f"line {line}: this is not UTF-8 text; save the file as UTF-8"
        raise ConfigError(f"The settings, {shown}, are no text", mistakes=(mistake,), path=shown) from error
    except (ValueError, RecursionError) as error:  # not TOML; a number of 5,000 digits; a thousand brackets
        raise _broken(shown, str(error)) from error


def _broken(shown: str, message: str) -> ConfigError:
    from ingest.config.mistakes import without_keys

    backslash = "\\" in message or "escape" in message.casefold()
    hint = r"In single quotes a backslash stays as it is: 'D:\Photos'" if backslash else "Correct the file there"
    mistake = without_keys(display(message.encode("utf-8", "surrogateescape")))
    return ConfigError(f"The settings, {shown}, are no valid TOML", mistakes=(mistake,), hint=hint, path=shown)
