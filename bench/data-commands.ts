// Commands of one service, one after the other, on a database that `npm run seed` has made; what they cost
// Postgres, statement by statement. Started by data.ts, in a process of its own.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openRuntime, readConfig } from '../packages/adapters/src/service/index.js';
import { createLogger } from '../packages/cli/src/logging/logger.js';
import { parseCharge, parseCurrency } from '../packages/core/src/index.js';
import { cpuMsOfFamily } from './service/cpu.js';
import { prepareWal, walBetween, walPosition } from './service/wal.js';

/** What a statement of ours has cost in all. */
export interface StatementCost {
  /** How it begins, on one line. */
  readonly text: string;
  readonly calls: number;
  /** Pages looked at, in memory or not. */
  readonly pages: number;
}

/** What so many orders have cost: each authorized, asked about, and released. */
export interface CommandCosts {
  readonly orders: number;
  readonly statements: readonly StatementCost[];
  readonly walRecords: number;
  /** Without images of pages, which the first change of each after a checkpoint writes. */
  readonly walBytes: number;
  readonly walImageBytes: number;
  readonly postgresCpuMs: number;
  readonly serviceCpuMs: number;
}

const { connectionString, stripe, orders, customers } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly connectionString: string;
  readonly stripe: string;
  readonly orders: number;
  /** So many there are of the names that seeding gives. */
  readonly customers: number;
};

const config = readConfig({
  DATABASE_URL: connectionString,
  STRIPE_API_BASE: stripe,
  STRIPE_SECRET_KEY: 'sk_test_data',
  STRIPE_CALLS_PER_SECOND: 'unlimited',
  STRIPE_ENDPOINT_CALLS_PER_SECOND: 'unlimited',
})._unsafeUnwrap();
const log = createLogger({ level: 'silent', readable: true });
const runtime = (await openRuntime(config, log))._unsafeUnwrap();
const admin = new pg.Client({ connectionString });
await admin.connect();
await prepareWal(admin);
await admin.query('create extension if not exists pg_stat_statements');
const amount = parseCurrency('USD')
  .andThen((usd) => parseCharge(2098, usd))
  ._unsafeUnwrap();

// Each statement is planned by then, and the pages that all orders share are in memory.
await all(300);
await sleep(1_000);
const postgres = await postmasterOf(admin);
await admin.query('checkpoint');
await admin.query('select pg_stat_statements_reset()');
const before = {
  wal: await walPosition(admin),
  cpu: await cpuMsOfFamily(postgres),
  ours: ownCpu(),
};
await all(orders);
await sleep(500);
const postgresCpuMs = ((await cpuMsOfFamily(postgres)) ?? 0) - (before.cpu ?? 0);
const serviceCpuMs = ownCpu() - before.ours;
const wal = await walBetween(admin, before.wal, await walPosition(admin));
const { rows } = await admin.query(`
  select left(regexp_replace(query, '\\s+', ' ', 'g'), 60) as text, sum(calls)::int as calls,
    sum(shared_blks_hit + shared_blks_read)::int as pages
  from pg_stat_statements s join pg_database d on d.oid = s.dbid
  where d.datname = current_database() group by 1 having sum(calls) >= ${orders / 10}
  order by pages desc`);
await runtime.close();
await admin.end();
const costs: CommandCosts = {
  orders,
  statements: rows,
  walRecords: wal.records,
  walBytes: wal.bytes,
  walImageBytes: wal.imageBytes,
  postgresCpuMs,
  serviceCpuMs,
};
console.log(JSON.stringify(costs));

async function all(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await one();
}

async function one(): Promise<void> {
  const orderId = `order_${randomUUID().slice(-12)}`;
  const held = await runtime.escrow.authorize({
    orderId,
    customerId: `user_${Math.floor(Math.random() * customers)}`,
    stripeCustomerId: null,
    paymentMethodId: 'pm_card_visa',
    amount,
    description: null,
    paymentId: null,
    returnUrl: null,
    savePaymentMethod: false,
    correlationId: orderId,
  });
  const asked = await runtime.escrow.check({ orderId });
  const released = await runtime.escrow.release({
    payment: { orderId },
    runnerId: `runner_${Math.floor((Math.random() * customers) / 10)}`,
    correlationId: orderId,
  });
  for (const done of [held, asked, released])
    if (done.isErr()) throw new Error(`the bench itself is broken: ${JSON.stringify(done.error)}`);
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The process that all of Postgres belongs to: the parent of whoever serves us. */
async function postmasterOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const stat = await readFile(`/proc/${rows[0].pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
