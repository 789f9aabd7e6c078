-- Up Migration

-- What waits for a person, counted at every scrape of the metrics: few, however many were seen to.
create index parked_commands_waiting on parked_commands (id) where state = 'parked';

-- Explaining a payment reads the requests about it.
create index approvals_of_payment on approvals (payment_id) where payment_id is not null;

-- By a share of a table of ten million rows nothing would be cleaned up or counted anew for days. Rows
-- that are written over are cleaned up at a fiftieth, what is only added to is marked as seen by all at a
-- twentieth, so that what is read by index alone stays so; plans are made by figures of a hundredth.
alter table payments set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 5000
);
alter table operations set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 5000
);
alter table transfers set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 5000
);
alter table payment_events set (
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 10000
);
alter table stripe_events set (
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 10000
);
alter table commands set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
-- A day's worth, all of which leaves again.
alter table idempotency_keys set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 5000
);

-- An outbox of no pages is planned to be read whole, once for each shard, and that plan is kept while dead
-- rows gather: it keeps its pages when it is empty.
alter table outbox set (vacuum_truncate = false);

-- Histories that have left the database, so many in one file. Null where they were dropped.
create table archives (
  id         bigint generated always as identity primary key,
  file       text,
  sha256     text check (sha256 ~ '^[0-9a-f]{64}$'),   -- of the file as it lies there
  bytes      bigint,
  payments   integer not null check (payments > 0),
  made_at    timestamptz not null,
  made_by    text not null,                   -- the host, or who ran the command
  constraint archives_file_is_whole
    check ((file is null) = (sha256 is null) and (file is null) = (bytes is null))
);

-- Whose history is in which, up to which event, and what the payment was by then: what happens later is
-- written as ever, and goes on from there.
create table archived_payments (
  payment_id text primary key references payments (id),
  archive_id bigint not null references archives (id),
  version    integer not null check (version > 0),
  status     text not null check (status in ('RELEASED', 'REVERTED', 'FAILED'))
);

-- Down Migration

-- Refused where a history has left: the older release would take it for one with gaps.
alter table archived_payments add constraint archived_payments_none check (false);
drop table archived_payments;
drop table archives;

alter table outbox reset (vacuum_truncate);
alter table idempotency_keys reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table commands reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table stripe_events reset (
  autovacuum_vacuum_insert_scale_factor,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table payment_events reset (
  autovacuum_vacuum_insert_scale_factor,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table transfers reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table operations reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_insert_scale_factor,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
alter table payments reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_insert_scale_factor,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
drop index approvals_of_payment;
drop index parked_commands_waiting;
