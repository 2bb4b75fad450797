-- What lies in a bucket beside the photographs, so that the bucket alone is enough after a loss: backups of this ledger, the
-- settings, the manifests of shoots. Not evidence: it only spares a listing before each of them would be sent again.
CREATE TABLE record_sent (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('readme', 'settings', 'history', 'ledger')),
  mark TEXT NOT NULL, -- what it was made of: the same mark is not sent again
  size INTEGER NOT NULL CHECK (size >= 0),
  at REAL NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
