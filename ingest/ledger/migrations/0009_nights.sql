-- What each night did, written at its end: one that was killed is no night. Append-only.
CREATE TABLE night (
  id INTEGER PRIMARY KEY,
  began REAL NOT NULL,
  ended REAL NOT NULL,
  failed INTEGER NOT NULL CHECK (failed >= 0),
  report TEXT NOT NULL
) STRICT;
CREATE TRIGGER night_no_update BEFORE UPDATE ON night BEGIN SELECT RAISE(ABORT, 'nights are append-only'); END;
CREATE TRIGGER night_no_delete BEFORE DELETE ON night BEGIN SELECT RAISE(ABORT, 'nights are append-only'); END;
