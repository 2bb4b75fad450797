-- The ledger, first form. Paths are BLOBs beside a display form; times are seconds since 1970 UTC, for people only:
-- order is by id. What the database can enforce itself, it does: CHECKs, partial unique indexes, append-only triggers.

CREATE TABLE destination (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('ssd', 'hdd', 'nas', 'drive')),
  marker TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL,
  device TEXT NOT NULL,
  fs_type TEXT NOT NULL,
  fs_uuid TEXT NOT NULL,
  first_seen REAL NOT NULL,
  last_seen REAL NOT NULL
) STRICT;

CREATE TABLE card (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL,
  label TEXT NOT NULL,
  size INTEGER NOT NULL,
  subpath BLOB NOT NULL,
  fs_type TEXT NOT NULL,
  first_seen REAL NOT NULL,
  last_seen REAL NOT NULL,
  UNIQUE (uuid, label, size, subpath)
) STRICT;

CREATE TABLE shoot (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  last_day TEXT NOT NULL,
  folder BLOB NOT NULL UNIQUE,
  named_by_user INTEGER NOT NULL CHECK (named_by_user IN (0, 1)),
  created REAL NOT NULL
) STRICT;
CREATE INDEX shoot_by_name ON shoot (name, day);

-- One session: one ingest of one card. state is 'open' until its verdict was given; a crash leaves it open.
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  card_id INTEGER NOT NULL REFERENCES card,
  started REAL NOT NULL,
  ended REAL,
  boot_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ended', 'interrupted')),
  command TEXT NOT NULL
) STRICT;

CREATE TABLE asset (
  id INTEGER PRIMARY KEY,
  size INTEGER NOT NULL CHECK (size >= 0),
  xxh128 BLOB NOT NULL CHECK (length(xxh128) = 16),
  sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
  head BLOB NOT NULL CHECK (length(head) = 16), -- xxh128 of the first 64 KiB: a cheap filter, never a proof
  original_name BLOB NOT NULL,
  mtime_ns INTEGER NOT NULL,
  capture_local TEXT,
  capture_source TEXT,
  offset_minutes INTEGER,
  make TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  serial TEXT NOT NULL DEFAULT '',
  first_run INTEGER NOT NULL REFERENCES run,
  UNIQUE (size, xxh128, sha1)
) STRICT;
CREATE INDEX asset_by_head ON asset (size, head);
CREATE TRIGGER asset_never_changes BEFORE UPDATE OF size, xxh128, sha1 ON asset
  BEGIN SELECT RAISE(ABORT, 'an asset never changes'); END;

CREATE TABLE shoot_asset (
  shoot_id INTEGER NOT NULL REFERENCES shoot,
  asset_id INTEGER NOT NULL REFERENCES asset,
  path BLOB NOT NULL, -- below each destination's root; the same at all of them unless a name was taken
  object TEXT NOT NULL,
  PRIMARY KEY (shoot_id, path) -- one content may stand there under two names, as it did on the card
) STRICT, WITHOUT ROWID;
CREATE INDEX shoot_asset_by_asset ON shoot_asset (asset_id);

CREATE TABLE copy (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset,
  destination_id INTEGER NOT NULL REFERENCES destination,
  path BLOB NOT NULL,
  display TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('written', 'proven', 'suspect', 'lost')),
  inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE UNIQUE INDEX copy_one_per_place ON copy (destination_id, path) WHERE state <> 'lost';
CREATE INDEX copy_by_asset ON copy (asset_id, destination_id);

