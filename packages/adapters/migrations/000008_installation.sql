-- Up Migration

-- Which database this is, among those that may use the same Stripe account: one row, made at the
-- first start. What is made at Stripe names it, so that no two take each other's holds for theirs.
create table installation (
  one         boolean primary key default true check (one),
  id          text not null check (id ~ '^inst_[0-9a-f]{32}$'),
  created_at  timestamptz not null,
  upgraded    boolean not null                -- payments were made before, which name no installation
);

-- Down Migration

drop table installation;
