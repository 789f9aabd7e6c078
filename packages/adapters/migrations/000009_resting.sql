-- Up Migration

-- Whoever does not know how a call ended lets go of it: nobody works on it, `lease_until` says when
-- the next look is due, and anybody may look before.
alter table operations add column resting boolean not null default false;

-- Down Migration

alter table operations drop column resting;
