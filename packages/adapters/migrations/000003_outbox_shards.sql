-- Up Migration

-- Relays share the work by shards: all events of an order are in one, and one relay at a time has it.
-- md5 because it is the same everywhere and for ever; stored, so that nobody who writes can forget it.
alter table outbox add column shard smallint not null
  generated always as (get_byte(decode(md5(order_id), 'hex'), 0) & 63) stored;

create index outbox_by_shard on outbox (shard, id);

-- Rows come and go all day: clean up after thousands rather than after a share of the table, so that
-- it stays as small as its backlog, and the next rows are found without stepping over dead ones. Analyzed
-- after thousands as well: the plan of an empty table would sort a long backlog for every batch.
alter table outbox set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 20000
);

-- Which relay publishes which shard. The locks decide; this tells whether it was given back in peace.
create table outbox_shards (
  shard  smallint primary key check (shard between 0 and 63),
  holder text,                                -- null: nobody can be publishing it any more
  since  timestamptz
);

insert into outbox_shards (shard) select generate_series(0, 63);

-- Down Migration

drop table outbox_shards;
alter table outbox reset (
  autovacuum_vacuum_scale_factor,
  autovacuum_vacuum_threshold,
  autovacuum_vacuum_cost_delay,
  autovacuum_analyze_scale_factor,
  autovacuum_analyze_threshold
);
alter table outbox drop column shard;
