-- Up Migration

-- A payment that opens or leases its call changes no indexed column any more: such an update is "heap
-- only" and touches no index. So no index tells by `operation_key`; whoever looks, filters by it.
-- What is not finished is found by its status.
-- First what takes long, while others read; then what nobody can be in the way of.
create unique index payments_of_intent on payments (payment_intent_id)
  where payment_intent_id is not null;
create index payments_held_until on payments (capture_before) where status = 'AUTHORIZED';
drop index payments_waiting_for_news, payments_holds_by_end, payments_unfinished;
-- A payment without a PaymentIntent has nothing to look it up by.
alter table payments drop constraint payments_payment_intent_id_key;

-- Room on each page for what its rows become: an update that stays on its page is shorter in the WAL.
alter table payments set (fillfactor = 75);
alter table operations set (fillfactor = 75);

-- Both are written only together with their payment, from its own row in the same statement, and a
-- payment is taken back only with its calls and before its first event. So the check could find nothing,
-- and cost a query and a row lock for each row.
alter table operations drop constraint operations_payment_id_fkey;
alter table payment_events drop constraint payment_events_payment_id_fkey;

-- Relays read and remove by shard and place.
alter table outbox drop constraint outbox_pkey;
alter table outbox add primary key (shard, id);
drop index outbox_by_shard;

-- Down Migration

create index outbox_by_shard on outbox (shard, id);
alter table outbox drop constraint outbox_pkey;
alter table outbox add primary key (id);

alter table payment_events add constraint payment_events_payment_id_fkey
  foreign key (payment_id) references payments (id);
alter table operations add constraint operations_payment_id_fkey
  foreign key (payment_id) references payments (id);

alter table operations reset (fillfactor);
alter table payments reset (fillfactor);

alter table payments add constraint payments_payment_intent_id_key unique (payment_intent_id);
drop index payments_of_intent;

drop index payments_held_until;
create index payments_unfinished on payments (created_at, id)
  where status in ('INITIATING', 'AUTHORIZED') or operation_key is not null;
create index payments_holds_by_end on payments (capture_before)
  where operation_key is null and status = 'AUTHORIZED';
create index payments_waiting_for_news on payments (id)
  where operation_key is null and status = 'INITIATING';
