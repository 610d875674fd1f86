-- Any login may wait for the advisory lock of a worker and hold it when the worker has died: only the session that the worker told counts.
alter table steward_private.workers add column session_pid integer;
comment on column steward_private.workers.session_pid is 'Postgres'' process of the session that holds its lock; null: a worker of an older version, any session counts.';
