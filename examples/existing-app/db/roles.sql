-- What a database administrator does once. The application never has more rights than these.
create role shop_owner login password 'owner' nosuperuser nocreaterole nocreatedb;  -- owns the tables, runs the migrations and the workers
create role shop_app login password 'app';                                          -- the application while it runs
create role shop_customer;                                                          -- requests that ask for a status: a customer's
create role shop_support;                                                           -- and those of the support
create role shop_api login noinherit password 'api';                                -- the login of these requests
grant shop_customer, shop_support to shop_api;
