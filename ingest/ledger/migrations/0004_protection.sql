-- The ledger protects itself: evidence is appended and never rewritten, and SAFE rests on the *newest* look at each copy.

-- What must not be rewritten and was not refused yet. `run.started` is for people alone; order is by id.
CREATE TRIGGER source_read_no_delete BEFORE DELETE ON source_read
  BEGIN SELECT RAISE(ABORT, 'source reads are append-only'); END;
CREATE TRIGGER asset_no_delete BEFORE DELETE ON asset BEGIN SELECT RAISE(ABORT, 'an asset never goes'); END;
CREATE TRIGGER copy_no_delete BEFORE DELETE ON copy BEGIN SELECT RAISE(ABORT, 'a copy becomes lost, it never goes'); END;
CREATE TRIGGER copy_stays_itself BEFORE UPDATE OF id, asset_id, destination_id, path ON copy
  BEGIN SELECT RAISE(ABORT, 'a copy stays what it is and where it is'); END;
CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;
CREATE TRIGGER run_stays_itself BEFORE UPDATE OF id, card_id, boot_id, command ON run
  BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;
CREATE TRIGGER run_ends_once BEFORE UPDATE OF ended, state ON run WHEN OLD.state <> 'open'
  BEGIN SELECT RAISE(ABORT, 'a run ends once'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- A verdict's files are complete when the verdict is written; then they stay.
CREATE TRIGGER verdict_file_no_update BEFORE UPDATE ON verdict_file
  BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_file_no_delete BEFORE DELETE ON verdict_file
  BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_file_not_late BEFORE INSERT ON verdict_file
  WHEN EXISTS (SELECT 1 FROM verdict WHERE id = NEW.verdict_id)
  BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_not_again BEFORE INSERT ON verdict WHEN EXISTS (SELECT 1 FROM verdict WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;

-- An old proof does not carry a copy that was read back with other bytes, or from memory, since.
DROP TRIGGER copy_proven_needs_proof;
CREATE TRIGGER copy_proven_needs_proof BEFORE UPDATE OF state ON copy
  WHEN NEW.state = 'proven' AND NOT EXISTS (
    SELECT 1 FROM proof JOIN asset ON asset.id = NEW.asset_id
    WHERE proof.id = (SELECT max(id) FROM proof WHERE copy_id = NEW.id)
      AND proof.matched = 1 AND proof.method <> 'cached' AND proof.xxh128 = asset.xxh128)
  BEGIN SELECT RAISE(ABORT, 'a copy is proven only by a matching proof'); END;

DROP TRIGGER verdict_safe_is_earned;
CREATE TRIGGER verdict_safe_is_earned BEFORE INSERT ON verdict WHEN NEW.level = 'safe'
BEGIN
  SELECT RAISE(ABORT, 'SAFE without any file') WHERE NEW.files = 0
    OR NOT EXISTS (SELECT 1 FROM verdict_file WHERE verdict_id = NEW.id AND asset_id IS NOT NULL);
  SELECT RAISE(ABORT, 'SAFE must name every file')
    WHERE NEW.files <> (SELECT count(*) FROM verdict_file WHERE verdict_id = NEW.id);
  SELECT RAISE(ABORT, 'SAFE without two proven copies on enough devices') WHERE EXISTS (
    SELECT 1 FROM verdict_file vf WHERE vf.verdict_id = NEW.id AND vf.asset_id IS NOT NULL AND (
      SELECT count(DISTINCT c.destination_id) < 2 OR count(DISTINCT nullif(d.device, '')) < NEW.devices_required
      FROM copy c JOIN destination d ON d.id = c.destination_id
      JOIN asset a ON a.id = c.asset_id
      JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)
      WHERE c.asset_id = vf.asset_id AND c.state = 'proven'
        AND p.matched = 1 AND p.method <> 'cached' AND p.xxh128 = a.xxh128));
  SELECT RAISE(ABORT, 'SAFE for a file that was not read from this card') WHERE EXISTS (
    SELECT 1 FROM verdict_file vf WHERE vf.verdict_id = NEW.id AND vf.asset_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM card_file f WHERE f.card_id = NEW.card_id AND f.path = vf.path AND f.asset_id = vf.asset_id));
END;

-- Which ledger this is: backups of several stations may lie on one NAS, and only our own are ever removed.
CREATE TABLE ledger_self (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  identity TEXT NOT NULL CHECK (identity GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]')
) STRICT;
INSERT INTO ledger_self (one, identity) VALUES (1, lower(hex(randomblob(4))));

-- The newest backup of this ledger at each destination. size in bytes as it lies there.
CREATE TABLE ledger_backup (
  destination_id INTEGER PRIMARY KEY REFERENCES destination,
  at REAL NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0),
  method TEXT NOT NULL CHECK (method IN ('replugged', 'direct', 'dropped', 'served', 'cached'))
) STRICT;
