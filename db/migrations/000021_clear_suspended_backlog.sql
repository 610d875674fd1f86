-- Steps of suspended runs that an earlier version put into the backlog are in everybody's way there; resuming puts them back. Locks those steps.
update app_public.steps s
set is_backlog = false
from app_public.runs r
where r.id = s.run_id and s.is_backlog and r.status not in ('pending', 'running');
