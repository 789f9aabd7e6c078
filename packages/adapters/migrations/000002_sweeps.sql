-- Up Migration

-- The platform was told that the hold is about to lapse.
alter table payments add column expiring boolean not null default false;

-- Comparing with Stripe goes through the payments in the order in which they were created.
create index payments_by_creation on payments (created_at, id) where payment_intent_id is not null;

-- Payments that want a person: few, and counted at every scrape of the metrics.
create index payments_under_review on payments (id) where review is not null;

-- Work that is done again and again by whichever replica comes first, and how far it has come.
create table chores (
  name        text primary key,
  due_at      timestamptz not null,           -- not again before
  lease_until timestamptz not null,           -- until then its holder is expected to finish it
  progress    jsonb                           -- where the next round goes on
);

-- Down Migration

drop table chores;
drop index payments_under_review;
drop index payments_by_creation;
alter table payments drop column expiring;
