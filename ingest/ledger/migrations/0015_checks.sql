-- By what a third copy was checked: the service's own SHA-1 of the whole, that of each part, or its bytes read again.
ALTER TABLE upload_job ADD COLUMN how TEXT NOT NULL DEFAULT '' CHECK (how IN ('', 'sha1', 'parts', 'read'));

-- What was checked long ago is looked at again; nobody goes through years of jobs to find that nothing is due.
CREATE INDEX upload_checked_at ON upload_job (bucket, checked_at) WHERE state = 'checked';
CREATE INDEX upload_checked_how ON upload_job (bucket, how) WHERE how IN ('parts', 'read');

-- How much is still to be sent is asked by every screen; to add it up job by job from the assets took seconds at a million.
ALTER TABLE upload_job ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE upload_job SET size = (SELECT size FROM asset WHERE id = upload_job.asset_id);
CREATE TRIGGER upload_knows_its_size AFTER INSERT ON upload_job
  BEGIN UPDATE upload_job SET size = (SELECT size FROM asset WHERE id = NEW.asset_id) WHERE id = NEW.id; END;
CREATE INDEX upload_size ON upload_job (bucket, state, size) WHERE state IN ('waiting', 'sending');
