import type { MoneySearch, RunnerEntry } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface RunnerRow {
  runner_id: string;
  stripe_account: string | null;
  transfers_enabled: boolean | null;
  account_reason: string | null;
  debts: RunnerEntry['debts'] | null;
  waiting: RunnerEntry['waiting'] | null;
}

/** What is to be sent and is not yet, as `isUnsent` of the core says it. */
const UNSENT = `t.status not in ('sent', 'reversed', 'canceled')` as const;

/** Runners of some ids, with their sums. Who owes, or has earned something, needs no account. */
const FROM_RUNNERS = `
    select named.runner_id, r.stripe_account, r.transfers_enabled, r.account_reason,
      (
        select json_agg(json_build_object('currency', s.currency, 'amountMinor', s.minor)
          order by s.currency)
        from (
          select d.currency, sum(d.left_minor) as minor from runner_debts d
          where d.runner_id = named.runner_id and d.left_minor > 0 group by d.currency
        ) s
      ) as debts,
      (
        select json_agg(json_build_object('currency', s.currency, 'amountMinor', s.minor)
          order by s.currency)
        from (
          select p.currency, sum(t.amount_minor) as minor
          from transfers t join payments p on p.id = t.payment_id
          where t.runner_id = named.runner_id and ${UNSENT} and t.amount_minor > 0
          group by p.currency
        ) s
      ) as waiting
    from named left join runners r using (runner_id)
    order by named.runner_id` as const;

const RUNNERS = defineStatement<RunnerRow>()({
  name: 'list_runners',
  text: `
    with named as (
      (select runner_id from runners where runner_id > :after
        order by runner_id limit :limit)
      union
      (select distinct runner_id from transfers where runner_id > :after
        order by runner_id limit :limit)
      union
      (select distinct runner_id from runner_debts where runner_id > :after
        order by runner_id limit :limit)
      order by runner_id limit :limit
    )
    ${FROM_RUNNERS}`,
});

const RUNNERS_WHO_OWE = defineStatement<RunnerRow>()({
  name: 'list_runners_who_owe',
  text: `
    with named as (
      select distinct d.runner_id
      from runner_debts d
      where d.left_minor > 0 and d.runner_id > :after
        and (:stripeAccount::text is null or exists (
          select from runners r where r.runner_id = d.runner_id and r.stripe_account = :stripeAccount
        ))
      order by d.runner_id limit :limit
    )
    ${FROM_RUNNERS}`,
});

const RUNNERS_OF_ACCOUNT = defineStatement<RunnerRow>()({
  name: 'list_runners_of_account',
  text: `
    with named as (
      select runner_id from runners where stripe_account = :stripeAccount and runner_id > :after
      order by runner_id limit :limit
    )
    ${FROM_RUNNERS}`,
});

const RUNNER = defineStatement<RunnerRow>()({
  name: 'list_runner',
  text: `
    with named as (
      select asked.runner_id from (select :runnerId::text as runner_id) asked
      where exists (select from runners x where x.runner_id = asked.runner_id)
        or exists (select from transfers x where x.runner_id = asked.runner_id)
        or exists (select from runner_debts x where x.runner_id = asked.runner_id)
    )
    ${FROM_RUNNERS}`,
});

/** The runners, as lists tell of them. */
export function createRunnerSearch(db: Database): Pick<MoneySearch, 'runners' | 'runner'> {
  return {
    runners: async ({ stripeAccount, owing }, { after: last, limit }) => {
      const after = last?.runnerId ?? '';
      const values = { after, limit, stripeAccount };
      const found = owing
        ? await query(db, RUNNERS_WHO_OWE, values)
        : stripeAccount !== null
          ? await query(db, RUNNERS_OF_ACCOUNT, values)
          : await query(db, RUNNERS, values);
      return found.map((rows) => rows.map(toRunnerEntry));
    },
    runner: async (runnerId) => {
      const found = await query(db, RUNNER, { runnerId });
      return found.map(([row]) => (row === undefined ? null : toRunnerEntry(row)));
    },
  };
}

function toRunnerEntry(row: RunnerRow): RunnerEntry {
  return {
    runnerId: row.runner_id,
    stripeAccount: row.stripe_account,
    transfersEnabled: row.transfers_enabled,
    accountReason: row.account_reason,
    debts: row.debts ?? [],
    waiting: row.waiting ?? [],
  };
}
