-- By what a third copy was checked: the service's own SHA-1 of the whole, that of each part, or its bytes read again.
ALTER TABLE upload_job ADD COLUMN how TEXT NOT NULL DEFAULT '' CHECK (how IN ('', 'sha1', 'parts', 'read'));

-- What was checked long ago is looked at again; nobody goes through years of jobs to find that nothing is due.
CREATE INDEX upload_checked_at ON upload_job (bucket, checked_at) WHERE state = 'checked';
CREATE INDEX upload_checked_how ON upload_job (bucket, how) WHERE how IN ('parts', 'read');
