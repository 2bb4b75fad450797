"""Open a snapshot that was brought back from somewhere: unpacked, compared with what it tells of itself, and read."""

import shutil
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, ReadOptions, UnknownCatalogKind, adapter_for
from catalog_adapters.whole_copy import are_sound
from ingest.care.catalog_archive import NotTheSame, unpack_told

OPENS = "opens"
_SECONDS = 3600.0


def look_into(archive: Path, folder: Path, now: float) -> str:
    """ "opens", or why it does not. folder: where it is unpacked; left as it was. now: seconds since 1970 UTC."""
    into = folder / "opened"
    try:
        about = unpack_told(archive, into)
        document = into / str(about.get("document", ""))
        if not document.is_file():
            return "it lacks the document that it tells of"
        if not are_sound([document], _SECONDS):
            return "the check of its pages failed"
        options = ReadOptions(scratch=folder, root_exists=lambda _: False, seconds=_SECONDS)
        adapter_for(str(about.get("kind", ""))).read(document, now=now, editor_alive=lambda _: False, options=options)
    except (NotTheSame, CatalogUnreadable, UnknownCatalogKind) as error:
        return str(getattr(error, "message", error))
    except OSError as error:
        return f"it could not be unpacked here: {error.strerror or error}"
    finally:
        shutil.rmtree(into, ignore_errors=True)
    return OPENS
