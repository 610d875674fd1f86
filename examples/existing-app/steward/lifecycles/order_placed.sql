-- The id of an order is a text.
select steward.define_lifecycle('order_placed', 'An order is confirmed.', $${
  "confirm_order": {"timeout": "10 s"}
}$$);

select steward.attach('shop."Order"', on_insert => 'order_placed', owner => 'customerId');
