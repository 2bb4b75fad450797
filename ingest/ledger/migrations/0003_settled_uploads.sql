-- What has left the queue grows for ever, and was read row by row to be counted. An upload that waits is not in here, so
-- an ingest does not pay for it; what waits is found by `upload_next`.
CREATE INDEX upload_settled ON upload_job (bucket, state) WHERE state IN ('sent', 'checked', 'needs you');
