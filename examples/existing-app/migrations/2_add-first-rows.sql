-- Up Migration
insert into shop."Tea" (sku, title) values ('assam', 'Assam, second flush'), ('sencha', 'Sencha');
insert into shop."Customer" ("fullName") values ('Grace Hopper'), ('Alan Turing');
insert into shop."Visit" ("customerId", page)
select c."customerId", '/tea/' || n
from shop."Customer" c cross join generate_series(1, 100000) n
where c."fullName" = 'Grace Hopper';

-- Down Migration
truncate shop."Visit", shop."Customer", shop."Tea" cascade;
