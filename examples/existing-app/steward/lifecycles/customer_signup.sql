-- A customer signs up: a basket, and then an offer for each favourite tea.
select steward.define_lifecycle('customer_signup', 'A new customer gets a basket, and an offer for each favourite.', $${
  "open_basket": {"timeout": "10 s"},
  "make_offer":  {"batch": true, "after": ["open_basket"], "timeout": "10 s"}
}$$);

-- A customer goes: so do the visits, a batch at a time.
select steward.define_lifecycle('customer_deletion', 'The visits of a former customer go.', $${
  "purge": {"batch": true, "lane": "purge", "max_attempts": 20}
}$$, of_deleted => true);
insert into steward.purge_targets (subject_table, table_name, key_column, cutoff_column)
values ('shop."Customer"', 'shop."Visit"', 'customerId', 'visitId')
on conflict (subject_table, table_name) do nothing;

select steward.attach('shop."Customer"', on_insert => 'customer_signup', on_delete => 'customer_deletion', owner => 'customerId');
