"""Reading a synthetic Lightroom catalog in the tests."""

from pathlib import Path
from typing import Any

from catalog_files import NOW, closed, untouched

from catalog_adapters.base import ReadOptions
from catalog_adapters.lightroom import LightroomAdapter
from ingest.model.catalogs import CatalogFacts


def read(path: Path, **options: Any) -> CatalogFacts:
    with untouched(path.parent):
        return LightroomAdapter().read(path, now=NOW, editor_alive=closed, options=ReadOptions(**options))


def said(facts: CatalogFacts, words: str) -> list[str]:
    return [warning for warning in facts.observation.warnings if words in warning]
