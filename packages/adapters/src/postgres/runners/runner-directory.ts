import type { Runner, RunnerDebt, RunnerDirectory } from '@campusg-pay/core';
import { createBatch } from '../connection/batch.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface RunnerRow {
  runner_id: string;
  stripe_account: string | null;
  transfers_enabled: boolean | null;
  debts: RunnerDebt[] | null;
}

/** What the runner of a row `of` owes. */
const OPEN_DEBTS = `
  (
    select json_agg(json_build_object(
      'debtId', d.debt_id, 'currency', d.currency, 'leftMinor', d.left_minor
    ) order by d.created_at, d.debt_id)
    from runner_debts d where d.runner_id = of.runner_id and d.left_minor > 0
  ) as debts` as const;

const FIND = defineStatement<RunnerRow & { is_told: boolean }>()({
  name: 'find_runners',
  text: `
    select of.runner_id, r.stripe_account, r.transfers_enabled, r.runner_id is not null as is_told,
      ${OPEN_DEBTS}
    from unnest(:runnerIds::text[]) as of (runner_id) left join runners r using (runner_id)`,
});

/** Transfers that wait for the account, or for a person who has given another one by now. */
const WAITING = `
    (t.status = 'waiting_account'
      or t.status = 'needs_review' and t.stripe_account is distinct from :stripeAccount)` as const;

/**
 * Makes them due. The payment is locked before its transfer, as every writer does, and moves on, so that
 * who has read it before does not write the old time over this one.
 */
const WAKE = `
    moved as (
      update payments set revision = revision + 1, updated_at = :now
      from waiting where payments.id = waiting.id
    ), woken as (
      update transfers t set next_try_at = :now, updated_at = :now
      from waiting where t.payment_id = waiting.id and ${WAITING}
    )` as const;

const SET_ACCOUNT = defineStatement<RunnerRow>()({
  name: 'set_account_of_runner',
  text: `
    with told as (
      insert into runners as r (
        runner_id, stripe_account, transfers_enabled, created_at, updated_at
      )
      values (:runnerId, :stripeAccount, :transfersEnabled::boolean, :now, :now)
      on conflict (runner_id) do update set
        stripe_account = excluded.stripe_account, updated_at = excluded.updated_at,
        transfers_enabled = coalesce(
          excluded.transfers_enabled,
          case when r.stripe_account = excluded.stripe_account then r.transfers_enabled end
        ),
        account_reason = case when r.stripe_account = excluded.stripe_account
          then r.account_reason end
      returning runner_id, stripe_account, transfers_enabled
    ), waiting as (
      select p.id from transfers t join payments p on p.id = t.payment_id
      where t.runner_id = :runnerId and ${WAITING}
        and t.stripe_account is distinct from :stripeAccount
      order by p.id for update of p
    ), ${WAKE}
    select of.*, ${OPEN_DEBTS} from told as of`,
});

const NOTE_ACCOUNT = defineStatement<{ runners: number }>()({
  name: 'note_account',
  text: `
    with told as (
      update runners set transfers_enabled = :transfersEnabled, account_reason = :reason,
        updated_at = :now
      where stripe_account = :stripeAccount
      returning runner_id
    ), waiting as (
      select p.id from transfers t join payments p on p.id = t.payment_id
      where (t.stripe_account = :stripeAccount or t.runner_id in (select runner_id from told))
        and ${WAITING} and :transfersEnabled::boolean
      order by p.id for update of p
    ), ${WAKE}
    select count(*) as runners from told`,
});

const TRANSFERRED = defineStatement<{ currency: string; amount: string }>()({
  name: 'transferred_to_runner',
  // What was kept back for debts has reached the runner as well, as a debt less.
  text: `
    select p.currency,
      sum(t.amount_minor + t.netted_minor - t.reversed_minor - t.debt_minor)::text as amount
    from transfers t join payments p on p.id = t.payment_id
    where t.runner_id = :runnerId and t.status in ('sent', 'reversed')
    group by p.currency
    having sum(t.amount_minor + t.netted_minor - t.reversed_minor - t.debt_minor) <> 0
    order by p.currency`,
});

/** Who the runners are, in Postgres. */
export function createRunnerDirectory(db: Database): RunnerDirectory {
  return {
    find: createBatch<string, Runner | null>({
      run: async (runnerIds) => {
        const found = await query(db, FIND, { runnerIds: [...new Set(runnerIds)] });
        return found.map((rows) => {
          // A debt tells of a runner as well: it must not be paid out for want of an account.
          const known = rows.filter((row) => row.is_told || row.debts !== null);
          const runners = new Map(known.map((row) => [row.runner_id, toRunner(row)]));
          return runnerIds.map((runnerId) => runners.get(runnerId) ?? null);
        });
      },
    }),
    setAccount: async ({ runnerId, stripeAccount, transfersEnabled = null, now }) => {
      const values = { runnerId, stripeAccount, transfersEnabled, now };
      const told = await query(db, SET_ACCOUNT, values);
      return told.map(([row]) => {
        if (row === undefined) throw new Error('bug: an upsert returns its row');
        return toRunner(row);
      });
    },
    transferred: async (runnerId) => {
      const found = await query(db, TRANSFERRED, { runnerId });
      return found.map((rows) =>
        rows.map(({ currency, amount }) => ({ currency, amountMinor: Number(amount) })),
      );
    },
    noteAccount: async ({ stripeAccount, transfersEnabled, reason, now }) => {
      const values = { stripeAccount, transfersEnabled, reason, now };
      const noted = await query(db, NOTE_ACCOUNT, values);
      return noted.map(([row]) => row?.runners ?? 0);
    },
  };
}

function toRunner(row: RunnerRow): Runner {
  return {
    runnerId: row.runner_id,
    stripeAccount: row.stripe_account,
    transfersEnabled: row.transfers_enabled,
    debts: row.debts ?? [],
  };
}
