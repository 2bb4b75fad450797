-- What a destination lacks of a shoot, kept until a name, a copy or a release of that shoot's contents comes: to go through a
-- million contents took every `status` two seconds. A row says nothing that could not be counted anew; where none is, it is.

-- since: since when pictures are worked on there, NULL where that was not asked. destination_id: -1 for one that was never
-- used. files, bytes: of the contents whose first shoot this is; holds: whether it holds any, also of an earlier shoot.
CREATE TABLE lack_known (
  shoot_id INTEGER NOT NULL REFERENCES shoot,
  destination_id INTEGER NOT NULL,
  since REAL,
  files INTEGER NOT NULL CHECK (files >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  holds INTEGER NOT NULL CHECK (holds IN (0, 1)),
  PRIMARY KEY (shoot_id, destination_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER lack_forgotten_by_name AFTER INSERT ON shoot_asset BEGIN
  DELETE FROM lack_known WHERE shoot_id IN (SELECT shoot_id FROM shoot_asset WHERE asset_id = NEW.asset_id); END;
CREATE TRIGGER lack_forgotten_by_lost_name AFTER DELETE ON shoot_asset BEGIN
  DELETE FROM lack_known WHERE shoot_id = OLD.shoot_id
    OR shoot_id IN (SELECT shoot_id FROM shoot_asset WHERE asset_id = OLD.asset_id); END;
CREATE TRIGGER lack_forgotten_by_other_name AFTER UPDATE ON shoot_asset BEGIN DELETE FROM lack_known; END;
CREATE TRIGGER lack_forgotten_by_copy AFTER INSERT ON copy BEGIN
  DELETE FROM lack_known WHERE shoot_id IN (SELECT shoot_id FROM shoot_asset WHERE asset_id = NEW.asset_id); END;
CREATE TRIGGER lack_forgotten_by_lost_copy AFTER DELETE ON copy BEGIN
  DELETE FROM lack_known WHERE shoot_id IN (SELECT shoot_id FROM shoot_asset WHERE asset_id = OLD.asset_id); END;
CREATE TRIGGER lack_forgotten_by_other_copy AFTER UPDATE OF asset_id, destination_id, path ON copy
  BEGIN DELETE FROM lack_known; END;
CREATE TRIGGER lack_forgotten_by_release AFTER INSERT ON released BEGIN
  DELETE FROM lack_known WHERE shoot_id IN (SELECT sa.shoot_id FROM copy c JOIN shoot_asset sa
    ON sa.asset_id = c.asset_id WHERE c.id = NEW.copy_id); END;
CREATE TRIGGER lack_forgotten_by_other_asset AFTER UPDATE OF first_run ON asset BEGIN DELETE FROM lack_known; END;
