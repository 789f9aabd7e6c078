-- Up Migration

-- What a release has decided of what was taken. Replicas of before leave these as they are: nothing was
-- said, no tip, no fee.
alter table payments
  add column due_minor bigint,                 -- what was to be taken; null: nobody has said
  add column tip_minor bigint not null default 0,
  add column fee_minor bigint not null default 0,
  add column headroom  jsonb,                  -- { maximumMinor, canRaise }: beyond the hold
  add constraint payments_due_positive check (due_minor > 0),
  add constraint payments_tip_within_received check (tip_minor between 0 and received_minor),
  add constraint payments_fee_within_received check (fee_minor between 0 and received_minor);

-- What a runner got is taken back after the customer has theirs: so a REVERTED payment may owe a call.
alter table payments drop constraint payments_final_owes_nothing;
alter table payments add constraint payments_failed_owes_nothing
  check (status <> 'FAILED' or operation_key is null);

alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check
  check (kind in ('authorize', 'capture', 'void', 'refund', 'transfer', 'reversal'));

-- What we were asked to give back, and what has come of it.
create table refunds (
  payment_id       text not null references payments (id),
  refund_id        text not null,              -- the caller's name for it, or one of ours
  position         smallint not null,          -- 1 for the payment's first
  amount_minor     bigint not null,
  is_rest          boolean not null,           -- all that is left, whatever that is by then
  status           text not null,
  reason           text,
  stripe_refund_id text unique,
  created_at       timestamptz not null,
  correlation_id   text not null,              -- of the command that asked for it
  primary key (payment_id, refund_id),
  constraint refunds_in_order unique (payment_id, position),
  constraint refunds_at_most_100 check (position between 1 and 100),
  constraint refunds_amount_positive check (amount_minor > 0),
  constraint refunds_status_known
    check (status in ('owed', 'pending', 'succeeded', 'failed', 'canceled'))
);

-- The runner's share of a payment on its way to the runner's account: at most one of a payment.
create table transfers (
  payment_id         text primary key references payments (id),
  transfer_id        text not null unique,     -- ours; Stripe's metadata names it
  status             text not null,
  runner_id          text not null,
  stripe_account     text,                     -- null while the runner has none
  amount_minor       bigint not null,
  netted_minor       bigint not null,          -- kept back of the share for debts of the runner
  reversed_minor     bigint not null,          -- came back from the account
  debt_minor         bigint not null,          -- was to come back, and became a debt
  stripe_transfer_id text unique,
  charge_id          text,
  reason             text,                     -- why it waits, in words
  tries              integer not null,
  next_try_at        timestamptz,              -- null: not before something happens
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  constraint transfers_status_known check (status in (
    'owed', 'waiting_account', 'waiting_funds', 'paused', 'sent', 'reversed', 'canceled', 'needs_review'
  )),
  constraint transfers_amounts_not_negative check (
    amount_minor >= 0 and netted_minor >= 0 and reversed_minor >= 0 and debt_minor >= 0 and tries >= 0
  ),
  constraint transfers_reversed_within_amount check (reversed_minor <= amount_minor),
  constraint transfers_sent_has_name check (
    status not in ('sent', 'reversed') or stripe_transfer_id is not null or amount_minor = 0
  ),
  -- Sent again is only what came back.
  constraint transfers_waiting_has_no_name check (
    status not in ('owed', 'waiting_account', 'waiting_funds') or stripe_transfer_id is null
      or reversed_minor > 0
  )
);

-- What is tried by itself, or because something has happened to the account.
create index transfers_due on transfers (next_try_at)
  where status in ('owed', 'waiting_account', 'waiting_funds', 'needs_review');
create index transfers_of_runner on transfers (runner_id, status);
create index transfers_of_account on transfers (stripe_account, status)
  where stripe_account is not null;

-- Where the money of those who deliver goes.
create table runners (
  runner_id         text primary key,
  stripe_account    text,
  transfers_enabled boolean,                   -- as Stripe told last; null: nobody has asked
  account_reason    text,                      -- why not, in Stripe's words
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  constraint runners_known_of_account
    check (stripe_account is not null or (transfers_enabled is null and account_reason is null))
);

create index runners_of_account on runners (stripe_account) where stripe_account is not null;

-- What a runner was to give back of a transfer, and their account could not. Who owes needs no row in
-- `runners`.
create table runner_debts (
  debt_id      text primary key,
  runner_id    text not null,
  currency     text not null,
  payment_id   text not null references payments (id),
  amount_minor bigint not null,
  left_minor   bigint not null,
  created_at   timestamptz not null,
  constraint runner_debts_amount_positive check (amount_minor > 0),
  constraint runner_debts_left_not_negative check (left_minor >= 0),
  constraint runner_debts_left_within_amount check (left_minor <= amount_minor),
  constraint runner_debts_currency_code check (currency ~ '^[A-Z]{3}$')
);

