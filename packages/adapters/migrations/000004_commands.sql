-- Up Migration

-- Which command of its correlation id an event is the final answer to; null: it answers nobody.
alter table payment_events
  add column answers text check (answers in ('authorize', 'release', 'revert'));

-- Commands that asked to be answered by an event, each once under its correlation id and type: a
-- saga gives all of its commands under one id.
create table commands (
  correlation_id text not null check (length(correlation_id) between 1 and 200),
  type           text not null
    check (type in ('authorize_payment', 'release_payment', 'revert_payment')),
  fingerprint    text not null,               -- of what is asked for, to notice an id used twice
  command        jsonb,                       -- as it was read; null where it was invalid
  order_id       text,                        -- what it is about, as far as that is known
  payment_id     text,
  state          text not null check (state in ('received', 'waiting', 'answered')),
  holder         text,                        -- who is working on it
  due_at         timestamptz not null,        -- from then on anybody may look at it
  looks          integer not null default 0,  -- how often it was looked at again
  answer         text,                        -- `event`, or the type of the reply
  received_at    timestamptz not null,
  answered_at    timestamptz,
  primary key (correlation_id, type),
  constraint commands_answered_has_answer check ((state = 'answered') = (answer is not null)),
  constraint commands_answered_has_time check ((state = 'answered') = (answered_at is not null))
);

create index commands_due on commands (due_at) where state <> 'answered';
create index commands_answered on commands (answered_at) where state = 'answered';

-- What came over Kafka and can't be carried out or answered: for a person to look at.
create table parked_commands (
  id          bigint generated always as identity primary key,
  topic       text not null,
  partition   integer not null,
  "offset"    bigint not null,
  key         bytea,
  headers     jsonb not null,
  value       bytea,                          -- its first part, where it is large
  value_bytes integer not null,               -- its full size
  reason      text not null,
  parked_at   timestamptz not null,
  state       text not null default 'parked' check (state in ('parked', 'dismissed')),
  constraint parked_commands_once unique (topic, partition, "offset")
);

-- What a user has spent and earned.
create index payments_spent on payments (customer_id) where status = 'RELEASED';
create index payments_earned on payments (runner_id) where status = 'RELEASED';

-- Replies that are no events of a payment go out with the events, in their order.
alter table outbox alter column payment_id drop not null, alter column version drop not null;
update outbox set announcement = announcement || '{"answers": null}' where not announcement ? 'answers';

-- Down Migration

delete from outbox where version is null;
alter table outbox alter column payment_id set not null, alter column version set not null;
drop index payments_spent, payments_earned;
drop table parked_commands;
drop table commands;
alter table payment_events drop column answers;
