-- Drives that are carried elsewhere: what each is known by when it is plugged in, and when it was seen.

-- One row each time a drive was added. uuid: of its file system, "" when it tells none. below: its root, below the mount.
CREATE TABLE drive (
  id INTEGER PRIMARY KEY,
  destination_id INTEGER NOT NULL REFERENCES destination,
  uuid TEXT NOT NULL,
  below BLOB NOT NULL,
  at REAL NOT NULL
) STRICT;
CREATE INDEX drive_by_destination ON drive (destination_id, id);
CREATE TRIGGER drive_no_update BEFORE UPDATE ON drive BEGIN SELECT RAISE(ABORT, 'drives are append-only'); END;
CREATE TRIGGER drive_no_delete BEFORE DELETE ON drive BEGIN SELECT RAISE(ABORT, 'drives are append-only'); END;

-- When a drive came and went, as far as anybody looked, and when it had everything. Append-only.
CREATE TABLE sighting (
  id INTEGER PRIMARY KEY,
  destination_id INTEGER NOT NULL REFERENCES destination,
  at REAL NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('here', 'away', 'current'))
) STRICT;
CREATE INDEX sighting_by_destination ON sighting (destination_id, id);
CREATE TRIGGER sighting_no_update BEFORE UPDATE ON sighting BEGIN SELECT RAISE(ABORT, 'sightings are append-only'); END;
CREATE TRIGGER sighting_no_delete BEFORE DELETE ON sighting BEGIN SELECT RAISE(ABORT, 'sightings are append-only'); END;
