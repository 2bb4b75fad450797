-- What a verdict warns of although it does not change it.

-- Frames of one camera by its own clock: which of its numbers were never seen here?
CREATE INDEX asset_by_camera ON asset (serial, capture_local) WHERE capture_local IS NOT NULL;