-- Append-only: one row each time a copy was read back.
CREATE TABLE proof (
  id INTEGER PRIMARY KEY,
  copy_id INTEGER NOT NULL REFERENCES copy,
  run_id INTEGER REFERENCES run,
  at REAL NOT NULL,
  boot_id TEXT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('replugged', 'direct', 'dropped', 'served', 'cached')),
  matched INTEGER NOT NULL CHECK (matched IN (0, 1)),
  xxh128 BLOB NOT NULL CHECK (length(xxh128) = 16)
) STRICT;
CREATE INDEX proof_by_copy ON proof (copy_id, id);
CREATE TRIGGER proof_no_update BEFORE UPDATE ON proof BEGIN SELECT RAISE(ABORT, 'proofs are append-only'); END;
CREATE TRIGGER proof_no_delete BEFORE DELETE ON proof BEGIN SELECT RAISE(ABORT, 'proofs are append-only'); END;
CREATE TRIGGER copy_proven_needs_proof BEFORE UPDATE OF state ON copy
  WHEN NEW.state = 'proven' AND NOT EXISTS (
    SELECT 1 FROM proof JOIN asset ON asset.id = NEW.asset_id
    WHERE proof.copy_id = NEW.id AND proof.matched = 1 AND proof.method <> 'cached' AND proof.xxh128 = asset.xxh128)
  BEGIN SELECT RAISE(ABORT, 'a copy is proven only by a matching proof'); END;
CREATE TRIGGER copy_not_born_proven BEFORE INSERT ON copy WHEN NEW.state = 'proven'
  BEGIN SELECT RAISE(ABORT, 'a copy is not born proven'); END;

-- What a card's files were when they were read: the two source reads. One row a read, append-only.
CREATE TABLE source_read (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run,
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  nth INTEGER NOT NULL CHECK (nth >= 1),
  xxh128 BLOB NOT NULL CHECK (length(xxh128) = 16),
  method TEXT NOT NULL CHECK (method IN ('replugged', 'direct', 'dropped', 'served', 'cached')),
  at REAL NOT NULL
) STRICT;
CREATE INDEX source_read_by_run ON source_read (run_id);
CREATE TRIGGER source_read_no_update BEFORE UPDATE ON source_read
  BEGIN SELECT RAISE(ABORT, 'source reads are append-only'); END;

