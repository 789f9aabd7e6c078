-- Up Migration

-- The line in which replicas take turns for calls to Stripe, one row a limit: at most some dozens. It says
-- nothing that is worth keeping, so it is not logged: after a crash, or on a standby that is promoted, it is
-- empty and begins anew.
create unlogged table stripe_turns (
  name text primary key,
  next_at timestamptz not null
);

-- Down Migration

drop table stripe_turns;
