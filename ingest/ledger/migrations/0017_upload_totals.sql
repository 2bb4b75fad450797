-- How many third copies are in which state, and their bytes: counted as states change, by the ledger itself, since every
-- screen asks for it and a queue of a million is long to count.
CREATE TABLE upload_total (
  bucket TEXT NOT NULL,
  state TEXT NOT NULL,
  files INTEGER NOT NULL CHECK (files >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (bucket, state)
) STRICT, WITHOUT ROWID;
INSERT INTO upload_total SELECT j.bucket, j.state, count(*), sum(a.size)
  FROM upload_job j JOIN asset a ON a.id = j.asset_id GROUP BY j.bucket, j.state;

CREATE TRIGGER upload_total_new AFTER INSERT ON upload_job BEGIN
  INSERT INTO upload_total SELECT NEW.bucket, NEW.state, 1, size FROM asset WHERE id = NEW.asset_id
    ON CONFLICT (bucket, state) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER upload_total_other AFTER UPDATE OF state, bucket, asset_id ON upload_job
  WHEN NEW.state <> OLD.state OR NEW.bucket <> OLD.bucket OR NEW.asset_id <> OLD.asset_id BEGIN
  UPDATE upload_total SET files = files - 1, bytes = bytes - (SELECT size FROM asset WHERE id = OLD.asset_id)
    WHERE bucket = OLD.bucket AND state = OLD.state;
  INSERT INTO upload_total SELECT NEW.bucket, NEW.state, 1, size FROM asset WHERE id = NEW.asset_id
    ON CONFLICT (bucket, state) DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER upload_total_gone AFTER DELETE ON upload_job BEGIN
  UPDATE upload_total SET files = files - 1, bytes = bytes - (SELECT size FROM asset WHERE id = OLD.asset_id)
    WHERE bucket = OLD.bucket AND state = OLD.state; END;
DROP INDEX upload_size; -- it was for those sums
