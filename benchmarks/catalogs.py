"""A Lightroom catalog of everything that a ledger knows, as if each photograph had been added where it lies on the SSD.

Rows are made in bulk, in the tables of the sample catalog; the files themselves are empty.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

_TABLES = Path(__file__).resolve().parents[1] / "sample_cards" / "maker" / "lightroom.sql"
_KEYWORDS, _COLLECTIONS = 200, 100
_NAME = "CAST(replace(sa.path, s.folder || x'2F', x'') AS TEXT)"
_SECONDS = "strftime('%s', a.capture_local) - strftime('%s', '2001-01-01')"
_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
# Each content once: of one that stands in two shoots the first.
_ONCE = "(SELECT asset_id, min(shoot_id) AS shoot_id, path FROM known.shoot_asset GROUP BY asset_id)"

_ROWS = (
    "INSERT INTO Adobe_variablesTable (id_global, name, value) VALUES (1, 'Adobe_DBVersion', '1300000')",
    "INSERT INTO AgLibraryRootFolder (id_local, id_global, absolutePath, name) VALUES (1, 1, :root || '/', 'Photos')",
    "INSERT INTO AgLibraryFolder (id_local, id_global, pathFromRoot, rootFolder)"
    " SELECT id, id, CAST(folder AS TEXT) || '/', 1 FROM known.shoot",
    "INSERT INTO AgLibraryFile (id_local, id_global, folder, idx_filename, originalFilename, importHash)"
    f" SELECT a.id, hex(randomblob(16)), s.id, {_NAME}, {_NAME},"
    f" ({_SECONDS}) || ':' || CAST(a.original_name AS TEXT) || ':' || a.size"
    f" FROM {_ONCE} sa JOIN known.shoot s ON s.id = sa.shoot_id JOIN known.asset a ON a.id = sa.asset_id",
    "INSERT INTO Adobe_images (id_local, id_global, rootFile, captureTime, rating, pick, touchTime)"
    " SELECT f.id_local, hex(randomblob(18)), f.id_local, a.capture_local, nullif(f.id_local % 6, 0) * 1.0,"
    " (f.id_local % 7 = 0) * 1.0, 600000000.0 + f.id_local"
    " FROM AgLibraryFile f JOIN known.asset a ON a.id = f.id_local",
    "INSERT INTO AgLibraryKeyword (id_local, id_global) VALUES (0, 0)",
    "INSERT INTO AgLibraryKeyword (id_local, id_global, name, lc_name, parent)"
    f" {_NUMBERS.format(_KEYWORDS)} SELECT i, i, 'Keyword ' || i, 'keyword ' || i, 0 FROM n",
    "INSERT INTO AgLibraryKeywordImage (image, tag)"
    f" SELECT id_local, 1 + (id_local * m.column1) % {_KEYWORDS} FROM Adobe_images,"
    " (VALUES (1), (7), (31)) m",
    "INSERT INTO AgLibraryCollection (id_local, creationId, name, systemOnly)"
    f" {_NUMBERS.format(_COLLECTIONS)} SELECT i, 'com.adobe.ag.library.collection', 'Collection ' || i, 0.0 FROM n",
    "INSERT INTO AgLibraryCollectionImage (collection, image)"
    f" SELECT 1 + id_local % {_COLLECTIONS}, id_local FROM Adobe_images WHERE id_local % 3 = 0",
)
# What a reader needs at the least: every image with its file, its keywords and its collections.
_PLAIN = (
    "SELECT * FROM Adobe_images i JOIN AgLibraryFile f ON f.id_local = i.rootFile",
    "SELECT image, group_concat(tag) FROM AgLibraryKeywordImage GROUP BY image",
    "SELECT image, group_concat(collection) FROM AgLibraryCollectionImage GROUP BY image",
)


def add_catalog(catalog: Path, ledger: Path, ssd: Path) -> int:
    """Write the catalog and the empty files below `ssd`; gives the number of its images."""
    with closing(sqlite3.connect(catalog, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;{_TABLES.read_text('utf-8')}")
        connection.execute("ATTACH ? AS known", (str(ledger),))
        connection.execute("BEGIN")
        for statement in _ROWS:
            connection.execute(statement, {"root": str(ssd)} if ":root" in statement else {})
        connection.execute("COMMIT")
        for (path,) in connection.execute(f"SELECT CAST(path AS TEXT) FROM {_ONCE}"):
            (ssd / path).parent.mkdir(parents=True, exist_ok=True)
            (ssd / path).touch()
        return int(connection.execute("SELECT count(*) FROM Adobe_images").fetchone()[0])


def read_plainly(catalog: Path) -> int:
    """Fetch every row that a reader needs, and do nothing with it; gives how many."""
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
        return sum(sum(1 for _ in connection.execute(statement)) for statement in _PLAIN)
