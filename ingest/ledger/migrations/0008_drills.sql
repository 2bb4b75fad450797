-- What drills brought back, one row a place; the certificate is made of the body. Append-only: a failed one stays.
CREATE TABLE drill (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  seed TEXT NOT NULL,
  place TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  tried INTEGER NOT NULL CHECK (tried >= 0),
  equal INTEGER NOT NULL CHECK (equal BETWEEN 0 AND tried),
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  whole INTEGER NOT NULL CHECK (whole IN (0, 1)), -- whether it belongs to a drill of every place that is set up
  body TEXT NOT NULL,
  CHECK (passed = 0 OR (tried > 0 AND equal = tried))
) STRICT;
CREATE INDEX drill_by_time ON drill (at);
CREATE TRIGGER drill_no_update BEFORE UPDATE ON drill BEGIN SELECT RAISE(ABORT, 'drills are append-only'); END;
CREATE TRIGGER drill_no_delete BEFORE DELETE ON drill BEGIN SELECT RAISE(ABORT, 'drills are append-only'); END;
