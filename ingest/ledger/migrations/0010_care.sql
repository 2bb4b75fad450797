-- What `verify` and `repair` did, for people who ask later: when all was last looked at, what was healed and from where.

-- One row for each of them that came to its end. copies: how many there were to look at. A count that makes no sense
-- for the verb is 0.
CREATE TABLE care_run (
  id INTEGER PRIMARY KEY,
  verb TEXT NOT NULL CHECK (verb IN ('verify', 'repair')),
  started REAL NOT NULL,
  ended REAL NOT NULL,
  copies INTEGER NOT NULL CHECK (copies >= 0),
  looked_at INTEGER NOT NULL CHECK (looked_at >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  matched INTEGER NOT NULL CHECK (matched >= 0),
  unproven INTEGER NOT NULL CHECK (unproven >= 0),
  differs INTEGER NOT NULL CHECK (differs >= 0),
  gone INTEGER NOT NULL CHECK (gone >= 0),
  unread INTEGER NOT NULL CHECK (unread >= 0),
  healed INTEGER NOT NULL CHECK (healed >= 0),
  waiting INTEGER NOT NULL CHECK (waiting >= 0),
  failed INTEGER NOT NULL CHECK (failed >= 0)
) STRICT;
CREATE TRIGGER care_run_no_update BEFORE UPDATE ON care_run
  BEGIN SELECT RAISE(ABORT, 'what was done is append-only'); END;
CREATE TRIGGER care_run_no_delete BEFORE DELETE ON care_run
  BEGIN SELECT RAISE(ABORT, 'what was done is append-only'); END;

-- What became of one copy, written with its state. copy_id: the one that was suspect or lost. new_copy_id: what stands in
-- its place. source: the destination whose bytes these are, or the bucket. aside: where the bad file went, "" when
-- none was there.
CREATE TABLE care_event (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  copy_id INTEGER NOT NULL REFERENCES copy,
  what TEXT NOT NULL CHECK (what IN ('healed', 'right after all', 'wrong as a source')),
  source TEXT NOT NULL,
  new_copy_id INTEGER REFERENCES copy,
  aside TEXT NOT NULL
) STRICT;
CREATE INDEX care_event_by_copy ON care_event (copy_id, id);
CREATE TRIGGER care_event_no_update BEFORE UPDATE ON care_event
  BEGIN SELECT RAISE(ABORT, 'what was done is append-only'); END;
CREATE TRIGGER care_event_no_delete BEFORE DELETE ON care_event
  BEGIN SELECT RAISE(ABORT, 'what was done is append-only'); END;
