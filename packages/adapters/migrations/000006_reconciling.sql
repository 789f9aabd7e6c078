-- Up Migration

-- What is still open is looked at whatever its age: few at any time.
create index payments_unfinished on payments (created_at, id)
  where status in ('INITIATING', 'AUTHORIZED') or operation_key is not null;

-- Whose Stripe customer is this?
create index customers_by_stripe_id on customers (stripe_customer_id);

-- Each time both sides were gone through. An interrupted run goes on where it was.
create table reconcile_runs (
  id          bigint generated always as identity primary key,
  from_at     timestamptz not null,
  to_at       timestamptz not null,           -- exclusive
  older       boolean not null,               -- also what is still open from before
  started_at  timestamptz not null,
  finished_at timestamptz,                    -- null: interrupted, or still going
  started_by  text not null,
  progress    jsonb not null                  -- how far it has come, and what it has counted
);

-- What a run found. The same difference has the same key in every run, so that two can be compared.
create table reconcile_findings (
  run_id   bigint not null references reconcile_runs (id) on delete cascade,
  key      text not null,
  rank     smallint not null,                 -- of its severity: 0 is the most urgent
  drift    jsonb not null,
  primary key (run_id, key)
);

create index reconcile_findings_by_rank on reconcile_findings (run_id, rank, key);

-- What came of each repair of a plan, so that applying it again goes on instead of starting over. Who
-- did it and why is in operator_acts.
create table reconcile_repairs (
  plan        text not null,                  -- hash of the plan
  repair      text not null,                  -- hash of the repair in it
  outcome     text not null check (outcome in ('done', 'changed', 'failed')),
  detail      text,
  applied_at  timestamptz not null,
  primary key (plan, repair)
);

-- Down Migration

drop table reconcile_repairs;
drop table reconcile_findings;
drop table reconcile_runs;
drop index customers_by_stripe_id;
drop index payments_unfinished;
