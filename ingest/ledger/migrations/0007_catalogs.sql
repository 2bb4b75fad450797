-- Snapshots of the editors' catalogs: each is a version of kind 'catalog', whose path is the folder of its generations below
-- each destination's root.

-- What a snapshot is of. Append-only, as its version is.
CREATE TABLE catalog_snapshot (
  version_id INTEGER PRIMARY KEY REFERENCES version,
  catalog TEXT NOT NULL, -- its path as in the settings, for people
  state BLOB NOT NULL CHECK (length(state) IN (0, 16)), -- how all its files looked; empty where one never stood still
  facts TEXT NOT NULL -- what the snapshot says of itself but its members, as JSON
) STRICT;
CREATE TRIGGER catalog_snapshot_no_update BEFORE UPDATE ON catalog_snapshot
  BEGIN SELECT RAISE(ABORT, 'snapshots are append-only'); END;
CREATE TRIGGER catalog_snapshot_no_delete BEFORE DELETE ON catalog_snapshot
  BEGIN SELECT RAISE(ABORT, 'snapshots are append-only'); END;

-- A copy that we removed ourselves, by the policy of generations: it is 'lost' to whoever asks what lies there, and here is why.
CREATE TABLE released (
  copy_id INTEGER PRIMARY KEY REFERENCES copy,
  at REAL NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE TRIGGER released_no_update BEFORE UPDATE ON released
  BEGIN SELECT RAISE(ABORT, 'what was let go is append-only'); END;
CREATE TRIGGER released_no_delete BEFORE DELETE ON released
  BEGIN SELECT RAISE(ABORT, 'what was let go is append-only'); END;
CREATE TRIGGER released_is_a_catalogs BEFORE INSERT ON released
  WHEN NOT EXISTS (SELECT 1 FROM copy c JOIN version v ON v.asset_id = c.asset_id
    WHERE c.id = NEW.copy_id AND c.state = 'lost' AND v.kind = 'catalog')
  BEGIN SELECT RAISE(ABORT, 'only snapshots of catalogs are let go'); END;
