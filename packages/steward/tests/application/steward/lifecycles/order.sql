select steward.define_lifecycle('order', 'A new order is packed and shipped.', $${
  "pack": {"timeout": "10 s"},
  "ship": {"timeout": "10 s", "after": ["pack"]}
}$$);
select steward.attach('public.orders', on_insert => 'order', owner => 'customer');
