-- What a verdict warns of although it does not change it.

-- Frames of one camera by its own clock: which of its numbers were never seen here?
CREATE INDEX asset_by_camera ON asset (serial, capture_local) WHERE capture_local IS NOT NULL;

-- Card files of which two reads of one session gave different bytes, also where others agreed in the end. `source_read`
-- has each read; this has what a person needs to know before the next job. reads: how many there were in all.
CREATE TABLE unsteady_read (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run,
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  reads INTEGER NOT NULL CHECK (reads >= 2),
  reader TEXT NOT NULL, -- what the card was in, for people
  at REAL NOT NULL
) STRICT;
CREATE INDEX unsteady_read_by_card ON unsteady_read (card_id, id);
CREATE TRIGGER unsteady_read_no_update BEFORE UPDATE ON unsteady_read
  BEGIN SELECT RAISE(ABORT, 'source reads are append-only'); END;
CREATE TRIGGER unsteady_read_no_delete BEFORE DELETE ON unsteady_read
  BEGIN SELECT RAISE(ABORT, 'source reads are append-only'); END;
