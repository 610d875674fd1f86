-- Lets steward.happened find what failed lately. Keeps attempts from being recorded while the index is built, about a second for a million of
-- those that failed; not concurrently, so that the migrations can be printed as one transaction.
-- squawk-ignore require-concurrent-index-creation
create index past_attempts_ended_at_idx on steward_private.past_attempts (ended_at);
