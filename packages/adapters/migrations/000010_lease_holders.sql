-- Up Migration

-- Who took the lease: the number of the advisory lock that the process holds while it lives. Null:
-- nobody holds it, or nobody would see its holder go, so that only `lease_until` counts.
alter table operations add column holder integer;

-- Down Migration

alter table operations drop column holder;
