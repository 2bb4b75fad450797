-- A large file that was interrupted: what was read of it from the card, whole chunk by whole chunk, and under which
-- temporary names the destinations hold its beginning. Not evidence: it only says where a later session may go on.

CREATE TABLE chunk (
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0), -- of the whole file, as is mtime_ns: another file has other chunks
  mtime_ns INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 0),
  xxh128 BLOB NOT NULL CHECK (length(xxh128) = 16), -- of the card's bytes, taken before a writer saw them
  PRIMARY KEY (card_id, path, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE partial (
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  destination_id INTEGER NOT NULL REFERENCES destination,
  temporary BLOB NOT NULL, -- its name in the staging folder, which no sweep may take
  PRIMARY KEY (card_id, path, destination_id)
) STRICT, WITHOUT ROWID;
