-- The finished runs of a row, the newest first; its open ones are in runs_one_open_idx. Not of all runs: that would cost each insert a
-- sixth more; this costs none, and each end a twentieth. Keeps runs from being written while the index is built, about a second for a
-- million finished runs; not concurrently, so that the migrations can be printed as one transaction. Where that is too long, make it
-- beforehand: the statement with "concurrently" in it.
-- squawk-ignore require-concurrent-index-creation
create index if not exists runs_of_subject_idx on steward.runs (subject_id, created_at desc) where finished_at is not null;
