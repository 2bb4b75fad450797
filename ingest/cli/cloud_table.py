"""The table `[cloud]` of the settings: as it is there, or as it would be added."""

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ingest.config import CONFIG_FILE, CloudSettings, Settings, load, parse, render_table
from ingest.config.cloud_settings import CloudKind
from ingest.disk.atomic import write_durably
from ingest.errors import ConfigError, UsageError
from ingest.model.names import display


@dataclass(frozen=True, slots=True)
class CloudTable:
    """settings: with a `[cloud]` table. text: what would be added to the file for it, "" when it is there.

    before: the file as it was read.
    """

    settings: Settings
    cloud: CloudSettings
    text: str
    before: bytes


def cloud_table(folder: Path, bucket: str | None, prefix: str | None, realm: str | None) -> CloudTable:
    """What the settings say, else what the command line says.

    Raises:
        ConfigError: there are no settings, or mistakes in them.
        UsageError: no bucket anywhere; another one than in the settings; not the name of one.
    """
    settings, before = load(folder), (folder / CONFIG_FILE).read_bytes()
    said = {"bucket": bucket, "prefix": prefix, "realm": realm}
    given = {name: value for name, value in said.items() if value is not None}
    if settings.cloud is not None:
        if settings.cloud.kind != CloudKind.B2:
            raise UsageError(
                f"cloud setup looks at buckets of Backblaze B2; the settings say {settings.cloud.word}",
                hint="What can be known of others is told by: safelight doctor",
            )
        other = [name for name, value in given.items() if value != getattr(settings.cloud, name)]
        if other:
            hint = f"Change it there, in {display(os.fsencode(folder / CONFIG_FILE))}, or leave the option out"
            raise UsageError(f"The settings say another {' and '.join(other)} in [cloud]", hint=hint)
        return CloudTable(settings, settings.cloud, "", before)
    if bucket is None:
        raise UsageError("The settings name no bucket", hint="Name it: safelight cloud setup --bucket NAME")
    text = render_table("cloud", {"kind": "b2", "bucket": bucket, "prefix": "originals/", **given})
    try:
        settings = _parsed(_with(before, text))
    except ConfigError as error:
        raise UsageError("; ".join(error.mistakes) or error.message, hint="Nothing was changed") from error
    assert settings.cloud is not None
    return CloudTable(settings, settings.cloud, text, before)


def add_table(folder: Path, table: CloudTable) -> None:
    """Add it at the end of the file, of which every byte stays: written beside it, flushed, then named.

    Raises:
        ConfigError: the file changed meanwhile, or cannot be written; it is as it was.
    """
    path = Path(os.path.realpath(folder / CONFIG_FILE))  # the file itself, where its name is a link
    shown = display(os.fsencode(path))
    try:
        if path.read_bytes() != table.before:
            raise ConfigError(f"The settings, {shown}, changed meanwhile", hint="Run the same command again")
        mode = stat.S_IMODE(path.stat().st_mode)
        write_durably(bytes(path.parent), os.fsencode(path.name), _with(table.before, table.text), replace=True)
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(
            f"The settings, {shown}, cannot be written: {error.strerror}", hint="Add the table yourself", path=shown
        ) from error


def _with(before: bytes, text: str) -> bytes:
    """As the file ends its lines; a blank line before the table."""
    ending = b"\r\n" if b"\r\n" in before else b"\n"
    gap = ending * (1 if not before or before.endswith(b"\n") else 2)
    return before + gap + text.encode().replace(b"\n", ending)


def _parsed(data: bytes) -> Settings:
    return parse(tomllib.loads(data.decode("utf-8-sig")))