create index runner_debts_open on runner_debts (runner_id, currency) where left_minor > 0;
create index runner_debts_of_payment on runner_debts (payment_id);

-- Which transfer has kept back how much for which debt.
create table debt_nettings (
  debt_id      text not null references runner_debts (debt_id),
  payment_id   text not null references transfers (payment_id),
  amount_minor bigint not null,
  created_at   timestamptz not null,
  primary key (debt_id, payment_id),
  constraint debt_nettings_amount_positive check (amount_minor > 0)
);

create index debt_nettings_of_payment on debt_nettings (payment_id);

-- No call is written down that would send more than was captured, less what was refunded, less the fee;
-- nor more than the runner's share together with what is kept back of it. Runs when the whole write is
-- done, and looks in the schema that the table is in, whatever the session's search path.
create function refuse_transfer_above_share() returns trigger language plpgsql as $$
declare
  wanted bigint := (new.params ->> 'amountMinor')::bigint;
  is_within boolean;
begin
  execute format(
    'select $2 + sent.minor
         <= p.received_minor - p.fee_minor - coalesce(
           p.refunded_minor, case when p.revert_method = ''refunded'' then p.received_minor else 0 end)
       and $2 + sent.minor + coalesce(t.netted_minor, 0) <= p.received_minor - p.fee_minor
     from %1$I.payments p
     left join %1$I.transfers t on t.payment_id = p.id
     cross join lateral (
       select case when t.stripe_transfer_id is null then 0 else t.amount_minor - t.reversed_minor end
     ) sent (minor)
     where p.id = $1', tg_table_schema)
    into is_within using new.payment_id, wanted;
  if is_within then return null; end if;
  raise exception 'the payment has less than % for its runner', wanted
    using errcode = 'check_violation', constraint = 'operations_transfer_within_share',
      table = tg_table_name, schema = tg_table_schema;
end $$;

create trigger operations_transfer_within_share after insert on operations
  for each row when (new.kind = 'transfer' and new.closed_at is null)
  execute function refuse_transfer_above_share();

-- Whose money it is: the books by double entry, worked out from the records, and no second truth. Each
-- movement is two rows, from one account to another, so that a payment's rows add up to nothing.
--
--   customer  what the payment has cost them, below zero; a lost dispute is money back like a refund
--   platform  what we have left of it in money: captured = (transferred - reversed) + fee + refunded +
--             this. Below zero where we have paid what the runner keeps or owes
--   fees      what we keep of it as our fee
--   runner    what the runner has earned by it: sent, less what came back or is owed back, and what paid
--             for earlier debts
--   debts     what runners owe us: as much as `runner_debts.left_minor` adds up to. Of one payment,
--             together with platform: what is kept of it once debts count like money
create view money_ledger as
  select moved.payment_id, moved.currency, moved.movement, side.account, side.amount_minor
  from (
    select id, currency, 'capture', 'customer', 'platform', received_minor from payments
    union all
    select id, currency, 'refund', 'platform', 'customer',
      coalesce(refunded_minor, case when revert_method = 'refunded' then received_minor else 0 end)
    from payments
    union all
    select id, currency, 'dispute', 'platform', 'customer', (dispute ->> 'amountMinor')::bigint
    from payments where received_minor > 0 and dispute ->> 'status' = 'lost'
    union all
    select id, currency, 'fee', 'platform', 'fees', fee_minor from payments
    union all
    select id, currency, 'transfer', 'platform', 'runner', t.amount_minor
    from transfers t join payments on id = t.payment_id where t.stripe_transfer_id is not null
    union all
    select id, currency, 'reversal', 'runner', 'platform', t.reversed_minor
    from transfers t join payments on id = t.payment_id
    union all
    select payment_id, currency, 'debt', 'runner', 'debts', amount_minor from runner_debts
    union all
    select n.payment_id, d.currency, 'netting', 'debts', 'runner', n.amount_minor
    from debt_nettings n join runner_debts d using (debt_id)
  ) moved (payment_id, currency, movement, giver, taker, amount_minor)
  cross join lateral (
    values (giver, - moved.amount_minor), (taker, moved.amount_minor)
  ) side (account, amount_minor)
  where moved.amount_minor > 0;

-- Down Migration

-- Refused where there are calls that the older release can't read.
drop view money_ledger;
drop trigger operations_transfer_within_share on operations;
drop function refuse_transfer_above_share;
drop table debt_nettings;
drop table runner_debts;
drop table runners;
drop table transfers;
drop table refunds;

alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check
  check (kind in ('authorize', 'capture', 'void', 'refund'));

alter table payments
  drop constraint payments_failed_owes_nothing,
  drop column due_minor,
  drop column tip_minor,
  drop column fee_minor,
  drop column headroom;
alter table payments add constraint payments_final_owes_nothing
  check (status not in ('REVERTED', 'FAILED') or operation_key is null);
