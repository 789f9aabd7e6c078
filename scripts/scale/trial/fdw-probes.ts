import pg from 'pg';
import type { Defined, NotedAdapters } from './adapters.js';

/** Four things that the statements rely on and that a run of one after the other does not show. */
export async function probe(
  { statements }: Pick<NotedAdapters, 'statements'>,
  where: { readonly connectionString: string; readonly secondShard: string | null },
): Promise<readonly string[]> {
  const clients = await Promise.all([open(where.connectionString), open(where.connectionString)]);
  const [one, other] = clients as [pg.Client, pg.Client];
  const claim = find(statements, 'claim_payments');
  const takeOwing = find(statements, 'take_owing_payments');
  const told: string[] = [];
  try {
    // Orders on both servers, whichever way they are shared out.
    const names = Array.from({ length: 8 }, (_, n) => `probe-${n}`);
    await one.query(claim.text, valuesFor(claim, { claims: json(claimOf('first', 'taken.1')) }));
    let again = 0;
    for (const order of names) {
      const { rowCount } = await one.query(
        claim.text,
        valuesFor(claim, { claims: json(claimOf(order, 'taken.1')) }),
      );
      again += rowCount ?? 0;
    }
    told.push(
      `a payment's id that is taken, for ${names.length} other orders: ${again} times given again`,
    );

    await one.query(claim.text, valuesFor(claim, { claims: json(claimOf('locked', 'locked.1')) }));
    await one.query('begin');
    await one.query(`select from payments where order_id = 'locked' for update`);
    await other.query(`set statement_timeout = '2s'; set lock_timeout = '1s'`);
    const now = new Date(Date.now() + 3_600_000);
    told.push(
      `take_owing_payments beside a locked payment (skip locked): ${await outcome(() =>
        other.query(
          takeOwing.text,
          valuesFor(takeOwing, { now, leaseUntil: now, limit: 50, holder: null }),
        ),
      )}`,
    );
    await one.query('rollback');

    await other.query(`set statement_timeout = '10s'; set lock_timeout = '10s'`);
    const change = `update payments set revision = revision + 1 where order_id = 'locked' and revision = 1`;
    const { rows } = await one.query(`select revision from payments where order_id = 'locked'`);
    const since = change.replace('revision = 1', `revision = ${rows[0]?.revision}`);
    await one.query('begin');
    await one.query(since);
    const second = outcome(() => other.query(since));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await one.query('commit');
    told.push(`a change of what somebody else has just changed: ${await second}`);

    if (where.secondShard !== null) {
      const shard = await open(where.secondShard);
      await shard.query(`
        create function refuse() returns trigger language plpgsql as
          $$ begin raise exception 'the disk is full' using errcode = '53100'; end $$;
        create constraint trigger refuse after insert on operations
          deferrable initially deferred for each row execute function refuse()`);
      let half = 0;
      let refused = 0;
      for (const order of names.map((name) => `half-${name}`)) {
        const claimed = await outcome(() =>
          one.query(claim.text, valuesFor(claim, { claims: json(claimOf(order, `${order}.1`)) })),
        );
        if (!claimed.startsWith('5')) continue;
        refused += 1;
        const { rows: left } = await one.query(
          `select 1 from payments p where p.order_id = $1
             and not exists (select from operations o where o.payment_id = p.id)`,
          [order],
        );
        half += left.length;
      }
      told.push(
        `claims that one server refused to commit: ${refused}, of which the other one kept its half: ${half}`,
      );
      await shard.end();
    }
  } finally {
    for (const client of clients) await client.end();
  }
  return told;
}

async function open(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

function find(statements: readonly Defined[], name: string): Defined {
  const found = statements.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no statement ${name} any more`);
  return found;
}

function valuesFor({ parameters }: Defined, given: Readonly<Record<string, unknown>>): unknown[] {
  return parameters.map((name) => given[name] ?? null);
}

async function outcome(act: () => Promise<pg.QueryResult>): Promise<string> {
  try {
    return `${(await act()).rowCount} rows`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${'code' in error ? error.code : ''} ${error.message}`;
  }
}

function claimOf(orderId: string, id: string) {
  const at = new Date().toISOString();
  return {
    id,
    orderId,
    customerId: 'probe',
    paymentMethodId: 'pm_card_visa',
    amount: 20.98,
    currency: 'USD',
    correlationId: orderId,
    operationKey: `key-${orderId}-${id}`,
    createdAt: at,
    params: {},
    attempts: 1,
    leaseUntil: at,
  };
}

function json(claim: object): string {
  return JSON.stringify([claim]);
}
