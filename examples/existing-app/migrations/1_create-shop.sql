-- Up Migration
create schema shop;

create table shop."Customer" (
  "customerId" bigint generated always as identity primary key,
  "fullName" text not null,
  favourites text[] not null default '{}',
  "changedAt" timestamptz
);

create table shop."Tea" (
  sku text primary key,
  title text not null
);

create table shop."Basket" (
  "customerId" bigint primary key references shop."Customer" on delete cascade,
  "openedAt" timestamptz not null default now()
);

create table shop."Offer" (
  "customerId" bigint not null references shop."Customer" on delete cascade,
  sku text not null references shop."Tea",
  primary key ("customerId", sku)
);

create table shop."Order" (
  "orderNo" text primary key,
  "customerId" bigint references shop."Customer" on delete set null,
  "confirmedAt" timestamptz
);
create index on shop."Order" ("customerId");

-- Each page that a customer looks at. No foreign key: these rows are many.
create table shop."Visit" (
  "visitId" bigint generated always as identity primary key,
  "customerId" bigint not null,
  page text not null
);
create index on shop."Visit" ("customerId");

create function shop.stamp() returns trigger language plpgsql as $$
begin
  new."changedAt" := now();
  return new;
end
$$;
create trigger stamp before insert or update on shop."Customer" for each row execute function shop.stamp();

grant usage on schema shop to shop_app;
grant select, insert, update, delete on shop."Customer", shop."Order", shop."Visit" to shop_app;
grant select on shop."Tea" to shop_app;

-- Down Migration
drop schema shop cascade;
