-- What was encrypted for a bucket, written before its first byte is sent: of which content, under which name, and the
-- size and SHA-1 of the ciphertext, by which the bucket's listing is checked. Encrypting twice gives two ciphertexts, so
-- only this row tells that an object is what we made. recipients: the beginnings of the public keys that it is for.
CREATE TABLE seal (
  id INTEGER PRIMARY KEY,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL, -- as the queue knows the object
  name TEXT NOT NULL, -- as it is called in the bucket
  size INTEGER NOT NULL CHECK (size >= 0),
  sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
  sealed_size INTEGER NOT NULL CHECK (sealed_size > size),
  sealed_sha1 BLOB NOT NULL CHECK (length(sealed_sha1) = 20),
  recipients TEXT NOT NULL CHECK (recipients <> ''),
  at REAL NOT NULL
) STRICT;
CREATE INDEX seal_by_key ON seal (bucket, key);
CREATE INDEX seal_by_name ON seal (bucket, name);
CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
