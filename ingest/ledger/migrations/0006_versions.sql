-- What changes after it was copied: the editors' files beside the pictures, and the catalogs. Each content that such a file
-- had is an asset with copies, proofs and upload jobs like any other, but in no shoot_asset: it is no photograph.

-- A session without a card. SQLite cannot take a NOT NULL away, and to make the table anew would read every copy for each
-- run; the text of a table is changed as its documentation says, and the rows stay as they lie.
PRAGMA writable_schema=ON;
UPDATE sqlite_schema SET sql = replace(sql, 'card_id INTEGER NOT NULL REFERENCES card,',
    'card_id INTEGER REFERENCES card CHECK (card_id IS NOT NULL OR command NOT GLOB ''ingest*''),')
  WHERE type = 'table' AND name = 'run';
PRAGMA writable_schema=RESET;

-- One row for each content that a file had when it was looked at; the newest of a path has the highest id. Append-only.
CREATE TABLE version (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL, -- its plain name, below each destination's root; older ones are set aside there
  kind TEXT NOT NULL CHECK (kind IN ('edit', 'catalog')),
  shoot_id INTEGER REFERENCES shoot CHECK (shoot_id IS NOT NULL OR kind <> 'edit'),
  asset_id INTEGER NOT NULL REFERENCES asset,
  seen REAL NOT NULL,
  mtime_ns INTEGER NOT NULL, -- of the file then
  run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE INDEX version_by_path ON version (path, id);
CREATE INDEX version_by_shoot ON version (shoot_id, path, id);
CREATE INDEX version_by_asset ON version (asset_id);
CREATE TRIGGER version_no_update BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
CREATE TRIGGER version_no_delete BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;

-- How a file was when it was last read whole, so that one that did not change is not read again. Not evidence.
CREATE TABLE watched (
  path BLOB PRIMARY KEY,
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  version_id INTEGER NOT NULL REFERENCES version
) STRICT, WITHOUT ROWID;
