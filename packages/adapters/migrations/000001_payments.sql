-- Up Migration

-- One payment: the guide's columns first, then ours. Rules the core keeps are repeated as checks.
create table payments (
  id                 text primary key,
  payment_intent_id  text unique,
  order_id           text not null,
  customer_id        text not null,
  runner_id          text,
  amount             numeric not null,        -- major units, exact
  status             text not null,
  description        text,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,

  currency           text not null,
  attempt            integer not null,        -- 1 for the order's first payment
  version            integer not null,        -- of its last event; 0 before the first
  revision           integer not null,        -- raised by every write; guards against lost updates
  stripe_customer_id text,
  payment_method_id  text not null,
  correlation_id     text not null,           -- of the command that asked for the hold
  operation_key      text,                    -- the gateway call we owe, if any
  requires_action    boolean not null default false,
  revert_requested   jsonb,                   -- a revert that waits for the authorize to end
  capture_before     timestamptz,             -- when the hold lapses by itself
  received_minor     bigint not null default 0,
  revert_method      text,
  revert_reason      text,
  failure            jsonb,
  review             text,                    -- why a person should look

  constraint payments_id_length check (length(id) between 1 and 200),
  constraint payments_order_id_length check (length(order_id) between 1 and 200),
  constraint payments_amount_positive check (amount > 0),
  constraint payments_currency_code check (currency ~ '^[A-Z]{3}$'),
  constraint payments_status_known
    check (status in ('INITIATING', 'AUTHORIZED', 'RELEASED', 'REVERTED', 'FAILED')),
  constraint payments_held_has_intent
    check (status in ('INITIATING', 'FAILED') or payment_intent_id is not null),
  constraint payments_received_when_released check (status <> 'RELEASED' or received_minor > 0),
  constraint payments_reverted_has_method check ((status = 'REVERTED') = (revert_method is not null)),
  constraint payments_failed_has_failure check ((status = 'FAILED') = (failure is not null)),
  constraint payments_final_owes_nothing
    check (status not in ('REVERTED', 'FAILED') or operation_key is null),
  constraint payments_attempt_once unique (order_id, attempt)
);

-- At most one live payment per order, whatever races.
create unique index payments_one_live_per_order on payments (order_id)
  where status in ('INITIATING', 'AUTHORIZED', 'RELEASED');

-- What only Stripe can tell more about: few at any time, so that looking for them stays cheap.
create index payments_waiting_for_news on payments (id)
  where operation_key is null and status = 'INITIATING';
create index payments_holds_by_end on payments (capture_before)
  where operation_key is null and status = 'AUTHORIZED';

-- The journal of gateway calls, each written down before it is made.
create table operations (
  key            text primary key,            -- the idempotency key at Stripe
  payment_id     text not null references payments (id),
  kind           text not null check (kind in ('authorize', 'capture', 'void', 'refund')),
  params         jsonb not null,
  correlation_id text not null,
  attempts       integer not null,
  opened_at      timestamptz not null,
  lease_until    timestamptz not null,        -- until then its holder is expected to finish it
  closed_at      timestamptz,
  outcome        text check (outcome in ('done', 'refused', 'superseded', 'withdrawn')),
  detail         text,
  constraint operations_closed_has_outcome check ((closed_at is null) = (outcome is null))
);

create index operations_of_payment on operations (payment_id);
create index operations_open on operations (lease_until) where closed_at is null;

-- The history: what happened to each payment, numbered without gaps.
create table payment_events (
  payment_id     text not null references payments (id),
  version        integer not null check (version > 0),
  type           text not null,
  data           jsonb not null,
  correlation_id text not null,
  at             timestamptz not null,
  primary key (payment_id, version)
);

-- What is not yet published; a row leaves when it is, so the table stays small.
create table outbox (
  id           bigint generated always as identity primary key,
  payment_id   text not null,
  order_id     text not null,
  version      integer not null,
  announcement jsonb not null,
  created_at   timestamptz not null default now(),
  constraint outbox_once unique (payment_id, version)
);

-- The inbox: every webhook we took in, once.
create table stripe_events (
  id          text primary key,
  type        text not null,
  payment_id  text,                           -- null: about nothing of ours
  received_at timestamptz not null default now()
);

-- Which platform user is which Stripe customer; written once, never changed.
create table customers (
  customer_id        text primary key,
  stripe_customer_id text,
  request_key        text not null,           -- idempotency key under which it is made
  requested_at       timestamptz not null
);

-- The keys under which callers sent requests, and the final answers they got.
create table idempotency_keys (
  caller      text not null,
  key         text not null,
  fingerprint text not null,                  -- of the request, to notice a key used twice
  status      smallint,                       -- HTTP; null until there is a final answer
  body        jsonb,
  created_at  timestamptz not null default now(),
  primary key (caller, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);

-- Down Migration

drop table idempotency_keys;
drop table customers;
drop table stripe_events;
drop table outbox;
drop table payment_events;
drop table operations;
drop table payments;
