-- Up Migration

-- What people did at the terminal: written before each act and completed after it. One that was
-- never completed was cut off; what it had begun is in the journal of operations.
create table operator_acts (
  id          bigint generated always as identity primary key,
  operator    text not null check (length(operator) between 1 and 100),
  act         text not null check (act ~ '^[a-z]+(\.[a-z]+)+$'),   -- e.g. payments.release
  payment_id  text,                           -- null: about no single payment
  order_id    text,
  details     jsonb not null,                 -- what exactly was asked for
  reason      text not null check (length(reason) between 1 and 500),
  approval_id bigint,                         -- the request that it carries out
  begun_at    timestamptz not null,
  ended_at    timestamptz,
  outcome     text check (outcome in ('done', 'processing', 'refused', 'fault')),
  result      text,                           -- the outcome in words
  constraint operator_acts_ended_has_outcome check ((ended_at is null) = (outcome is null))
);

create index operator_acts_of_payment on operator_acts (payment_id) where payment_id is not null;

-- Acts above OPS_APPROVAL_ABOVE: asked for by one person, decided by another.
create table approvals (
  id           bigint generated always as identity primary key,
  act          text not null check (act in ('payments.release', 'payments.revert')),
  payment_id   text not null,
  order_id     text not null,
  details      jsonb not null,
  amount       numeric not null,              -- major units, exact, as in payments
  currency     text not null,
  status       text not null,                 -- of the payment when it was asked for
  requested_by text not null,
  reason       text not null check (length(reason) between 1 and 500),
  requested_at timestamptz not null,
  state        text not null default 'waiting'
    check (state in ('waiting', 'approved', 'done', 'rejected')),
  decided_by   text,
  decided_at   timestamptz,
  decision     text,                          -- why it was decided so
  constraint approvals_by_another check (lower(decided_by) <> lower(requested_by)),
  constraint approvals_decided check ((state = 'waiting') = (decided_by is null))
);

-- One open request at a time for a payment.
create unique index approvals_open on approvals (payment_id) where state in ('waiting', 'approved');

-- Explaining a payment reads the webhooks about it.
create index stripe_events_of_payment on stripe_events (payment_id);

-- And the commands about it.
create index commands_of_payment on commands (payment_id) where payment_id is not null;

-- Summing up days and replaying go through the history by time. It is written in order of time, so
-- that the ranges of a block index stay narrow, and it costs commands next to nothing.
create index payment_events_by_time on payment_events using brin (at) with (autosummarize = on);

-- Looking goes through all payments by creation, comparing through those with a PaymentIntent.
drop index payments_by_creation;
create index payments_by_creation on payments (created_at, id);

-- Down Migration

drop index payments_by_creation;
create index payments_by_creation on payments (created_at, id) where payment_intent_id is not null;
drop index payment_events_by_time;
drop index commands_of_payment;
drop index stripe_events_of_payment;
drop table approvals;
drop table operator_acts;
