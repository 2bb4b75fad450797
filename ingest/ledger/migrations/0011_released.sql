-- A person may let the working copies of a finished shoot go, too, as long as enough others stand: each proven by its newest
-- proof at another destination, or checked in the bucket; two of them together. Snapshots of catalogs go by their policy.
DROP TRIGGER released_is_a_catalogs;
CREATE TRIGGER released_needs_others BEFORE INSERT ON released
  WHEN NOT EXISTS (SELECT 1 FROM copy WHERE id = NEW.copy_id AND state = 'lost')
    OR NOT (EXISTS (SELECT 1 FROM copy c JOIN version v ON v.asset_id = c.asset_id
        WHERE c.id = NEW.copy_id AND v.kind = 'catalog')
      OR (SELECT count(DISTINCT other.destination_id) FROM copy c JOIN copy other ON other.asset_id = c.asset_id
          JOIN asset a ON a.id = other.asset_id
          JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = other.id)
          WHERE c.id = NEW.copy_id AND other.destination_id <> c.destination_id AND other.state = 'proven'
            AND p.matched = 1 AND p.method <> 'cached' AND p.xxh128 = a.xxh128)
        + (SELECT count(DISTINCT j.bucket) FROM copy c JOIN upload_job j ON j.asset_id = c.asset_id
          WHERE c.id = NEW.copy_id AND j.state = 'checked') >= 2)
  BEGIN SELECT RAISE(ABORT, 'a copy is let go only while two others stand'); END;
