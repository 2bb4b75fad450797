"""Files are read to the values that plain SQL gives: a synthetic catalog always, each real file where they are at hand.

Without reference data that is said, and only the synthetic one is read.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from catalog_files import ALIVE, NOW, Alive, reference, shared_data, untouched
from lightroom_builder import wedding

from catalog_adapters.base import ReadOptions, adapter_for
from ingest.model.catalogs import CatalogFacts, CollectionKind
from ingest.tagging.xmp_read import read_xmp

_2001 = 978_307_200
_PACKETS = {
    "lightroom-assessed.xmp": ("3", "Yellow", "RAF"),
    "lightroom-cleared-reject.xmp": ("", "", "RAF"),
    "lightroom-label-custom.xmp": ("", "CustomRed", "CR3"),
    "lightroom-label-custom-embedded.xmp": ("", "CustomGreen", ""),
    "lightroom-pair-raw-owner.xmp": ("2", "", "NEF"),
    "lightroom-pair-separate-nef.xmp": ("3", "", "NEF"),
    "lightroom-pair-separate-jpg.xmp": ("4", "", ""),
}


def asked(path: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        return connection.execute(question).fetchall()


def facts_of(kind: str, path: Path, scratch: Path, alive: Alive) -> CatalogFacts:
    with untouched(path.parent):
        return adapter_for(kind).read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))


def lightroom(path: Path, scratch: Path, alive: Alive) -> None:
    facts = facts_of("lightroom", path, scratch, alive)
    rows = asked(
        path,
        "SELECT i.id_global, r.absolutePath || coalesce(o.pathFromRoot, '') || f.idx_filename, f.idx_filename,"
        " f.originalFilename, f.importHash, i.captureTime, i.rating, i.pick, nullif(i.colorLabels, ''),"
        f" i.masterImage IS NOT NULL, f.sidecarExtensions, nullif(i.touchTime, 0) + {_2001}, CAST(f.id_local AS TEXT),"
        " coalesce(i.copyName, ''), r.absolutePath"
        " FROM Adobe_images i JOIN AgLibraryFile f ON f.id_local = i.rootFile JOIN AgLibraryFolder o"
        " ON o.id_local = f.folder JOIN AgLibraryRootFolder r ON r.id_local = o.rootFolder ORDER BY i.id_local",
    )
    told = [
        (
            each.key, each.path, each.name, each.original_name, each.import_key,
            each.capture_local and each.capture_local.isoformat(), each.rating, each.pick, each.label, each.is_virtual,
            ",".join(each.sidecar_suffixes), each.last_change, each.file_key, each.copy_name, each.root,
        )
        for each in facts.images
    ]  # fmt: skip
    wanted = [(*row[:5], row[5] and datetime.fromisoformat(row[5]).isoformat(), *row[6:]) for row in rows]
    assert told == wanted
    assert [each.size for each in facts.images] == [int(row[4].rpartition(":")[2]) for row in rows]
    assert len(rows) == asked(path, "SELECT count(*) FROM Adobe_images")[0][0]
    links = asked(path, "SELECT count(*) FROM AgLibraryKeywordImage")[0][0]
    assert sum(len(each.keywords) for each in facts.images) == links
    names = asked(path, "SELECT name FROM AgLibraryKeyword WHERE name IS NOT NULL ORDER BY id_local")
    assert [each.path[-1] for each in facts.keywords] == [name for (name,) in names]
    shown = asked(path, "SELECT name, creationId FROM AgLibraryCollection WHERE systemOnly = 0.0 ORDER BY id_local")
    smart = {each.path[-1] for each in facts.collections if each.kind is CollectionKind.SMART}
    assert [each.path[-1] for each in facts.collections] == [name for name, _ in shown]
    assert smart == {name for name, made_by in shown if made_by.endswith("smart_collection")}
    roots = asked(path, "SELECT DISTINCT absolutePath FROM AgLibraryRootFolder")
    assert {root.stored for root in facts.roots} == {root for (root,) in roots}
    [[version]] = asked(path, "SELECT value FROM Adobe_variablesTable WHERE name = 'Adobe_DBVersion'")
    assert version in facts.version
    [[lineage]] = asked(path, "SELECT value FROM Adobe_variablesTable WHERE name = 'Adobe_storeProviderID'")
    assert facts.identity == lineage


def capture_one(path: Path, scratch: Path, alive: Alive) -> None:
    facts = facts_of("capture_one", path, scratch, alive)
    kinds = {"SmartCollection": CollectionKind.SMART, "FolderCollection": CollectionKind.FOLDER}
    rows = asked(
        path,
        "SELECT coalesce(c.ZNAME, p.ZRELATIVEPATH), e.ZNAME FROM ZCOLLECTION c JOIN ZENTITIES e ON e.Z_ENT = c.Z_ENT"
        " LEFT JOIN ZPATHLOCATION p ON p.Z_PK = c.ZFOLDERLOCATION"
        " WHERE c.Z_PK <> (SELECT ZROOTCOLLECTION FROM ZDOCUMENTCONTENT)"
        " AND (c.ZNAME IS NOT NULL OR p.Z_PK IS NOT NULL) ORDER BY c.Z_PK",
    )
    assert [(each.path, each.kind) for each in facts.collections] == [((name,), kinds[kind]) for name, kind in rows]
    [[identity]] = asked(path, "SELECT ZDOCUMENTUUID FROM ZDOCUMENTCONTENT")
    [[version]] = asked(path, "SELECT ZFORMAT FROM ZVERSIONINFO ORDER BY Z_PK DESC LIMIT 1")
    assert (facts.identity, facts.version) == (identity, f"Capture One {version}")
    assert len(facts.images) == asked(path, "SELECT count(*) FROM ZIMAGE")[0][0]
    assert len(facts.keywords) == asked(path, "SELECT count(*) FROM ZKEYWORD")[0][0]
    [[lost]] = asked(
        path,
        "SELECT count(*) FROM ZCOLLECTION WHERE ZNAME IS NULL"
        " AND ZFOLDERLOCATION NOT IN (SELECT Z_PK FROM ZPATHLOCATION)",
    )
    assert f"{lost} × folder of the editor whose place is not stored, left out" in facts.observation.warnings


def packet(path: Path, _scratch: Path, _alive: Alive) -> None:
    document = read_xmp(path.read_bytes())
    fields = ("xmp:Rating", "xmp:Label", "photoshop:SidecarForExtension")
    assert tuple("".join(document.values(name)) for name in fields) == _PACKETS[path.name]


READERS: dict[str, Callable[[Path, Path, Alive], None]] = {
    ".lrcat": lightroom,
    ".cosessiondb": capture_one,
    ".xmp": packet,
}


@pytest.mark.parametrize("alive", ALIVE)
def test_each_real_file_reads_to_the_values_of_plain_sql(home: Path, scratch: Path, alive: Alive) -> None:
    lightroom(wedding(home / "Main.lrcat"), scratch, alive)
    files = [path for path in reference("real/*") if path.suffix in READERS]
    if shared_data() is None:
        print("no reference data beside this checkout: no real file was read")
        return
    assert {path.suffix for path in files} == set(READERS)
    assert {path.name for path in files if path.suffix == ".xmp"} == set(_PACKETS)
    others = {path.suffix for path in reference("real/*")} - set(READERS)
    assert others <= {".md", ".txt", ""}, "a real file of a new kind has no reader here"
    for path in files:
        READERS[path.suffix](path, scratch, alive)
