insert into steward.lanes (name, at_once) values ('carrier', 10), ('post', 10) on conflict (name) do nothing;
select steward.define_lifecycle('order', 'A new order is packed, shipped and billed.', $${
  "pack":  {"timeout": "10 s", "max_attempts": 1},
  "ship":  {"timeout": "10 s", "lane": "carrier", "after": ["pack"]},
  "bill":  {"timeout": "10 s", "after": ["pack"]},
  "thank": {"timeout": "10 s", "lane": "post", "after": ["ship", "bill"]}
}$$);
select steward.attach('public.orders', on_insert => 'order', owner => 'customer');