-- The card's files as last ingested: which Asset each one held. `check` compares a fresh listing with this.
CREATE TABLE card_file (
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  asset_id INTEGER NOT NULL REFERENCES asset,
  dest BLOB NOT NULL, -- its name below the destinations' roots, empty when its content was known from elsewhere
  run_id INTEGER NOT NULL REFERENCES run,
  reads INTEGER NOT NULL CHECK (reads >= 1), -- complete reads that agreed
  PRIMARY KEY (card_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_file_by_asset ON card_file (asset_id);

-- A person said that this empty, linked or special entry of this card is known and not missed.
CREATE TABLE acknowledgement (
  card_id INTEGER NOT NULL REFERENCES card,
  path BLOB NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (card_id, path, size, mtime_ns)
) STRICT, WITHOUT ROWID;

-- Temporary names that a run may leave behind; the restart sweeps by them.
CREATE TABLE intent (
  run_id INTEGER NOT NULL REFERENCES run,
  destination_id INTEGER NOT NULL REFERENCES destination,
  temporary BLOB NOT NULL,
  source BLOB NOT NULL,
  PRIMARY KEY (destination_id, temporary)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
  asset_id INTEGER NOT NULL REFERENCES asset,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (asset_id, code)
) STRICT, WITHOUT ROWID;

-- The verdict and, for each file of the card, what carried it. Files first, then the verdict, in one transaction.
CREATE TABLE verdict_file (
  verdict_id INTEGER NOT NULL,
  path BLOB NOT NULL,
  asset_id INTEGER REFERENCES asset,
  excused TEXT NOT NULL DEFAULT '', -- the rule that ignores it, or 'acknowledged'
  PRIMARY KEY (verdict_id, path),
  CHECK ((asset_id IS NULL) <> (excused = ''))
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run,
  card_id INTEGER NOT NULL REFERENCES card,
  level TEXT NOT NULL CHECK (level IN ('safe', 'not_yet', 'do_not_format')),
  at REAL NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
  devices_required INTEGER NOT NULL CHECK (devices_required >= 1),
  files INTEGER NOT NULL CHECK (files >= 0),
  body TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_by_card ON verdict (card_id, id);
CREATE TRIGGER verdict_no_update BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_delete BEFORE DELETE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_safe_is_earned BEFORE INSERT ON verdict WHEN NEW.level = 'safe'
BEGIN
  SELECT RAISE(ABORT, 'SAFE without any file') WHERE NEW.files = 0
    OR NOT EXISTS (SELECT 1 FROM verdict_file WHERE verdict_id = NEW.id AND asset_id IS NOT NULL);
  SELECT RAISE(ABORT, 'SAFE must name every file')
    WHERE NEW.files <> (SELECT count(*) FROM verdict_file WHERE verdict_id = NEW.id);
  SELECT RAISE(ABORT, 'SAFE without two proven copies on enough devices') WHERE EXISTS (
    SELECT 1 FROM verdict_file vf WHERE vf.verdict_id = NEW.id AND vf.asset_id IS NOT NULL AND (
      SELECT count(DISTINCT c.destination_id) < 2 OR count(DISTINCT d.device) < NEW.devices_required
      FROM copy c JOIN destination d ON d.id = c.destination_id
      WHERE c.asset_id = vf.asset_id AND c.state = 'proven'));
END;

CREATE TABLE upload_job (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'checked', 'needs you')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_try REAL NOT NULL DEFAULT 0,
  lease_until REAL NOT NULL DEFAULT 0,
  priority INTEGER NOT NULL DEFAULT 0, -- higher goes first: picks and ratings
  last_error TEXT NOT NULL DEFAULT '',
  file_id TEXT NOT NULL DEFAULT '',
  created REAL NOT NULL,
  sent_at REAL,
  checked_at REAL,
  CHECK (state NOT IN ('sent', 'checked') OR (file_id <> '' AND sent_at IS NOT NULL)),
  CHECK (state <> 'checked' OR checked_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX upload_once_per_bucket ON upload_job (asset_id, bucket);
CREATE UNIQUE INDEX upload_one_key ON upload_job (bucket, key);
CREATE INDEX upload_next ON upload_job (bucket, priority DESC, id) WHERE state IN ('waiting', 'sending');
CREATE TRIGGER upload_needs_proven_source BEFORE INSERT ON upload_job
  WHEN NOT EXISTS (SELECT 1 FROM copy WHERE asset_id = NEW.asset_id AND state = 'proven')
  BEGIN SELECT RAISE(ABORT, 'an upload is born from a proven copy'); END;

-- Pause, stop reasons and other switches of the queue; one row a bucket.
CREATE TABLE upload_queue (
  bucket TEXT PRIMARY KEY,
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  stopped_by TEXT NOT NULL DEFAULT '', -- one plain sentence: what the owner must do
  stopped_at REAL
) STRICT;

-- What the editor's catalog said about a shoot, by time of observation. facts is the whole answer as JSON.
CREATE TABLE shoot_tag (
  shoot_id INTEGER NOT NULL REFERENCES shoot,
  catalog TEXT NOT NULL,
  as_of REAL NOT NULL,
  settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
  facts TEXT NOT NULL,
  PRIMARY KEY (shoot_id, catalog)
) STRICT, WITHOUT ROWID;

CREATE TABLE asset_tag (
  asset_id INTEGER NOT NULL REFERENCES asset,
  catalog TEXT NOT NULL,
  rule TEXT NOT NULL,
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  pick INTEGER CHECK (pick IN (-1, 0, 1)),
  label TEXT,
  PRIMARY KEY (asset_id, catalog)
) STRICT, WITHOUT ROWID;

-- The stream that faces read; coarse, never a byte of progress.
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  run_id INTEGER REFERENCES run,
  at REAL NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
